package register

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"yizheng/issuer"
)

//go:embed migrations/sqlite/*.sql
var sqliteMigrations embed.FS

// Config says how a register on SQLite is opened.
type Config struct {
	Queue Queue[*sql.DB, *sql.Tx] // nil: nothing follows a write, and what is pending waits until it is asked for
}

// readers is how many may read at once; they do not wait for the writer.
const readers = 4

// Create makes a new register in the file at path, and opens it. A file that
// exists is ErrExists.
func Create(ctx context.Context, path string, c Config) (*Store, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrExists)
	}
	if err != nil {
		return nil, fmt.Errorf("creating the register: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("creating the register: %w", err)
	}
	db, err := openSQLite(path, c)
	if err != nil {
		return nil, err
	}
	if err := db.migrate(ctx); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return &Store{db: db}, nil
}

// Open opens the register in the file at path. A missing file is ErrMissing,
// so that a mistyped path does not make an empty register; one of another
// schema is ErrNewer or ErrOlder, and one that was moved away is ErrMovedAway.
func Open(ctx context.Context, path string, c Config) (*Store, error) {
	db, err := openExisting(path, c)
	if err != nil {
		return nil, err
	}
	if err := db.check(ctx); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return &Store{db: db}, nil
}

// Migrate brings the register in the file at path to this program's schema.
// One that is newer is ErrNewer and stays as it is.
func Migrate(ctx context.Context, path string, c Config) error {
	db, err := openExisting(path, c)
	if err != nil {
		return err
	}
	err = db.check(ctx)
	if err == nil || errors.Is(err, ErrOlder) {
		err = db.migrate(ctx)
	}
	return errors.Join(err, db.close())
}

func openExisting(path string, c Config) (*onSQLite, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the register: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("opening the register: %s is no file", path)
	}
	return openSQLite(path, c)
}

// onSQLite is a register in one file, with one writer at a time.
type onSQLite struct {
	write *sql.DB // one connection
	read  *sql.DB
	kept  *kept // statements of read
	ready *kept // and of write
	queue Queue[*sql.DB, *sql.Tx]
}

func openSQLite(path string, c Config) (*onSQLite, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("opening the register: %w", err)
	}
	write, err := sql.Open("sqlite", dataSource(absolute, false))
	if err != nil {
		return nil, fmt.Errorf("opening the register: %w", err)
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", dataSource(absolute, true))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the register: %w", err), write.Close())
	}
	read.SetMaxOpenConns(readers)
	return &onSQLite{write: write, read: read, kept: &kept{db: read, all: make(map[string]*sql.Stmt)}, ready: &kept{db: write, all: make(map[string]*sql.Stmt)}, queue: c.Queue}, nil
}

