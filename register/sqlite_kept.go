package register

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// maxKept is how many statements are kept. The sources have fewer; those with
// a list of permits come in as many lengths as are asked for at once.
const maxKept = 400

// kept are the statements of the reading connections, each read once by a
// connection and not for every question: reading one takes SQLite longer than
// answering it.
type kept struct {
	db  *sql.DB
	mu  sync.RWMutex
	all map[string]*sql.Stmt
}

// statement gives the statement of a query; nil when no more are kept.
func (k *kept) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	k.mu.RLock()
	s, ok := k.all[query]
	full := len(k.all) >= maxKept
	k.mu.RUnlock()
	if ok || full {
		return s, nil
	}
	s, err := k.db.PrepareContext(ctx, inPlace(query))
	if err != nil {
		return nil, unavailableSQLite(err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if other, ok := k.all[query]; ok {
		return other, s.Close()
	}
	k.all[query] = s
	return s, nil
}

func (k *kept) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var err error
	for _, s := range k.all {
		err = errors.Join(err, s.Close())
	}
	clear(k.all)
	return err
}

func (k *kept) query(ctx context.Context, query string, args ...any) (rows, error) {
	s, err := k.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return sqlQuerier{k.db}.query(ctx, query, args...)
	}
	r, err := s.QueryContext(ctx, args...)
	if err != nil {
		return nil, unavailableSQLite(err)
	}
	return sqlRows{r}, nil
}

func (k *kept) queryRow(ctx context.Context, query string, args ...any) row {
	s, err := k.statement(ctx, query)
	switch {
	case err != nil:
		return failedRow{err}
	case s == nil:
		return sqlQuerier{k.db}.queryRow(ctx, query, args...)
	}
	return sqlRow{s.QueryRowContext(ctx, args...)}
}

// known gives a statement that is kept already.
func (k *kept) known(query string) *sql.Stmt {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.all[query]
}

// moment asks by kept statements in one read transaction. One that is not kept
// is only noted, since keeping it takes another connection; and one whose rows
// are still being read is not used again meanwhile.
type moment struct {
	tx      *sql.Tx
	kept    *kept
	busy    map[string]bool
	missing []string
}

func (m *moment) statement(ctx context.Context, query string) *sql.Stmt {
	s := m.kept.known(query)
	if s == nil {
		m.missing = append(m.missing, query)
	}
	if s == nil || m.busy[query] {
		return nil
	}
	return m.tx.StmtContext(ctx, s)
}

func (m *moment) query(ctx context.Context, query string, args ...any) (rows, error) {
	s := m.statement(ctx, query)
	if s == nil {
		return sqlQuerier{m.tx}.query(ctx, query, args...)
	}
	r, err := s.QueryContext(ctx, args...)
	if err != nil {
		return nil, unavailableSQLite(err)
	}
	m.busy[query] = true
	return busyRows{sqlRows{r}, m.busy, query}, nil
}

func (m *moment) queryRow(ctx context.Context, query string, args ...any) row {
	s := m.statement(ctx, query)
	if s == nil {
		return sqlQuerier{m.tx}.queryRow(ctx, query, args...)
	}
	return sqlRow{s.QueryRowContext(ctx, args...)}
}

// busyRows are rows of a statement that is not to be used again meanwhile.
type busyRows struct {
	sqlRows
	busy  map[string]bool
	query string
}

// Close ends the reading.
func (r busyRows) Close() {
	r.sqlRows.Close()
	delete(r.busy, r.query)
}
