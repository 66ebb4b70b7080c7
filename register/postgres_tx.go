package register

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"yizheng/issuer"
)

// pgxQuerier asks by pgx.
type pgxQuerier struct {
	q interface {
		Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
		QueryRow(ctx context.Context, query string, args ...any) pgx.Row
	}
}

func (q pgxQuerier) query(ctx context.Context, query string, args ...any) (rows, error) {
	r, err := q.q.Query(ctx, query, args...)
	if err != nil {
		return nil, explained(ctx, err)
	}
	return pgxRows{r, ctx}, nil
}

func (q pgxQuerier) queryRow(ctx context.Context, query string, args ...any) row {
	return pgxRow{q.q.QueryRow(ctx, query, args...), ctx}
}

type pgxRows struct {
	pgx.Rows
	ctx context.Context // of the query
}

// Err says what ended the reading.
func (r pgxRows) Err() error { return explained(r.ctx, r.Rows.Err()) }

type pgxRow struct {
	pgx.Row
	ctx context.Context // of the query
}

// Scan reads the row.
func (r pgxRow) Scan(into ...any) error { return explained(r.ctx, r.Row.Scan(into...)) }

// postgresWriter is one writing transaction. Each statement sees what others
// have committed before it (READ COMMITTED); what must not change meanwhile
// is held.
type postgresWriter struct {
	pgxQuerier
	tx    pgx.Tx
	queue Queue[*pgxpool.Pool, pgx.Tx]
	later []later
}

// later is a statement that is sent with the next ones.
type later struct {
	doing string
	query string
	args  []any
	rows  int // how many it must change; anyNumber: as many as there are
}

const anyNumber = -1

func (w *postgresWriter) do(_ context.Context, doing, query string, args ...any) error {
	w.later = append(w.later, later{doing, query, args, anyNumber})
	return nil
}

func (w *postgresWriter) change(_ context.Context, doing, query string, args ...any) error {
	w.later = append(w.later, later{doing, query, args, 1})
	return nil
}

func (w *postgresWriter) changeRows(_ context.Context, doing string, rows int, query string, args ...any) error {
	w.later = append(w.later, later{doing, query, args, rows})
	return nil
}

// plansAnew has the statements of this transaction planned for what they are
// given and for the tables as they are: a plan that was made once, for any
// number of rows and while a table was small, reads all of a large one. They go
// from few rows to many by an index, whatever the database thinks of tables that
// it has not looked through yet.
func (w *postgresWriter) plansAnew(ctx context.Context) error {
	return w.do(ctx, "asking for new plans", `SELECT set_config('plan_cache_mode', 'force_custom_plan', true),
		set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true)`)
}

// flush sends what was kept back, in one go.
func (w *postgresWriter) flush(ctx context.Context) error {
	if len(w.later) == 0 {
		return nil
	}
	var batch pgx.Batch
	for _, l := range w.later {
		batch.Queue(l.query, l.args...)
	}
	sent := w.later
	w.later = nil
	results := w.tx.SendBatch(ctx, &batch)
	for _, l := range sent {
		tag, err := results.Exec()
		if err == nil && l.rows != anyNumber && tag.RowsAffected() != int64(l.rows) {
			err = issuer.ErrMoved
		}
		if err != nil {
			_ = results.Close() // repeats err, or says nothing
			return fmt.Errorf("%s: %w", l.doing, explained(ctx, err))
		}
	}
	return explained(ctx, results.Close())
}

func (w *postgresWriter) query(ctx context.Context, query string, args ...any) (rows, error) {
	if err := w.flush(ctx); err != nil {
		return nil, err
	}
	return w.pgxQuerier.query(ctx, query, args...)
}

func (w *postgresWriter) queryRow(ctx context.Context, query string, args ...any) row {
	if err := w.flush(ctx); err != nil {
		return failed{err}
	}
	return w.pgxQuerier.queryRow(ctx, query, args...)
}

// failed is the answer to a question that was not asked.
type failed struct{ err error }

// Scan says why.
func (f failed) Scan(...any) error { return f.err }

func (w *postgresWriter) hold(ctx context.Context, query string, args ...any) error {
	if err := w.flush(ctx); err != nil {
		return err
	}
	_, err := w.tx.Exec(ctx, query, args...)
	return explained(ctx, err)
}

