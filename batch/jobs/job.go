package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"yizheng/batch"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/register"
)

// The works that a file can ask for.
const (
	Issue  = "issue"  // a license for each row
	Status = "status" // an act on a permit in each row
)

// actor is who acts on each row: for licenses the issuing office, for acts on
// permits the department that granted them.
func actor(work, subject, authority string) issuer.Actor {
	if work == Status {
		return issuer.Department(subject, authority)
	}
	return issuer.Operator(subject)
}

// Job is a job as its client sees it.
type Job struct {
	ID           string              `json:"id"`
	Work         string              `json:"work"`
	Format       string              `json:"format"`
	SHA256       string              `json:"sha256"` // of the file
	Bytes        int64               `json:"bytes"`
	Subject      string              `json:"subject"`   // who handed it in
	Authority    string              `json:"authority"` // and for whom
	SkipFaulty   bool                `json:"skipFaulty"`
	ValidateOnly bool                `json:"validateOnly"`
	State        register.BatchState `json:"state"`
	Cancelling   bool                `json:"cancelling"`
	CreatedAt    time.Time           `json:"createdAt"`
	EndedAt      *time.Time          `json:"endedAt,omitempty"`
	Progress     *Progress           `json:"progress,omitempty"`
	Outcome      *Outcome            `json:"outcome,omitempty"`
	Files        []string            `json:"files"` // result.csv, faults.csv and faulty.*, once it has ended
	Repeated     bool                `json:"repeated,omitempty"`
}

// Progress says how far a job is.
type Progress struct {
	Phase     string  `json:"phase"` // validating, issuing or acting
	Rows      int     `json:"rows"`
	Total     int     `json:"total"` // 0 while not known
	Faulty    int     `json:"faulty"`
	Part      float64 `json:"part"`             // 0 to 1; -1 where not known
	Rate      float64 `json:"rate"`             // rows a second
	Remaining float64 `json:"remainingSeconds"` // -1 where not known
	Elapsed   float64 `json:"elapsedSeconds"`
}

// kept is the progress as the register has it: for the job's client, and for
// the node that takes the job next.
type kept struct {
	*Progress
	Begun bool `json:"begun,omitempty"` // every row was found good, and some may be done

	// The most rows that any node was done with: the next one begins at the
	// first, and may not come as far.
	Done    int `json:"done,omitempty"`
	Refused int `json:"refused,omitempty"`
}

func keptOf(b register.BatchJob) (k kept, err error) {
	if len(b.Progress) > 0 {
		if err := json.Unmarshal(b.Progress, &k); err != nil {
			return k, fmt.Errorf("reading the progress: %w", err)
		}
	}
	return k, nil
}

// ProgressOf tells an event as programs read it.
func ProgressOf(e batch.Event) Progress {
	p := Progress{Phase: e.Phase, Rows: e.Rows, Total: e.Total, Faulty: e.Faulty, Part: e.Part, Rate: e.Rate, Remaining: -1, Elapsed: e.Elapsed.Seconds()}
	if e.Part < 0 {
		p.Part = -1
	}
	if e.Remaining >= 0 {
		p.Remaining = e.Remaining.Seconds()
	}
	return p
}

// Outcome is what a job came to.
type Outcome struct {
	Rows    int            `json:"rows"`
	Faulty  int            `json:"faulty"`           // rows with at least one fault
	Faults  int            `json:"faults"`           // in all
	Done    int            `json:"done"`             // rows that have what they ask for
	Refused int            `json:"refused"`          // rows that were looked at again and have not
	Reason  string         `json:"reason,omitempty"` // why the job failed
	Wrong   license.Faults `json:"wrong,omitempty"`  // with the file as a whole
}

// asJob tells a job of the store; files are those that it has.
func asJob(b register.BatchJob, files []string) (Job, error) {
	j := Job{
		ID: b.ID, Work: b.Work, Format: b.Format, SHA256: b.SHA256, Bytes: b.Size, Subject: b.Subject, Authority: b.Authority,
		SkipFaulty: b.SkipFaulty, ValidateOnly: b.ValidateOnly, State: b.State, Cancelling: b.Cancelling, CreatedAt: b.CreatedAt, Files: []string{},
	}
	if !b.EndedAt.IsZero() {
		j.EndedAt = &b.EndedAt
	}
	for _, f := range files {
		if b.State.Ended() && f != register.BatchInput {
			j.Files = append(j.Files, f)
		}
	}
	k, err := keptOf(b)
	if err != nil {
		return j, err
	}
	j.Progress = k.Progress
	if len(b.Outcome) > 0 {
		if err := json.Unmarshal(b.Outcome, &j.Outcome); err != nil {
			return j, fmt.Errorf("reading the outcome: %w", err)
		}
	}
	return j, nil
}

// Job gives a job; issuer.ErrNotFound.
func (j *Jobs) Job(ctx context.Context, id string) (Job, error) {
	b, err := j.c.Store.BatchJob(ctx, id)
	if err != nil {
		return Job{}, err
	}
	return j.told(ctx, b)
}

func (j *Jobs) told(ctx context.Context, b register.BatchJob) (Job, error) {
	files, err := j.c.Store.BatchFiles(ctx, b.ID)
	if err != nil {
		return Job{}, err
	}
	return asJob(b, files)
}

// List gives the newest jobs of an authority, the newest first.
func (j *Jobs) List(ctx context.Context, authority string, limit int) ([]Job, error) {
	found, err := j.c.Store.BatchJobs(ctx, authority, limit)
	if err != nil {
		return nil, err
	}
	all := make([]Job, len(found))
	for n, b := range found {
		if all[n], err = j.told(ctx, b); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Cancel asks a job to end; what is done by then stays done. One that has
// ended stays as it is.
func (j *Jobs) Cancel(ctx context.Context, id string, by issuer.Actor) (Job, error) {
	b, err := j.c.Store.CancelBatchJob(ctx, id, by.String(), j.now())
	if err != nil {
		return Job{}, err
	}
	return j.told(ctx, b)
}

// WriteFile writes a file of a job that has ended, piece by piece. began is
// called before the first one; without any it is issuer.ErrNotFound.
func (j *Jobs) WriteFile(ctx context.Context, id, name string, began func() io.Writer) error {
	var to io.Writer
	for part := 0; ; part++ {
		content, err := j.c.Store.BatchPart(ctx, id, name, part)
		if errors.Is(err, issuer.ErrNotFound) && part > 0 {
			return nil
		}
		if err != nil {
			return err
		}
		if to == nil {
			to = began()
		}
		if _, err := to.Write(content); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
}
