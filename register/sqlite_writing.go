package register

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"yizheng/issuer"
)

// preparer asks in one transaction, by kept statements. One that is not kept
// is read here, once, and kept when the transaction has ended: to keep it takes
// the connection. Statements are not told when the context ends, for which the
// driver would start a goroutine each: the transaction is, and they fail with it.
type preparer struct {
	tx         *sql.Tx
	kept       *kept
	statements map[string]*sql.Stmt // read here; they end with the transaction
	bound      map[string]*sql.Stmt // kept ones, for this transaction
	busy       map[string]bool      // whose rows are still being read
}

func prepared(tx *sql.Tx, kept *kept) preparer {
	return preparer{tx: tx, kept: kept, statements: make(map[string]*sql.Stmt), bound: make(map[string]*sql.Stmt), busy: make(map[string]bool)}
}

func (p preparer) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := p.bound[query]; ok {
		return s, nil
	}
	if s, ok := p.statements[query]; ok {
		return s, nil
	}
	if s := p.kept.known(query); s != nil {
		p.bound[query] = p.tx.StmtContext(ctx, s)
		return p.bound[query], nil
	}
	s, err := p.tx.PrepareContext(ctx, inPlace(query))
	if err == nil {
		p.statements[query] = s
	}
	return s, err
}

// query asks by a kept statement, or by one of its own while the rows of that
// are still being read.
func (p preparer) query(ctx context.Context, query string, args ...any) (rows, error) {
	ctx = context.WithoutCancel(ctx)
	if p.busy[query] {
		return sqlQuerier{p.tx}.query(ctx, query, args...)
	}
	s, err := p.statement(ctx, query)
	if err != nil {
		return nil, unavailableSQLite(err)
	}
	r, err := s.QueryContext(ctx, args...)
	if err != nil {
		return nil, unavailableSQLite(err)
	}
	p.busy[query] = true
	return busyRows{sqlRows{r}, p.busy, query}, nil
}

// queryRow asks for one row, which is read before the next question.
func (p preparer) queryRow(ctx context.Context, query string, args ...any) row {
	ctx = context.WithoutCancel(ctx)
	s, err := p.statement(ctx, query)
	if err != nil {
		return failedRow{err}
	}
	return sqlRow{s.QueryRowContext(ctx, args...)}
}

func (p preparer) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx = context.WithoutCancel(ctx)
	s, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// sqliteWriter is the one writing transaction.
type sqliteWriter struct {
	preparer
	tx     *sql.Tx
	queue  Queue[*sql.DB, *sql.Tx]
	failed error // of the first statement that did; nothing is committed after one, as on PostgreSQL
}

func (w *sqliteWriter) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	r, err := w.preparer.exec(ctx, query, args...)
	if w.failed == nil {
		w.failed = err
	}
	return r, err
}

func (w *sqliteWriter) do(ctx context.Context, doing, query string, args ...any) error {
	if _, err := w.exec(ctx, query, args...); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

func (w *sqliteWriter) change(ctx context.Context, doing, query string, args ...any) error {
	return w.changeRows(ctx, doing, 1, query, args...)
}

func (w *sqliteWriter) changeRows(ctx context.Context, doing string, rows int, query string, args ...any) error {
	r, err := w.exec(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	n, err := r.RowsAffected()
	if err == nil && n != int64(rows) {
		err = issuer.ErrMoved
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// asArrays gives none: SQLite has no arrays.
func (w *sqliteWriter) asArrays([][]any) *arrays { return nil }

// unjournalled are the tables of which SQLite inserts several rows by a statement
// that says OR FAIL without keeping a journal of every page that it writes, in case
// the statement ends half-way; with a journal it takes longer than as many
// statements that were read once. A table with foreign keys, or a condition that
// calls a function, has one in any case, and so has ON CONFLICT DO UPDATE.
var unjournalled = []string{"audit", "claims", "outbox", "version_permits"}

// inserting lets what an OR FAIL has done by the time that it fails stay: it goes
// with the transaction, which ends with any statement that fails.
func (w *sqliteWriter) inserting(insert string) (begins string, sizes []int) {
	into := strings.TrimPrefix(insert, "INSERT INTO ")
	if table, _, _ := strings.Cut(into, " "); slices.Contains(unjournalled, table) {
		return "INSERT OR FAIL INTO " + into, written
	}
	return insert, oneByOne
}

func (w *sqliteWriter) plansAnew(context.Context) error                             { return nil }
func (w *sqliteWriter) holdLicenses(context.Context, []string) error                { return nil }
func (w *sqliteWriter) holdPermits(context.Context, []issuer.PermitKey, bool) error { return nil }
func (w *sqliteWriter) holdPlaces(context.Context, bool) error                      { return nil }

func (w *sqliteWriter) wake(ctx context.Context, licenses []string) error {
	if w.queue == nil {
		return nil
	}
	return w.queue.Wake(ctx, w.tx, licenses...)
}

func (w *sqliteWriter) render(ctx context.Context, identifiers []string) error {
	if w.queue == nil {
		return nil
	}
	return w.queue.Render(ctx, w.tx, identifiers...)
}

func (w *sqliteWriter) follow(ctx context.Context, batch string) error {
	if w.queue == nil {
		return nil
	}
	return w.queue.Follow(ctx, w.tx, batch)
}