func (w *postgresWriter) holdLicenses(ctx context.Context, bases []string) error {
	if len(bases) == 0 {
		return nil
	}
	return w.hold(ctx, `SELECT base FROM licenses WHERE base = ANY ($1) ORDER BY base FOR NO KEY UPDATE`, bases)
}

// stripes is into how many groups permits fall that are held together. A
// permit that nobody has acted on has no row to be held by, and a lock each
// would be thousands in a large batch.
const stripes = 64

func (w *postgresWriter) holdPermits(ctx context.Context, keys []issuer.PermitKey, alone bool) error {
	var of []int32
	for _, k := range keys {
		h := fnv.New32a()
		_, _ = io.WriteString(h, k.Authority+"\x00"+k.Number) // a hash takes everything
		of = append(of, int32(h.Sum32()%stripes))
	}
	function := "pg_advisory_xact_lock_shared"
	if alone {
		function = "pg_advisory_xact_lock"
	}
	return w.hold(ctx, `SELECT `+function+`($1, s) FROM unnest($2::integer[]) s`, lockPermits, sorted(of))
}

func (w *postgresWriter) holdPlaces(ctx context.Context, early bool) error {
	if early {
		return w.hold(ctx, `SELECT pg_advisory_xact_lock($1), set_config('synchronous_commit', 'off', true)`, lockPlaces)
	}
	return w.hold(ctx, `SELECT pg_advisory_xact_lock($1)`, lockPlaces)
}

func (w *postgresWriter) wake(ctx context.Context, licenses []string) error {
	if w.queue == nil {
		return nil
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	return w.queue.Wake(ctx, w.tx, licenses...)
}

func (w *postgresWriter) render(ctx context.Context, identifiers []string) error {
	if w.queue == nil {
		return nil
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	return w.queue.Render(ctx, w.tx, identifiers...)
}

func (w *postgresWriter) follow(ctx context.Context, batch string) error {
	if w.queue == nil {
		return nil
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	return w.queue.Follow(ctx, w.tx, batch)
}

// raced says that others were in the way, and will not be again for the same
// reason: the transaction was undone, and can begin anew.
func raced(err error) bool {
	if errors.Is(err, errRaced) {
		return true
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code {
	case "40001", // serialization failure
		"40P01", // deadlock: the database has ended one of several
		"23505", // unique violation: the next attempt sees whose it is
		"0A000": // a cached plan from before a migration
		return true
	}
	return false
}

// errLost marks a connection that was lost, or did not come about.
var errLost = errors.New("the connection was lost")

// explained marks the errors that pass by themselves as ErrUnavailable, and
// what was asked for by a text that cannot be there as ErrNotFound.
func explained(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, issuer.ErrUnavailable) || ctx.Err() != nil {
		return err
	}
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var network net.Error
	// The context is not over: it was a statement's own that ended.
	if errors.Is(err, errSilent) || (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) && !errors.As(err, &connect) {
		return fmt.Errorf("%w: the database is silent: %w", issuer.ErrUnavailable, err)
	}
	if errors.As(err, &pg) {
		switch {
		case strings.HasPrefix(pg.Code, "08"), // connection exception
			strings.HasPrefix(pg.Code, "57P"), // the server is ending, or beginning
			strings.HasPrefix(pg.Code, "53"),  // no connection, memory or disk left
			pg.Code == "25006",                // a standby, after a fail-over
			pg.Code == "25P03":                // our transaction did nothing for too long
			return fmt.Errorf("%w: %w: %w", issuer.ErrUnavailable, errLost, err)
		case pg.Code == "55P03", // a lock was not had in time
			pg.Code == "57014": // a statement took too long
			return fmt.Errorf("%w: %w", issuer.ErrUnavailable, err)
		case pg.Code == "22021": // a text with a zero in it, or no UTF-8: no row can have it
			return fmt.Errorf("%w: %w", issuer.ErrNotFound, err)
		}
		return err
	}
	if errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) {
		return fmt.Errorf("%w: %w: %w", issuer.ErrUnavailable, errLost, err)
	}
	return err
}
