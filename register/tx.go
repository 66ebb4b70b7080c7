package register

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"yizheng/issuer"
	"yizheng/library/metadata"
	"yizheng/tracing"
)

// database is what SQLite and PostgreSQL do each in its own way. Statements
// are written once, with $1 for the first parameter, which both read.
type database interface {
	querier // each statement by itself
	// reading runs f on one moment of the register, without a lock.
	reading(ctx context.Context, f func(querier) error) error
	// writing runs f in one transaction. When others were in the way, f is
	// run again from the beginning.
	writing(ctx context.Context, f func(*transaction) error) error
	// alone runs one statement, which is a transaction by itself: on PostgreSQL
	// one exchange in the place of three.
	alone(ctx context.Context, query string, args ...any) error
	// schema is the number of the newest migration that this program has.
	schema() int64
	close() error
}

type querier interface {
	query(ctx context.Context, query string, args ...any) (rows, error)
	queryRow(ctx context.Context, query string, args ...any) row
}

type row interface{ Scan(into ...any) error }

type rows interface {
	row
	Next() bool
	Err() error
	Close()
}

// writer is one transaction of a database.
type writer interface {
	querier
	// do and change run a statement whose result nobody waits for, change one
	// that must change exactly one row: a compare-and-swap whose WHERE says
	// what the row must be; otherwise the register has moved on, ErrMoved.
	// PostgreSQL sends them together before the next question or the end of
	// the transaction, and it is then that their error comes.
	do(ctx context.Context, doing, query string, args ...any) error
	change(ctx context.Context, doing, query string, args ...any) error
	// changeRows is change for a statement that must change so many rows.
	changeRows(ctx context.Context, doing string, rows int, query string, args ...any) error
	// asArrays gives many rows as one statement takes them; nil where none takes
	// them so.
	asArrays(rows [][]any) *arrays
	// inserting gives how a statement that inserts many rows begins, which begins
	// with INSERT INTO as it is given, and how many rows such statements take.
	inserting(insert string) (begins string, sizes []int)
	// plansAnew is for a transaction that is about many rows, at its beginning.
	plansAnew(ctx context.Context) error
	// holdLicenses lets nobody else change the licenses until the end;
	// holdPermits lets nobody act on the permits, or (alone) nobody issue a
	// version that lists them either; holdPlaces lets nobody else reserve, and
	// (early) the commit return before it is on the disk. Whoever needs several
	// takes them in this order. SQLite has one writer, who holds everything, and
	// no commit of whom returns early.
	holdLicenses(ctx context.Context, bases []string) error
	holdPermits(ctx context.Context, keys []issuer.PermitKey, alone bool) error
	holdPlaces(ctx context.Context, early bool) error
	// wake, render and follow put jobs.
	wake(ctx context.Context, licenses []string) error
	render(ctx context.Context, identifiers []string) error
	follow(ctx context.Context, batch string) error
}

// transaction is a writer, and what it must do at its end: jobs and the marks
// on status lists are rows that many want, so they come last and in order.
type transaction struct {
	writer
	chunks          []uint32
	licenses, drawn []string
	batch           string // of many licenses, which are not among licenses and drawn
}

// plansFor says how many licenses the transaction is about.
func (tx *transaction) plansFor(ctx context.Context, licenses int) error {
	if licenses < 2 {
		return nil
	}
	return tx.plansAnew(ctx)
}

// end does what comes last.
func (tx *transaction) end(ctx context.Context) error {
	if licenses := sorted(tx.licenses); len(licenses) > 0 {
		if err := tx.wake(ctx, licenses); err != nil {
			return fmt.Errorf("queueing the delivery: %w", err)
		}
	}
	if drawn := sorted(tx.drawn); len(drawn) > 0 {
		if err := tx.render(ctx, drawn); err != nil {
			return fmt.Errorf("queueing the document: %w", err)
		}
	}
	if tx.batch != "" {
		if err := tx.follow(ctx, tx.batch); err != nil {
			return fmt.Errorf("queueing what follows on the batch: %w", err)
		}
	}
	for _, chunk := range sorted(tx.chunks) {
		if err := tx.change(ctx, "marking the status list", `UPDATE status_chunks SET change = change + 1 WHERE chunk = $1`, chunk); err != nil {
			return err
		}
	}
	return nil
}

