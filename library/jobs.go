package library

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel/trace"
)

// deliverArgs means "deliver what is pending for the license"; what that is
// stands in the outbox. One such job is enough for a license, however many
// events wait.
type deliverArgs struct {
	License string `json:"license"`
}

func (deliverArgs) Kind() string { return "library_deliver" }

// renderArgs means "make the sealed document of the version, if it has none".
type renderArgs struct {
	Identifier string `json:"identifier"`
}

func (renderArgs) Kind() string { return "render_document" }

// The queues of jobs, which a node works off side by side: what waits for the
// library holds up no document.
const (
	deliveryQueue = "library"
	documentQueue = "documents"
)

// attemptsOfJob is how often River tries before it gives a job up: practically
// for ever.
const attemptsOfJob = 1000

// insertOpts lets one job of a kind and its arguments be there that has not
// ended. That a job which is running stands in the way of another is safe
// only because a job ends in one transaction with the look that found nothing
// left: see finish.
func insertOpts(queue string) *river.InsertOpts {
	return &river.InsertOpts{
		Queue:       queue,
		MaxAttempts: attemptsOfJob,
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
			rivertype.JobStateRetryable, rivertype.JobStateScheduled,
		}},
	}
}

// Queue puts work into the River queue of the register's database. It needs
// no connection of its own: each job is put in the transaction of what it
// follows on. It implements register.Queue. [NewQueue] makes one for SQLite,
// [NewPostgresQueue] one for PostgreSQL.
type Queue[DB, Tx any] struct {
	engine[DB, Tx]
	client *river.Client[Tx]
	log    *slog.Logger
}

// engine is what River needs to know of a database.
type engine[DB, Tx any] struct {
	driver func(DB) riverdriver.Driver[Tx] // of no database: one that only puts jobs
	// within runs f in a transaction, which is committed when f returns nil.
	within func(ctx context.Context, db DB, f func(Tx) error) error
	// notified says that the database itself tells of new jobs, so that they
	// need not be looked for all the time.
	notified bool
}

// NewQueue makes a queue on SQLite that only takes work in. Log may be nil.
func NewQueue(log *slog.Logger) (*Queue[*sql.DB, *sql.Tx], error) {
	return newQueue(log, engine[*sql.DB, *sql.Tx]{
		driver: func(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riversqlite.New(db) },
		within: func(ctx context.Context, db *sql.DB, f func(*sql.Tx) error) error {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			if err := f(tx); err != nil {
				return errors.Join(err, tx.Rollback())
			}
			return tx.Commit()
		},
	})
}

// NewPostgresQueue makes a queue on PostgreSQL that only takes work in. Log
// may be nil.
func NewPostgresQueue(log *slog.Logger) (*Queue[*pgxpool.Pool, pgx.Tx], error) {
	return newQueue(log, engine[*pgxpool.Pool, pgx.Tx]{
		driver: func(pool *pgxpool.Pool) riverdriver.Driver[pgx.Tx] { return riverpgxv5.New(pool) },
		within: func(ctx context.Context, pool *pgxpool.Pool, f func(pgx.Tx) error) error {
			return pgx.BeginFunc(ctx, pool, f)
		},
		notified: true,
	})
}

func newQueue[DB, Tx any](log *slog.Logger, e engine[DB, Tx]) (*Queue[DB, Tx], error) {
	log = quiet(log)
	var none DB
	client, err := river.NewClient(e.driver(none), &river.Config{Logger: log})
	if err != nil {
		return nil, fmt.Errorf("making the job queue: %w", err)
	}
	return &Queue[DB, Tx]{engine: e, client: client, log: log}, nil
}

