package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"yizheng/batch"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/register"
)

// How long what is left of jobs is kept, and how often a job is begun before
// it has failed.
const (
	keptFor     = 30 * 24 * time.Hour
	lostFor     = 24 * time.Hour
	sweepEvery  = time.Hour
	maxAttempts = 20
	endWithin   = 10 * time.Second
)

// Why the work on a job stops before its end.
var (
	errCancelled = errors.New("the job was cancelled")
	errLost      = errors.New("another node has the job")
)

// Run works on jobs, one after the other, until ctx ends; then the rows that
// are at work are brought to their end, and another node may go on.
func (j *Jobs) Run(ctx context.Context) {
	if left, err := filepath.Glob(filepath.Join(j.c.Folder, "receiving-*")); err == nil {
		for _, folder := range left {
			if info, err := os.Stat(folder); err == nil && time.Since(info.ModTime()) > lostFor {
				_ = os.RemoveAll(folder) // the next start tries again
			}
		}
	}
	look := time.NewTicker(j.c.Every)
	defer look.Stop()
	var swept time.Time
	for {
		now := j.now()
		if now.Sub(swept) >= sweepEvery {
			swept = now
			if err := j.c.Store.SweepBatches(ctx, now.Add(-keptFor), now.Add(-lostFor)); err != nil && ctx.Err() == nil {
				j.c.Log.Warn("sweeping batches", "error", err)
			}
			j.sweepFolder(ctx)
		}
		job, err := j.c.Store.TakeBatchJob(ctx, j.owner, now, now.Add(j.c.Lease))
		if err == nil {
			if j.do(ctx, job) {
				continue
			}
		} else if !errors.Is(err, issuer.ErrNotFound) && ctx.Err() == nil {
			j.c.Log.Error("looking for batches", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-j.woken:
		case <-look.C:
		}
	}
}

// sweepFolder removes what a run of this node that was killed has left of jobs
// which another node brought to their end. What the register does not know, or
// does not tell now, stays.
func (j *Jobs) sweepFolder(ctx context.Context) {
	entries, err := os.ReadDir(j.c.Folder)
	if err != nil {
		return // nothing was worked on here yet
	}
	for _, e := range entries {
		if job, err := j.c.Store.BatchJob(ctx, e.Name()); err != nil || !job.State.Ended() {
			continue
		}
		if err := os.RemoveAll(filepath.Join(j.c.Folder, e.Name())); err != nil {
			j.c.Log.Warn("removing what was left of a batch", "batch", e.Name(), "error", err)
		}
	}
}

// do works on a job that is ours, and says whether it came to an end. One that
// did not is taken up by whoever comes first when the lease has ended.
func (j *Jobs) do(ctx context.Context, job register.BatchJob) (ended bool) {
	log := j.c.Log.With("batch", job.ID, "work", job.Work)
	log.Info("working on a batch", "attempt", job.Attempts)
	working, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p := &latest{}
	var err error
	if p.kept, err = keptOf(job); err != nil {
		log.Error("taking a batch up", "error", err)
		return false
	}
	var holding sync.WaitGroup
	held := make(chan struct{})
	holding.Go(func() { j.hold(working, job, p, stop, held) })
	state, outcome, err := j.work(working, job, p)
	close(held)
	holding.Wait()
	switch {
	case err == nil:
	case errors.Is(context.Cause(working), errLost):
		log.Warn("another node has the batch")
		return false
	case ctx.Err() != nil:
		j.release(ctx, job, p)
		return false
	default:
		log.Error("a batch was interrupted, and will be tried again", "error", err)
		return false
	}
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	b, err := json.Marshal(outcome)
	if err == nil {
		err = j.c.Store.EndBatchJob(finish, job.ID, j.owner, state, b, j.now())
	}
	if err != nil {
		log.Error("ending a batch", "error", err)
		return false
	}
	log.Info("a batch has ended", "state", string(state), "rows", outcome.Rows, "done", outcome.Done, "faulty", outcome.Faulty, "refused", outcome.Refused)
	if err := os.RemoveAll(j.place(job)); err != nil {
		log.Warn("taking a batch's files away", "error", err)
	}
	return true
}

// latest is how far a job is.
type latest struct {
	mu   sync.Mutex
	kept kept

	noting sync.Mutex // one note after the other, so that none undoes a newer one
}

func (l *latest) note(e batch.Event) {
	p := ProgressOf(e)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept.Progress = &p
	if e.Phase != "validating" {
		l.kept.Done, l.kept.Refused = max(l.kept.Done, e.Rows-e.Faulty), max(l.kept.Refused, e.Faulty)
	}
}

func (l *latest) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept.Begun = true
}