func sorted[T cmp.Ordered](all []T) []T {
	slices.Sort(all)
	return slices.Compact(all)
}

// errRaced says that another took meanwhile what was free a moment ago: the
// transaction is run again, and finds out who.
var errRaced = errors.New("another was faster")

// writing runs f in one transaction.
func (s *Store) writing(ctx context.Context, doing string, f func(tx *transaction) error) error {
	return traced(ctx, doing, func(ctx context.Context) error {
		return s.db.writing(ctx, func(tx *transaction) error {
			if err := f(tx); err != nil {
				return err
			}
			return tx.end(ctx)
		})
	})
}

// alone runs one statement that is a transaction by itself, upon which nothing
// follows.
func (s *Store) alone(ctx context.Context, doing, query string, args ...any) error {
	return traced(ctx, doing, func(ctx context.Context) error { return s.db.alone(ctx, query, args...) })
}

// traced watches a transaction that writes, and says what it was for when it
// fails.
func traced(ctx context.Context, doing string, write func(context.Context) error) error {
	ctx, span := tracing.Start(ctx, "register: write")
	span.Set("yizheng.doing", doing)
	err := write(ctx)
	span.End(err)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// reading runs f in one read transaction, so that all it reads is of one
// moment.
func (s *Store) reading(ctx context.Context, doing string, f func(q querier) error) error {
	ctx, span := tracing.Start(ctx, "register: read")
	span.Set("yizheng.doing", doing)
	err := s.db.reading(ctx, f)
	span.End(err)
	return answered(doing, err)
}

// answered says what became of a question; what is not there is ErrNotFound.
func answered(doing string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = issuer.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// column reads a query's one column.
func column[T any](ctx context.Context, q querier, doing, query string, args ...any) ([]T, error) {
	return list(ctx, q, doing, func(r row) (v T, err error) { return v, r.Scan(&v) }, query, args...)
}

// list reads a query's rows.
func list[T any](ctx context.Context, q querier, doing string, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	defer rows.Close()
	var values []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
		values = append(values, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return values, nil
}

// audit adds one line to the audit trail.
func audit(ctx context.Context, tx *transaction, at time.Time, actor, act, subject, detail string) error {
	return tx.do(ctx, "writing the audit trail", `INSERT INTO audit (at, actor, act, subject, detail) VALUES ($1, $2, $3, $4, $5)`,
		at.Unix(), actor, act, subject, detail)
}

// file queues an event, and sees to it that it is delivered.
func file(ctx context.Context, tx *transaction, e metadata.Event) error {
	tx.licenses = append(tx.licenses, e.License)
	return enqueue(ctx, tx, e)
}

// enqueue gives each event its place in its license's order, and queues it. Who
// numbers an event holds the license's head until the end, so numbers have no
// gaps, and events are seen in their order. No two events are of one license.
func enqueue(ctx context.Context, tx *transaction, events ...metadata.Event) error {
	var heads, queued [][]any
	for _, e := range events {
		heads = append(heads, []any{e.License, 1})
		queued = append(queued, []any{e.License, string(e.Kind), e.At.Unix(), []byte(e.Body)})
	}
	err := addEach(ctx, tx, "numbering the event", `INSERT INTO outbox_heads (license, last)`,
		` ON CONFLICT (license) DO UPDATE SET last = outbox_heads.last + 1`, heads)
	if err != nil {
		return err
	}
	last, err := lastNumbers(ctx, tx, heads)
	if err != nil {
		return err
	}
	for n := range queued {
		queued[n] = append(queued[n], last[events[n].License])
	}
	return addEach(ctx, tx, "queueing the event", `INSERT INTO outbox (license, kind, at, body, sequence)`, "", queued)
}

// lastNumbers gives the number of the last event of each license.
func lastNumbers(ctx context.Context, tx *transaction, heads [][]any) (map[string]int64, error) {
	numbers := make(map[string]int64, len(heads))
	err := askEach(ctx, tx, "numbering the event", "license TEXT, one BIGINT",
		`SELECT h.license, h.last FROM given g JOIN outbox_heads h ON h.license = g.license`, heads, func(r row) error {
			var license string
			var last int64
			err := r.Scan(&license, &last)
			numbers[license] = last
			return err
		})
	return numbers, err
}

// seconds and instant keep the zero time as 0.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func instant(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
