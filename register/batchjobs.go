package register

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"yizheng/issuer"
)

// BatchState says how far a job of many rows is.
type BatchState string

// The states of a job. It ends in one of the last four.
const (
	BatchWaiting   BatchState = "waiting"
	BatchRunning   BatchState = "running"
	BatchDone      BatchState = "done"
	BatchFaulty    BatchState = "faulty"    // rows are faulty, and nothing was done
	BatchCancelled BatchState = "cancelled" // on request; what was done by then stays done
	BatchFailed    BatchState = "failed"    // for a reason that its outcome says
)

// Ended says that a job in this state stays as it is.
func (s BatchState) Ended() bool { return s != BatchWaiting && s != BatchRunning }

// BatchJob is a file of many rows that was handed in, and what became of it.
type BatchJob struct {
	ID           string
	Key          string   // idempotency key of the request
	Hash         [32]byte // of what was asked for
	Work         string   // issue or status
	Format       string   // csv, xlsx or jsonl
	SHA256       string   // of the file, lower-case hexadecimal
	Size         int64    // of the file, in bytes
	Subject      string   // who handed it in
	Authority    string   // and for whom
	SkipFaulty   bool
	ValidateOnly bool

	State      BatchState
	Cancelling bool   // it was asked to end
	Owner      string // the node that is at work on it
	Attempts   int    // how often a node began
	Progress   json.RawMessage
	Outcome    json.RawMessage
	CreatedAt  time.Time
	EndedAt    time.Time // zero while it has not ended
}

// BatchInput is the file of a job that was handed in, among its files.
const BatchInput = "input"

const jobColumns = `id, request_key, request_hash, work, format, sha256, size, subject, authority, skip_faulty, validate_only,
	state, cancelling, owner, attempts, progress, outcome, created_at, ended_at`

func scanJob(r row) (j BatchJob, err error) {
	var hash []byte
	var skip, validate, cancelling, created, ended int64
	var progress, outcome string
	err = r.Scan(&j.ID, &j.Key, &hash, &j.Work, &j.Format, &j.SHA256, &j.Size, &j.Subject, &j.Authority, &skip, &validate,
		(*string)(&j.State), &cancelling, &j.Owner, &j.Attempts, &progress, &outcome, &created, &ended)
	copy(j.Hash[:], hash)
	j.SkipFaulty, j.ValidateOnly, j.Cancelling = skip != 0, validate != 0, cancelling != 0
	if progress != "" {
		j.Progress = json.RawMessage(progress)
	}
	if outcome != "" {
		j.Outcome = json.RawMessage(outcome)
	}
	j.CreatedAt, j.EndedAt = instant(created), instant(ended)
	return j, err
}