// Migrate makes or updates River's own tables.
func (q *Queue[DB, Tx]) Migrate(ctx context.Context, db DB) error {
	m, err := rivermigrate.New(q.driver(db), &rivermigrate.Config{Logger: q.log})
	if err != nil {
		return fmt.Errorf("reading River's migrations: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("running River's migrations: %w", err)
	}
	return nil
}

// Wake puts the job that delivers what is pending, for each license. No
// license is named twice.
func (q *Queue[DB, Tx]) Wake(ctx context.Context, tx Tx, licenses ...string) error {
	return insert(ctx, q, tx, deliveryQueue, licenses, func(license string) river.JobArgs { return deliverArgs{License: license} })
}

// Render puts the job that makes the document, for each version. No version is
// named twice.
func (q *Queue[DB, Tx]) Render(ctx context.Context, tx Tx, identifiers ...string) error {
	return insert(ctx, q, tx, documentQueue, identifiers, func(identifier string) river.JobArgs { return renderArgs{Identifier: identifier} })
}

func insert[DB, Tx any](ctx context.Context, q *Queue[DB, Tx], tx Tx, queue string, of []string, args func(string) river.JobArgs) error {
	options := insertOpts(queue)
	options.Metadata = origin(ctx)
	jobs := make([]river.InsertManyParams, len(of))
	for n, one := range of {
		jobs[n] = river.InsertManyParams{Args: args(one), InsertOpts: options}
	}
	if len(jobs) == 0 {
		return nil
	}
	if _, err := q.client.InsertManyTx(ctx, tx, jobs); err != nil {
		return fmt.Errorf("queueing %s: %w", jobs[0].Args.Kind(), err)
	}
	return nil
}

// WorkConfig is what working off the queue needs.
type WorkConfig[DB, Tx any] struct {
	DB        DB // the register's: on SQLite, its one writing connection
	Deliverer *Deliverer
	Books     Books
	// Idle says within a transaction that nothing of a license can be
	// delivered any more.
	Idle func(ctx context.Context, tx Tx, license string) (bool, error)
	// Batch gives within a transaction the licenses that were issued together
	// as a batch, and the versions that they got.
	Batch func(ctx context.Context, tx Tx, batch string) (licenses, identifiers []string, err error)
	// Render makes the sealed document of a version if it has none, which
	// queues its filing. nil leaves documents to whoever asks for them.
	Render func(ctx context.Context, identifier string) error
	Queue  *Queue[DB, Tx]
	Tracer trace.Tracer // of jobs; nil: none is traced
	// Worked is told of each attempt at a job: its kind, what came of it (done,
	// later, failed), and how long it took. nil: nobody is.
	Worked func(kind, result string, took time.Duration)
	Log    *slog.Logger  // nil for none; of River's own only warnings are logged
	Poll   time.Duration // how often the queue is looked at; when zero half a second, or one on PostgreSQL, which tells of most new jobs
}

// Workers work off the queue until they are stopped.
type Workers[DB, Tx any] struct {
	c        WorkConfig[DB, Tx]
	client   *river.Client[Tx]
	stopping chan struct{} // closed by Stop
	stop     func()
}

// The times of a job. A worker that crashed is found out after rescueAfter;
// until then its license waits, and nothing of it is lost.
const (
	jobTimeout  = 2 * time.Minute
	rescueAfter = 5 * time.Minute
	// between is the time from one look for jobs to the next while there are more
	// than can be taken: with drawnAtOnce it bounds a node to 160 documents a
	// second, so that those of a large batch leave room for those who ask.
	between     = 25 * time.Millisecond
	drawnAtOnce = 4
	// deliveredAtOnce lets a library that takes 80 ms to answer have as many filings
	// as it usually may; how many that are is the deliverer's to see to. Half of a
	// node's connections to the database are left to who asks, whatever is delivered.
	// Looked for half as often, jobs come in larger numbers.
	deliveredAtOnce  = 8
	betweenDelivered = 2 * between
)

// NewWorkers checks the configuration. Nothing runs before Start.
func NewWorkers[DB comparable, Tx any](c WorkConfig[DB, Tx]) (*Workers[DB, Tx], error) {
	var none DB
	if c.DB == none || c.Deliverer == nil || c.Books == nil || c.Idle == nil || c.Batch == nil || c.Queue == nil {
		return nil, errors.New("workers need DB, Deliverer, Books, Idle, Batch and Queue")
	}
	if c.Poll == 0 {
		c.Poll = 500 * time.Millisecond
		if c.Queue.notified {
			c.Poll = time.Second
		}
	}
	w := &Workers[DB, Tx]{c: c, stopping: make(chan struct{})}
	w.stop = sync.OnceFunc(func() { close(w.stopping) })
	workers := river.NewWorkers()
	river.AddWorker(workers, &deliverWorker[DB, Tx]{w: w})
	river.AddWorker(workers, &renderWorker[DB, Tx]{w: w})
	river.AddWorker(workers, &followWorker[DB, Tx]{w: w})
	client, err := river.NewClient(c.Queue.driver(c.DB), &river.Config{
		Queues: map[string]river.QueueConfig{
			deliveryQueue: {MaxWorkers: deliveredAtOnce, FetchCooldown: min(c.Poll, betweenDelivered)}, documentQueue: {MaxWorkers: drawnAtOnce}, followQueue: {MaxWorkers: 1},
		},
		Workers:              workers,
		Middleware:           []rivertype.Middleware{river.WorkerMiddlewareFunc(w.watched)},
		Logger:               quiet(c.Log),
		PollOnly:             !c.Queue.notified, // else River would poll for notifications, and then again
		FetchPollInterval:    c.Poll,
		FetchCooldown:        min(c.Poll, between),
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: rescueAfter,
	})
	if err != nil {
		return nil, fmt.Errorf("making the workers: %w", err)
	}
	w.client = client
	return w, nil
}

// Start begins to work. The workers go on until Stop, whatever becomes of ctx.
func (w *Workers[DB, Tx]) Start(ctx context.Context) error {
	if err := w.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("starting the workers: %w", err)
	}
	return nil
}

// wokenAtOnce is how many licenses are woken in one transaction.
const wokenAtOnce = 200

// WakeAll wakes every license of which something is pending, in case a job was
// lost or waits for a time that a wrong clock has named. To be called once after
// a start; with many it takes a while.
func (w *Workers[DB, Tx]) WakeAll(ctx context.Context) error {
	if err := w.Hurry(ctx, LongestPause); err != nil {
		return err
	}
	after := ""
	for {
		licenses, err := w.c.Books.Backlog(ctx, after, wokenAtOnce)
		if err != nil {
			return fmt.Errorf("reading the backlog: %w", err)
		}
		if err := w.wake(ctx, licenses); err != nil {
			return err
		}
		if len(licenses) < wokenAtOnce {
			return nil
		}
		after = licenses[len(licenses)-1]
	}
}