func (l *latest) told() json.RawMessage {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept == (kept{}) {
		return nil
	}
	b, err := json.Marshal(l.kept)
	if err != nil {
		return nil // numbers and strings always marshal
	}
	return b
}

// renew notes how far the job is and holds it for another lease. The work may be
// stopping: its lease is held, and that it has begun is noted, to the end all the
// same.
func (j *Jobs) renew(ctx context.Context, job register.BatchJob, p *latest) (cancelling bool, _ error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), j.c.Lease/3)
	defer cancel()
	return j.note(ctx, job, p, j.now().Add(j.c.Lease))
}

// note notes how far the job is, and until when it is held.
func (j *Jobs) note(ctx context.Context, job register.BatchJob, p *latest, until time.Time) (cancelling bool, _ error) {
	p.noting.Lock()
	defer p.noting.Unlock()
	return j.c.Store.HoldBatchJob(ctx, job.ID, j.owner, p.told(), until)
}

// hold renews the lease and notes the progress until the work has ended, and
// stops it when the job was cancelled or is another node's.
func (j *Jobs) hold(ctx context.Context, job register.BatchJob, p *latest, stop context.CancelCauseFunc, ended <-chan struct{}) {
	every := time.NewTicker(j.c.Every)
	defer every.Stop()
	until := time.Now().Add(j.c.Lease)
	for {
		select {
		case <-ended:
			return
		case <-every.C:
		}
		cancelling, err := j.renew(ctx, job, p)
		switch {
		case errors.Is(err, issuer.ErrMoved), err != nil && time.Now().After(until):
			stop(errLost)
			return
		case err != nil:
			j.c.Log.Warn("holding a batch", "batch", job.ID, "error", err)
		default:
			until = time.Now().Add(j.c.Lease)
		}
		if cancelling {
			stop(errCancelled)
		}
	}
}

// release lets the next node have the job at once.
func (j *Jobs) release(ctx context.Context, job register.BatchJob, p *latest) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	if _, err := j.note(ctx, job, p, j.now()); err != nil {
		j.c.Log.Warn("releasing a batch", "batch", job.ID, "error", err)
	}
}

// place is where this node works on a job. It stays until the job has ended,
// so that the same node goes on exactly where it was.
func (j *Jobs) place(job register.BatchJob) string { return filepath.Join(j.c.Folder, job.ID) }