// AddBatchJob keeps a job whose file is there already, and gives the job of
// its key: this one, or the one that was there before.
func (s *Store) AddBatchJob(ctx context.Context, j BatchJob, actor string) (kept BatchJob, _ error) {
	err := s.writing(ctx, "keeping a job", func(tx *transaction) error {
		err := tx.do(ctx, "keeping the job", `INSERT INTO batch_jobs (id, request_key, request_hash, work, format, sha256, size, subject, authority,
			skip_faulty, validate_only, state, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			ON CONFLICT (request_key) DO NOTHING`,
			j.ID, j.Key, j.Hash[:], j.Work, j.Format, j.SHA256, j.Size, j.Subject, j.Authority,
			number(j.SkipFaulty), number(j.ValidateOnly), string(BatchWaiting), j.CreatedAt.Unix())
		if err != nil {
			return err
		}
		if kept, err = scanJob(tx.queryRow(ctx, `SELECT `+jobColumns+` FROM batch_jobs WHERE request_key = $1`, j.Key)); err != nil {
			return err
		}
		if kept.ID != j.ID {
			return nil
		}
		return audit(ctx, tx, j.CreatedAt, actor, "batch "+j.Work, "batch:"+j.ID, j.SHA256)
	})
	return kept, err
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// BatchJob gives a job; issuer.ErrNotFound.
func (s *Store) BatchJob(ctx context.Context, id string) (j BatchJob, err error) {
	j, err = scanJob(s.db.queryRow(ctx, `SELECT `+jobColumns+` FROM batch_jobs WHERE id = $1`, id))
	return j, answered("reading a job", err)
}

// BatchJobByKey gives the job of an idempotency key; issuer.ErrNotFound.
func (s *Store) BatchJobByKey(ctx context.Context, key string) (j BatchJob, err error) {
	j, err = scanJob(s.db.queryRow(ctx, `SELECT `+jobColumns+` FROM batch_jobs WHERE request_key = $1`, key))
	return j, answered("reading a job", err)
}

// BatchJobs lists the newest jobs of an authority, the newest first.
func (s *Store) BatchJobs(ctx context.Context, authority string, limit int) ([]BatchJob, error) {
	return list(ctx, s.db, "listing jobs", scanJob, `SELECT `+jobColumns+` FROM batch_jobs WHERE authority = $1
		ORDER BY created_at DESC, id DESC LIMIT $2`, authority, limit)
}

// leasesAhead is how many leases from now a lease may end and be believed.
const leasesAhead = 20

// TakeBatchJob gives the oldest job that nobody is at work on, to the owner
// alone until the lease ends; issuer.ErrNotFound when there is none. A lease
// that ends much later than one from now can was made by a clock that was
// ahead, and counts for nothing: nobody may be at work under it.
func (s *Store) TakeBatchJob(ctx context.Context, owner string, now, until time.Time) (j BatchJob, _ error) {
	ahead := now.Add(leasesAhead * until.Sub(now))
	for {
		// Most often there is none, and then nothing is written.
		err := s.db.queryRow(ctx, `SELECT id FROM batch_jobs WHERE state IN ('waiting', 'running') AND (lease_until <= $1 OR lease_until > $2)
			ORDER BY created_at, id LIMIT 1`, now.Unix(), ahead.Unix()).Scan(&j.ID)
		if err != nil {
			return j, answered("looking for a job", err)
		}
		err = s.writing(ctx, "taking a job", func(tx *transaction) error {
			err := tx.change(ctx, "taking the job", `UPDATE batch_jobs SET state = 'running', owner = $2, lease_until = $3, attempts = attempts + 1
				WHERE id = $1 AND state IN ('waiting', 'running') AND (lease_until <= $4 OR lease_until > $5)`,
				j.ID, owner, until.Unix(), now.Unix(), ahead.Unix())
			if err != nil {
				return err
			}
			j, err = scanJob(tx.queryRow(ctx, `SELECT `+jobColumns+` FROM batch_jobs WHERE id = $1`, j.ID))
			return err
		})
		if !errors.Is(err, issuer.ErrMoved) {
			return j, err
		}
	}
}

// HoldBatchJob renews the owner's lease, writes the progress down, and says
// whether the job was asked to end. Without progress, that of before stays: a
// node that has only just begun has none. Where another has taken the job, it
// is issuer.ErrMoved. A lease that ends now lets the next one have it at once.
func (s *Store) HoldBatchJob(ctx context.Context, id, owner string, progress json.RawMessage, until time.Time) (cancelling bool, _ error) {
	err := s.writing(ctx, "holding a job", func(tx *transaction) error {
		err := tx.change(ctx, "holding the job", `UPDATE batch_jobs SET lease_until = $3, progress = COALESCE(NULLIF($4, ''), progress)
			WHERE id = $1 AND owner = $2 AND state = 'running'`, id, owner, until.Unix(), string(progress))
		if err != nil {
			return err
		}
		var n int64
		if err := tx.queryRow(ctx, `SELECT cancelling FROM batch_jobs WHERE id = $1`, id).Scan(&n); err != nil {
			return err
		}
		cancelling = n != 0
		return nil
	})
	return cancelling, err
}

// EndBatchJob ends a job of the owner's and takes its input away. Where
// another has taken it, it is issuer.ErrMoved.
func (s *Store) EndBatchJob(ctx context.Context, id, owner string, state BatchState, outcome json.RawMessage, at time.Time) error {
	return s.writing(ctx, "ending a job", func(tx *transaction) error {
		err := tx.change(ctx, "ending the job", `UPDATE batch_jobs SET state = $3, outcome = $4, ended_at = $5, owner = ''
			WHERE id = $1 AND owner = $2 AND state = 'running'`, id, owner, string(state), string(outcome), at.Unix())
		if err != nil {
			return err
		}
		return tx.do(ctx, "taking the input away", `DELETE FROM batch_parts WHERE job = $1 AND file = $2`, id, BatchInput)
	})
}

// CancelBatchJob asks a job to end, and gives it as it is then: one that
// waits has ended at once, and one that has ended stays as it is.
func (s *Store) CancelBatchJob(ctx context.Context, id, actor string, at time.Time) (BatchJob, error) {
	for {
		j, err := s.cancelBatchJob(ctx, id, actor, at)
		if !errors.Is(err, issuer.ErrMoved) { // a node has taken it, or ended it, meanwhile
			return j, err
		}
	}
}

func (s *Store) cancelBatchJob(ctx context.Context, id, actor string, at time.Time) (j BatchJob, _ error) {
	err := s.writing(ctx, "cancelling a job", func(tx *transaction) error {
		var err error
		if j, err = scanJob(tx.queryRow(ctx, `SELECT `+jobColumns+` FROM batch_jobs WHERE id = $1`, id)); err != nil {
			return answered("reading the job", err)
		}
		switch {
		case j.State.Ended() || j.Cancelling:
			return nil
		case j.State == BatchWaiting:
			err = tx.change(ctx, "cancelling the job", `UPDATE batch_jobs SET state = 'cancelled', cancelling = 1, ended_at = $2
				WHERE id = $1 AND state = 'waiting'`, id, at.Unix())
			err = errors.Join(err, tx.do(ctx, "taking the input away", `DELETE FROM batch_parts WHERE job = $1 AND file = $2`, id, BatchInput))
			j.State, j.EndedAt = BatchCancelled, at.UTC().Truncate(time.Second)
		default:
			err = tx.change(ctx, "cancelling the job", `UPDATE batch_jobs SET cancelling = 1 WHERE id = $1 AND state = 'running'`, id)
		}
		j.Cancelling = true
		return errors.Join(err, audit(ctx, tx, at, actor, "cancel batch", "batch:"+id, ""))
	})
	return j, err
}

// PutBatchPart keeps a piece of a job's file; the first one replaces what was
// there of it. The input is put before there is a job, and so has no owner.
// What came of a job only its owner puts, while it runs; where another has
// taken it, or it has ended, it is issuer.ErrMoved.
func (s *Store) PutBatchPart(ctx context.Context, job, owner, file string, part int, content []byte, at time.Time) error {
	return s.writing(ctx, "keeping a piece of a file", func(tx *transaction) error {
		if file != BatchInput {
			// It changes nothing, but nobody takes or ends the job meanwhile.
			err := tx.change(ctx, "looking whose the job is", `UPDATE batch_jobs SET owner = $2
				WHERE id = $1 AND owner = $2 AND state = 'running'`, job, owner)
			if err != nil {
				return err
			}
		}
		if part == 0 {
			if err := tx.do(ctx, "taking the file away", `DELETE FROM batch_parts WHERE job = $1 AND file = $2`, job, file); err != nil {
				return err
			}
		}
		return tx.do(ctx, "keeping the piece", `INSERT INTO batch_parts (job, file, part, at, content) VALUES ($1, $2, $3, $4, $5)`,
			job, file, part, at.Unix(), content)
	})
}

// BatchPart gives a piece of a job's file; issuer.ErrNotFound after the last.
func (s *Store) BatchPart(ctx context.Context, job, file string, part int) (content []byte, _ error) {
	err := s.db.queryRow(ctx, `SELECT content FROM batch_parts WHERE job = $1 AND file = $2 AND part = $3`, job, file, part).Scan(&content)
	return content, answered("reading a piece of a file", err)
}

// BatchFiles lists the files that a job has.
func (s *Store) BatchFiles(ctx context.Context, job string) ([]string, error) {
	return column[string](ctx, s.db, "listing a job's files", `SELECT file FROM batch_parts WHERE job = $1 AND part = 0 ORDER BY file`, job)
}

// SweepBatches takes away the files of jobs that ended before the instant,
// with the jobs, and pieces of before lostBefore that no job has: they were
// never handed in to their end.
func (s *Store) SweepBatches(ctx context.Context, before, lostBefore time.Time) error {
	old, err := column[string](ctx, s.db, "looking for old jobs", `SELECT id FROM batch_jobs WHERE ended_at > 0 AND ended_at < $1
		ORDER BY ended_at, id LIMIT 100`, before.Unix())
	if err != nil {
		return err
	}
	lost, err := column[string](ctx, s.db, "looking for lost pieces", `SELECT p.job FROM batch_parts p WHERE p.at < $1
		AND NOT EXISTS (SELECT 1 FROM batch_jobs j WHERE j.id = p.job) ORDER BY p.at LIMIT 1000`, lostBefore.Unix())
	if err != nil {
		return err
	}
	for _, id := range append(sorted(lost), old...) {
		err := s.writing(ctx, "taking an old job away", func(tx *transaction) error {
			if err := tx.do(ctx, "taking the files away", `DELETE FROM batch_parts WHERE job = $1`, id); err != nil {
				return err
			}
			return tx.do(ctx, "taking the job away", `DELETE FROM batch_jobs WHERE id = $1`, id)
		})
		if err != nil {
			return fmt.Errorf("sweeping: %w", err)
		}
	}
	return nil
}
