// Package jobs does the work of package batch for files that were handed in
// over HTTP. The register keeps the file and how far it has come, so that any
// node takes it up, and another one goes on when that is gone. Start with
// [New]; [Jobs.Receive] takes a file in, [Jobs.Run] works.
//
// One node is at work on a job at a time, under a lease. That only saves work:
// two nodes on one job issue nothing twice, since the register answers the
// second one with what the first has issued.
package jobs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"yizheng/batch"
	"yizheng/catalog"
	"yizheng/register"
)

// Store keeps jobs and their files for all nodes. See register.Store for each
// promise.
type Store interface {
	AddBatchJob(ctx context.Context, j register.BatchJob, actor string) (register.BatchJob, error)
	BatchJob(ctx context.Context, id string) (register.BatchJob, error)
	BatchJobByKey(ctx context.Context, key string) (register.BatchJob, error)
	BatchJobs(ctx context.Context, authority string, limit int) ([]register.BatchJob, error)
	TakeBatchJob(ctx context.Context, owner string, now, until time.Time) (register.BatchJob, error)
	HoldBatchJob(ctx context.Context, id, owner string, progress json.RawMessage, until time.Time) (cancelling bool, _ error)
	EndBatchJob(ctx context.Context, id, owner string, state register.BatchState, outcome json.RawMessage, at time.Time) error
	CancelBatchJob(ctx context.Context, id, actor string, at time.Time) (register.BatchJob, error)
	PutBatchPart(ctx context.Context, job, owner, file string, part int, content []byte, at time.Time) error
	BatchPart(ctx context.Context, job, file string, part int) ([]byte, error)
	BatchFiles(ctx context.Context, job string) ([]string, error)
	SweepBatches(ctx context.Context, before, lostBefore time.Time) error
}

var _ Store = (*register.Store)(nil)

// Config is what jobs are done with.
type Config struct {
	Store     Store        // required
	Issuer    batch.Issuer // required
	Acts      batch.Acts   // required
	Catalogue *catalog.Set // required
	Folder    string       // of this node, for files that are being worked on; required, made when it is not there
	Workers   int          // how many work at once on one job; 1 when zero

	// Watch gives, for each attempt at a job, whom its progress is told beside
	// those who ask for it. nil: nobody.
	Watch func() func(batch.Event)

	Lease time.Duration    // after which a node that is not heard of is taken for gone; 30 s when zero
	Every time.Duration    // between two looks for work, and two notes of progress; 1 s when zero
	Clock func() time.Time // nil for the machine's
	Rand  io.Reader        // nil for the machine's
	Log   *slog.Logger     // nil for none
}

// Jobs takes files in and works on them. It is safe for concurrent use.
type Jobs struct {
	c     Config
	owner string        // this node, until it ends
	woken chan struct{} // holds one when there is work
}

// New checks the configuration. Nothing runs before [Jobs.Run].
func New(c Config) (*Jobs, error) {
	if c.Store == nil || c.Issuer == nil || c.Acts == nil || c.Catalogue == nil || c.Folder == "" {
		return nil, errors.New("jobs need Store, Issuer, Acts, Catalogue and Folder")
	}
	if c.Lease == 0 {
		c.Lease = 30 * time.Second
	}
	if c.Every == 0 {
		c.Every = time.Second
	}
	if c.Lease < 3*c.Every {
		return nil, errors.New("the lease is shorter than three looks for work")
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Workers = max(1, c.Workers)
	j := &Jobs{c: c, woken: make(chan struct{}, 1)}
	var err error
	j.owner, err = j.draw()
	return j, err
}

func (j *Jobs) draw() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(j.c.Rand, b[:]); err != nil {
		return "", fmt.Errorf("drawing a name: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

func (j *Jobs) now() time.Time { return j.c.Clock().UTC().Truncate(time.Second) }
