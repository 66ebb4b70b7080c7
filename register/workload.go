package register

import (
	"context"

	"yizheng/dispute"
)

// Workload is what waits in the register, for those who watch it.
type Workload struct {
	Filing  FilingState
	Jobs    []JobCount           // that have not ended, and those that were given up
	Batches map[BatchState]int64 // files of many rows that have not ended
	dispute.Tally
}

// JobCount is how many jobs of a kind are in a state of River's.
type JobCount struct {
	Kind, State string
	Jobs        int64
}

// Workload counts what waits. It takes as long as much waits: a second for a
// million events.
func (s *Store) Workload(ctx context.Context) (w Workload, err error) {
	if w.Filing, err = s.FilingState(ctx); err != nil {
		return w, err
	}
	if w.Tally, err = s.disputeTally(ctx); err != nil {
		return w, err
	}
	w.Jobs, err = list(ctx, s.db, "counting jobs", func(r row) (c JobCount, err error) {
		return c, r.Scan(&c.Kind, &c.State, &c.Jobs)
	}, `SELECT kind, CAST(state AS TEXT), COUNT(*) FROM river_job
		WHERE state IN ('available', 'running', 'retryable', 'scheduled', 'pending', 'discarded') GROUP BY kind, state`)
	if err != nil {
		return w, err
	}
	w.Batches = map[BatchState]int64{BatchWaiting: 0, BatchRunning: 0}
	_, err = list(ctx, s.db, "counting batches", func(r row) (struct{}, error) {
		var state string
		var jobs int64
		err := r.Scan(&state, &jobs)
		w.Batches[BatchState(state)] = jobs
		return struct{}{}, err
	}, `SELECT state, COUNT(*) FROM batch_jobs WHERE state IN ('waiting', 'running') GROUP BY state`)
	return w, err
}