// dataSource names the file for the driver. A commit is on the disk when it
// returns (synchronous FULL): a serial that was given stays given after a
// power cut. Transactions that write take the lock at once, so that two never
// wait for each other.
func dataSource(path string, readOnly bool) string {
	q := url.Values{
		"mode":          {"rw"},
		"_busy_timeout": {"10000"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"1"},
		"_txlock":       {"immediate"},
		"_dqs":          {"0"},
	}
	if readOnly {
		q.Set("_query_only", "1")
		q.Set("_txlock", "deferred")
	} else {
		// Serials and permits come from everywhere, so a batch touches pages all
		// over the file: they are kept (16 MB), and copied from the journal to
		// the file when many are there, not after every few licenses.
		q["_pragma"] = []string{"cache_size(-16384)", "wal_autocheckpoint(8192)"}
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

func (db *onSQLite) close() error {
	return errors.Join(db.kept.close(), db.ready.close(), db.read.Close(), db.write.Close())
}

func (db *onSQLite) schema() int64 { return newest(sqliteMigrations, "migrations/sqlite") }

func (db *onSQLite) migrate(ctx context.Context) error {
	if err := migrateUp(ctx, goose.DialectSQLite3, db.write, sqliteMigrations, "migrations/sqlite"); err != nil {
		return err
	}
	if db.queue == nil {
		return nil
	}
	if err := db.queue.Migrate(ctx, db.write); err != nil {
		return fmt.Errorf("migrating the job queue: %w", err)
	}
	return nil
}

// check refuses a register of another schema, and one that was moved away.
func (db *onSQLite) check(ctx context.Context) error {
	if err := checkSchema(ctx, goose.DialectSQLite3, db.write, sqliteMigrations, "migrations/sqlite"); err != nil {
		return err
	}
	var moved int64
	if err := db.write.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&moved); err != nil {
		return fmt.Errorf("reading the register's mark: %w", err)
	}
	if moved != 0 {
		return ErrMovedAway
	}
	return nil
}

func (db *onSQLite) query(ctx context.Context, query string, args ...any) (rows, error) {
	return db.kept.query(ctx, query, args...)
}

func (db *onSQLite) queryRow(ctx context.Context, query string, args ...any) row {
	return db.kept.queryRow(ctx, query, args...)
}

func (db *onSQLite) reading(ctx context.Context, f func(querier) error) error {
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("beginning: %w", unavailableSQLite(err))
	}
	m := &moment{tx: tx, kept: db.kept, busy: make(map[string]bool)}
	err = f(m)
	_ = tx.Rollback() // nothing was written
	for _, query := range m.missing {
		if _, missed := db.kept.statement(ctx, query); missed != nil && err == nil {
			err = missed
		}
	}
	return unavailableSQLite(err)
}

func (db *onSQLite) writing(ctx context.Context, f func(*transaction) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning: %w", unavailableSQLite(err))
	}
	p := prepared(tx, db.ready)
	w := &sqliteWriter{preparer: p, tx: tx, queue: db.queue}
	err = f(&transaction{writer: w})
	if err == nil {
		err = w.failed // which f should have given
	}
	if err != nil {
		// The rollback's own error says nothing that err does not.
		_ = tx.Rollback()
		if ctx.Err() != nil {
			return fmt.Errorf("writing: %w", ctx.Err()) // which the statements were not told
		}
		return unavailableSQLite(err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", unavailableSQLite(err))
	}
	for query := range p.statements {
		// What cannot be kept is read again the next time.
		_, _ = db.ready.statement(ctx, query)
	}
	return nil
}

func (db *onSQLite) alone(ctx context.Context, query string, args ...any) error {
	return db.writing(ctx, func(tx *transaction) error { return tx.do(ctx, "writing", query, args...) })
}

// unavailableSQLite marks the errors that pass without our doing: another
// process held the file for longer than the busy time-out, or the disk is full
// or does not answer.
func unavailableSQLite(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) || errors.Is(err, issuer.ErrUnavailable) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("%w: %w", issuer.ErrUnavailable, err)
	}
	return err
}

// sqlQuerier asks by database/sql.
type sqlQuerier struct {
	q interface {
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
		QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	}
}

func (s sqlQuerier) query(ctx context.Context, query string, args ...any) (rows, error) {
	r, err := s.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, unavailableSQLite(err)
	}
	return sqlRows{r}, nil
}

func (s sqlQuerier) queryRow(ctx context.Context, query string, args ...any) row {
	return sqlRow{s.q.QueryRowContext(ctx, query, args...)}
}

// failedRow is the row of a question that could not be asked.
type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }

type sqlRow struct{ *sql.Row }

// Scan reads the row.
func (r sqlRow) Scan(into ...any) error { return unavailableSQLite(r.Row.Scan(into...)) }

type sqlRows struct{ *sql.Rows }

// Err says what ended the reading.
func (r sqlRows) Err() error { return unavailableSQLite(r.Rows.Err()) }

// Close ends the reading; what went wrong with it stands in Err.
func (r sqlRows) Close() { _ = r.Rows.Close() }