// work carries a job out. An error says that it did not come to an end.
func (j *Jobs) work(ctx context.Context, job register.BatchJob, p *latest) (register.BatchState, Outcome, error) {
	if job.Cancelling || job.Attempts > maxAttempts {
		return j.giveUp(ctx, job)
	}
	run, err := j.prepare(ctx, job)
	if err != nil {
		return "", Outcome{}, err
	}
	run.Begun = p.kept.Begun // nobody writes it yet
	run.Begin = func(ctx context.Context) error {
		p.begin()
		_, err := j.renew(ctx, job, p)
		return err
	}
	run.Progress = p.note
	if j.c.Watch != nil {
		watch := j.c.Watch()
		run.Progress = func(e batch.Event) { p.note(e); watch(e) }
	}
	o, err := run.Do(ctx)
	outcome := Outcome{Rows: o.Rows, Faulty: o.Faulty, Faults: o.Faults, Done: o.Issued, Refused: o.Refused}
	state := register.BatchDone
	var faults license.Faults
	switch {
	case err == nil:
	case errors.Is(err, batch.ErrFaulty):
		state = register.BatchFaulty
	case errors.Is(err, batch.ErrStopped) && errors.Is(context.Cause(ctx), errCancelled):
		state = register.BatchCancelled
	case errors.As(err, &faults):
		faults = nameless(faults).(license.Faults)
		state, outcome.Reason, outcome.Wrong = register.BatchFailed, faults[0].Reason, faults
	default:
		return "", outcome, err
	}
	return state, outcome, j.keepResults(context.WithoutCancel(ctx), job, run.Paths)
}

// giveUp ends a job that a node has left: what was done by then is what the
// node last said.
func (j *Jobs) giveUp(ctx context.Context, job register.BatchJob) (register.BatchState, Outcome, error) {
	told, err := keptOf(job)
	if err != nil {
		return "", Outcome{}, err
	}
	o := Outcome{Done: told.Done, Refused: told.Refused}
	if p := told.Progress; p != nil {
		o.Rows = max(p.Rows, p.Total)
		if p.Phase == "validating" {
			o.Faulty = p.Faulty
		}
	}
	state := register.BatchCancelled
	if !job.Cancelling {
		state, o.Reason = register.BatchFailed, "too_many_attempts"
	}
	return state, o, j.keepResults(ctx, job, batch.PathsIn("", filepath.Join(j.place(job), "rows."+job.Format)))
}

// prepare brings the job's file here and makes the run.
func (j *Jobs) prepare(ctx context.Context, job register.BatchJob) (*batch.Run, error) {
	folder := j.place(job)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of a batch: %w", err)
	}
	path := filepath.Join(folder, "rows."+job.Format)
	file, err := look(path, job.Work)
	if err != nil || file.SHA256 != job.SHA256 {
		if err := j.fetch(ctx, job, path); err != nil {
			return nil, err
		}
		if file, err = look(path, job.Work); err != nil {
			return nil, err
		}
	}
	if file.SHA256 != job.SHA256 {
		return nil, errors.New("the kept file is not the one that was handed in")
	}
	today := license.DateOf(j.now())
	current, err := j.c.Catalogue.On(today)
	if err != nil {
		return nil, fmt.Errorf("finding the catalogue in force: %w", err)
	}
	run := &batch.Run{
		Config: batch.Config{Catalogue: current, Today: today, Workers: j.c.Workers},
		File:   file, Paths: batch.PathsIn("", path), SkipFaulty: job.SkipFaulty, ValidateOnly: job.ValidateOnly,
	}
	run.Actor = actor(job.Work, job.Subject, job.Authority)
	if job.Work == Status {
		run.Acts, run.HandedIn = j.c.Acts, job.ID
	} else {
		run.Issuer = j.c.Issuer
	}
	return run, nil
}

// fetch writes the file that was handed in to path.
func (j *Jobs) fetch(ctx context.Context, job register.BatchJob, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("fetching the file of a batch: %w", err)
	}
	err = j.WriteFile(ctx, job.ID, register.BatchInput, func() io.Writer { return f })
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("fetching the file of a batch: %w", err)
	}
	return nil
}

// keepResults keeps what came of a job for its client.
func (j *Jobs) keepResults(ctx context.Context, job register.BatchJob, p batch.Paths) error {
	for name, path := range map[string]string{"result.csv": p.Result, "faults.csv": p.Faults, "faulty" + strings.ToLower(filepath.Ext(p.Faulty)): p.Faulty} {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := j.keep(ctx, job.ID, j.owner, name, path); err != nil {
			return err
		}
	}
	return nil
}