func (w *Workers[DB, Tx]) wake(ctx context.Context, licenses []string) error {
	err := w.c.Queue.within(ctx, w.c.DB, func(tx Tx) error { return w.c.Queue.Wake(ctx, tx, licenses...) })
	if err != nil {
		return fmt.Errorf("waking deliveries: %w", err)
	}
	return nil
}

// Stop lets the jobs that run come to their end, and no more begin. When ctx
// ends before they do, they are cancelled: what they did stands, and the rest
// is done at the next start.
func (w *Workers[DB, Tx]) Stop(ctx context.Context) error {
	w.stop()
	err := w.client.Stop(ctx)
	if err == nil {
		return nil
	}
	if ctx.Err() == nil {
		return fmt.Errorf("stopping the workers: %w", err)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := w.client.StopAndCancel(last); err != nil {
		return fmt.Errorf("stopping the workers: %w", err)
	}
	return nil
}

type deliverWorker[DB, Tx any] struct {
	river.WorkerDefaults[deliverArgs]
	w *Workers[DB, Tx]
}

// Work delivers, and ends the job only when nothing is left to be delivered. While
// the library cannot be reached the job waits here: to put each of a hundred
// thousand off and take it again each minute is more work than to deliver them.
func (d *deliverWorker[DB, Tx]) Work(ctx context.Context, job *river.Job[deliverArgs]) error {
	if !d.w.c.Deliverer.awaited(ctx, d.w.stopping) {
		return river.JobSnooze(time.Second)
	}
	for {
		p, err := d.w.c.Deliverer.Deliver(ctx, job.Args.License)
		if err != nil {
			return err
		}
		if !p.Next.IsZero() {
			return river.JobSnooze(max(p.Next.Sub(d.w.c.Deliverer.c.Clock()), time.Second))
		}
		done, err := d.finish(ctx, job)
		if err != nil || done {
			return err
		}
	}
}

// longestTrouble is the longest pause of a job that the register let down.
const longestTrouble = time.Minute

// NextRetry is when a delivery is tried again that the register let down: what
// the library does has times of its own. The register is back for all jobs at
// once, and River's own pauses, which grow by the fourth power, would let a
// license wait for hours that was unlucky while connections broke.
func (d *deliverWorker[DB, Tx]) NextRetry(job *river.Job[deliverArgs]) time.Time {
	return time.Now().Add(min(pauseAfter(job.Attempt), longestTrouble))
}

// finish ends the job and looks at the outbox in one transaction. An event
// that is queued while this job runs finds it in the way and puts no job of
// its own: either its transaction came first, and the look sees it; or it
// comes after, and the job has ended and stands in nobody's way. The job is
// ended before the look, so that on PostgreSQL, which has many writers, its row
// is locked when the look is taken.
func (d *deliverWorker[DB, Tx]) finish(ctx context.Context, job *river.Job[deliverArgs]) (bool, error) {
	err := d.w.c.Queue.within(ctx, d.w.c.DB, func(tx Tx) error {
		if _, err := river.JobCompleteTx[riverdriver.Driver[Tx]](ctx, tx, job); err != nil {
			return err
		}
		idle, err := d.w.c.Idle(ctx, tx, job.Args.License)
		if err == nil && !idle {
			err = errNotIdle
		}
		return err
	})
	if errors.Is(err, errNotIdle) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ending a delivery: %w", err)
	}
	return true, nil
}

// errNotIdle undoes the end of a job that has more to do.
var errNotIdle = errors.New("there is more to deliver")

type renderWorker[DB, Tx any] struct {
	river.WorkerDefaults[renderArgs]
	w *Workers[DB, Tx]
}

// Work makes the document. It is made once for ever, so that a repetition
// changes nothing.
func (r *renderWorker[DB, Tx]) Work(ctx context.Context, job *river.Job[renderArgs]) error {
	if r.w.c.Render == nil {
		return nil
	}
	return r.w.c.Render(ctx, job.Args.Identifier)
}

// NextRetry is when a document that could not be made is tried again. Most
// often an authority that its seal needs is away: River's own pauses, which
// grow by the fourth power, would leave it lying for days after that is back.
func (r *renderWorker[DB, Tx]) NextRetry(job *river.Job[renderArgs]) time.Time {
	return time.Now().Add(pauseAfter(job.Attempt))
}

// pauseAfter grows from seconds to a quarter of an hour.
func pauseAfter(attempt int) time.Duration {
	return min(time.Second<<min(attempt, 10), 15*time.Minute)
}

// quiet gives River a log that lets only warnings through.
func quiet(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(quietHandler{log.Handler()})
}

type quietHandler struct{ slog.Handler }

// Enabled implements slog.Handler.
func (h quietHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (h quietHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quietHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h quietHandler) WithGroup(name string) slog.Handler {
	return quietHandler{h.Handler.WithGroup(name)}
}
