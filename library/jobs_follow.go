package library

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// followArgs means "put the jobs of every license that was issued together as
// this batch". Whoever issues hundreds of licenses puts one job for them, and
// not two for each, which would take a tenth of the time that issuing takes.
type followArgs struct {
	Batch string `json:"batch"`
}

func (followArgs) Kind() string { return "follow_batch" }

// followQueue is a queue of its own, since a program of before does not know
// the kind and would have it fail.
const followQueue = "batches"

// Follow puts the job that puts those of a batch's licenses: [Queue.Wake] and
// [Queue.Render] for each.
func (q *Queue[DB, Tx]) Follow(ctx context.Context, tx Tx, batch string) error {
	options := &river.InsertOpts{Queue: followQueue, MaxAttempts: attemptsOfJob, Metadata: origin(ctx)}
	if _, err := q.client.InsertTx(ctx, tx, followArgs{Batch: batch}, options); err != nil {
		return fmt.Errorf("queueing %s: %w", followArgs{}.Kind(), err)
	}
	return nil
}

type followWorker[DB, Tx any] struct {
	river.WorkerDefaults[followArgs]
	w *Workers[DB, Tx]
}

// Work puts the jobs and ends its own in one transaction: all are there, or it
// is done again. A license that has a job already gets no second one.
func (f *followWorker[DB, Tx]) Work(ctx context.Context, job *river.Job[followArgs]) error {
	c := f.w.c
	err := c.Queue.within(ctx, c.DB, func(tx Tx) error {
		licenses, identifiers, err := c.Batch(ctx, tx, job.Args.Batch)
		if err != nil {
			return err
		}
		if err := c.Queue.Wake(ctx, tx, licenses...); err != nil {
			return err
		}
		if err := c.Queue.Render(ctx, tx, identifiers...); err != nil {
			return err
		}
		_, err = river.JobCompleteTx[riverdriver.Driver[Tx]](ctx, tx, job)
		return err
	})
	if err != nil {
		return fmt.Errorf("following a batch: %w", err)
	}
	return nil
}

// NextRetry is when a batch is tried again that the register did not let be
// followed.
func (f *followWorker[DB, Tx]) NextRetry(job *river.Job[followArgs]) time.Time {
	return time.Now().Add(min(pauseAfter(job.Attempt), longestTrouble))
}
