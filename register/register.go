// Package register holds the district's records: licenses and their versions,
// the standing of permits, status entries, what is to be filed with the
// e-license library, sealed documents, verifications and the audit trail.
// Start with [Create] and [Open]; [Store] implements issuer.Store and
// library.Books.
//
// It is SQLite, in one file, with one writer at a time; several processes may
// open it. See docs/decisions/sqlite.md.
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
	_ "modernc.org/sqlite" // the driver "sqlite"

	"yizheng/issuer"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Queue is where the work that follows a write is put, in the write's own
// transaction: either both are there or neither is.
type Queue interface {
	// Migrate makes or updates the queue's own tables.
	Migrate(ctx context.Context, db *sql.DB) error
	// Wake asks that what is pending for the license be delivered.
	Wake(ctx context.Context, tx *sql.Tx, license string) error
	// Render asks that the sealed document of a version be made.
	Render(ctx context.Context, tx *sql.Tx, identifier string) error
}

// Config says how a register is opened.
type Config struct {
	Queue Queue // nil: nothing follows a write, and what is pending waits until it is asked for
}

// Store is an open register. It is safe for concurrent use.
type Store struct {
	write *sql.DB // one connection: SQLite has one writer
	read  *sql.DB
	queue Queue
}

var _ issuer.Store = (*Store)(nil)

// readers is how many may read at once; they do not wait for the writer.
const readers = 4

// Sentinels of opening.
var (
	ErrExists  = errors.New("a register exists there already")
	ErrMissing = errors.New("there is no register")
	ErrNewer   = errors.New("the register was written by a newer yizheng")
	ErrOlder   = errors.New("the register is of an older schema: migrate it first")
)

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
	s, err := open(path, c)
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Open opens the register in the file at path. A missing file is ErrMissing,
// so that a mistyped path does not make an empty register; one of another
// schema is ErrNewer or ErrOlder.
func Open(ctx context.Context, path string, c Config) (*Store, error) {
	s, err := openExisting(path, c)
	if err != nil {
		return nil, err
	}
	if err := s.checkSchema(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Migrate brings the register in the file at path to this program's schema.
// One that is newer is ErrNewer and stays as it is.
func Migrate(ctx context.Context, path string, c Config) error {
	s, err := openExisting(path, c)
	if err != nil {
		return err
	}
	err = s.checkSchema(ctx)
	if err == nil || errors.Is(err, ErrOlder) {
		err = s.migrate(ctx)
	}
	return errors.Join(err, s.Close())
}

func openExisting(path string, c Config) (*Store, error) {
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
	return open(path, c)
}

func open(path string, c Config) (*Store, error) {
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
	return &Store{write: write, read: read, queue: c.Queue}, nil
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
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// Close closes the register. Work that uses [Store.DB] must have stopped.
func (s *Store) Close() error {
	if err := errors.Join(s.read.Close(), s.write.Close()); err != nil {
		return fmt.Errorf("closing the register: %w", err)
	}
	return nil
}

// DB gives the one writing connection, for the job engine that shares the
// register's file and transactions.
func (s *Store) DB() *sql.DB { return s.write }

// Ready says whether the register answers.
func (s *Store) Ready(ctx context.Context) error {
	var one int
	if err := s.read.QueryRowContext(ctx, `SELECT 1`).Scan(&one); err != nil {
		return fmt.Errorf("reading from the register: %w", err)
	}
	return nil
}

func (s *Store) provider() (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.write, dir, goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	return p, nil
}

func (s *Store) migrate(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating the register: %w", err)
	}
	if s.queue == nil {
		return nil
	}
	if err := s.queue.Migrate(ctx, s.write); err != nil {
		return fmt.Errorf("migrating the job queue: %w", err)
	}
	return nil
}

func (s *Store) checkSchema(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("reading the register's schema: %w", err)
	}
	switch {
	case current > target:
		return fmt.Errorf("schema %d, known up to %d: %w", current, target, ErrNewer)
	case current < target:
		return fmt.Errorf("schema %d of %d: %w", current, target, ErrOlder)
	}
	return nil
}
