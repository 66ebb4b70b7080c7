package register

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"yizheng/issuer"
)

//go:embed migrations/postgres/*.sql
var postgresMigrations embed.FS

// Postgres says how a register on PostgreSQL is opened.
type Postgres struct {
	// URL names server, database and role, as libpq does:
	// postgres://role@host/database?sslmode=verify-full. It holds no password.
	URL string
	// Password gives the role's password. It is asked for each connection, so
	// that a password can be changed while this runs. nil: what libpq's
	// environment and files say, or none.
	Password func() (string, error)
	// Queue may be nil: nothing follows a write, and what is pending waits
	// until it is asked for.
	Queue Queue[*pgxpool.Pool, pgx.Tx]
	// Patient lets each statement take the time that it needs: for whoever goes
	// through the whole register, and answers nobody meanwhile.
	Patient bool
}

// connectWithin is how long a connection may take to come about.
const connectWithin = 5 * time.Second

// connections is how many there are at most, unless the URL has
// pool_max_conns.
const connections = 16

// timeouts says how long a statement may take, wait for a lock, and a
// transaction do nothing. A server that hangs must not hang us, and a node
// that froze must give its locks back: what takes longer is ErrUnavailable,
// and safe to try again. A migration takes the time that it needs.
type timeouts struct{ statement, lock, idle string }

func inService() timeouts { return timeouts{statement: "30s", lock: "10s", idle: "60s"} }
func patiently() timeouts { return timeouts{statement: "0", lock: "0", idle: "0"} }

// attempts is how often a transaction is begun anew when others were in its
// way, or its connection was lost; the latter for so long at most: a server to
// which no connection comes about takes connectWithin to say so, each time.
const (
	attempts   = 12
	lostWithin = 3 * time.Second
)

// ErrPassword says that the address of a database holds a password.
var ErrPassword = errors.New("the address holds a password: put it into a file of its own")

// CreatePostgres makes a new register in an empty database, or takes one that
// was made, also by halves, and never written to, and opens it. A register that was written to,
// or any other table, is ErrExists.
func CreatePostgres(ctx context.Context, c Postgres) (*Store, error) {
	db, err := openPostgres(c, patiently())
	if err != nil {
		return nil, err
	}
	if err := errors.Join(db.create(ctx), db.close()); err != nil {
		return nil, err
	}
	return OpenPostgres(ctx, c)
}

// OpenPostgres opens a register. A database without one is ErrMissing, one of
// another schema is ErrNewer or ErrOlder, and one to which a register is still
// being moved is ErrMovedAway.
func OpenPostgres(ctx context.Context, c Postgres) (*Store, error) {
	limits := inService()
	if c.Patient {
		limits = patiently()
	}
	db, err := openPostgres(c, limits)
	if err != nil {
		return nil, err
	}
	if err := db.check(ctx); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return &Store{db: db}, nil
}

// MigratePostgres brings a register to this program's schema. One that is
// newer is ErrNewer and stays as it is. Of several at once one does it.
func MigratePostgres(ctx context.Context, c Postgres) error {
	db, err := openPostgres(c, patiently())
	if err != nil {
		return err
	}
	err = db.check(ctx)
	if err == nil || errors.Is(err, ErrOlder) {
		err = db.migrate(ctx)
	}
	return errors.Join(err, db.close())
}

// onPostgres is a register in a database that many nodes share.
type onPostgres struct {
	pool  *pgxpool.Pool
	queue Queue[*pgxpool.Pool, pgx.Tx]
}

func openPostgres(c Postgres, limits timeouts) (*onPostgres, error) {
	if u, err := url.Parse(c.URL); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		// The parser's own words would repeat the address.
		return nil, errors.New("opening the register: the database's address is not of the form postgres://role@host/database")
	} else if _, has := u.User.Password(); has || u.Query().Has("password") {
		return nil, fmt.Errorf("opening the register: %w", ErrPassword)
	}
	config, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, fmt.Errorf("opening the register: %w", err)
	}
	if !strings.Contains(c.URL, "pool_max_conns=") {
		config.MaxConns = connections
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectWithin
	}
	parameters := config.ConnConfig.RuntimeParams
	for name, value := range map[string]string{
		"application_name": "yizheng", "timezone": "UTC", "statement_timeout": limits.statement,
		"lock_timeout": limits.lock, "idle_in_transaction_session_timeout": limits.idle,
	} {
		if _, set := parameters[name]; !set {
			parameters[name] = value
		}
	}
	config.BeforeConnect = func(_ context.Context, cc *pgx.ConnConfig) (err error) {
		if c.Password != nil {
			cc.Password, err = c.Password()
		}
		return err
	}
	watching := silentAfter(parameters["statement_timeout"])
	if watching != nil {
		watching.ask = asking(config.ConnConfig, config.BeforeConnect)
		config.ConnConfig.Tracer, config.ShouldPing, config.BeforeClose = watching, watching.tried, watching.closing
		before := config.BeforeConnect
		config.BeforeConnect = func(ctx context.Context, cc *pgx.ConnConfig) error {
			return errors.Join(watching.connecting(), before(ctx, cc))
		}
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config) // connects when it is first used
	if err != nil {
		return nil, fmt.Errorf("opening the register: %w", err)
	}
	if watching != nil {
		watching.reset = pool.Reset
	}
	return &onPostgres{pool: pool, queue: c.Queue}, nil
}

func (db *onPostgres) close() error {
	db.pool.Close()
	return nil
}

// create makes the tables in an empty database.
func (db *onPostgres) create(ctx context.Context) error {
	tables, err := db.tables(ctx)
	if err != nil {
		return err
	}
	if len(tables) > 0 {
		err := db.check(ctx)
		if errors.Is(err, ErrOlder) && ofOurs(tables) {
			err = nil // whoever made them was stopped at it
		}
		if err != nil {
			return fmt.Errorf("the database has tables: %w", errors.Join(ErrExists, err))
		}
		look := `SELECT EXISTS (SELECT 1 FROM serials) OR EXISTS (SELECT 1 FROM audit) OR EXISTS (SELECT 1 FROM outbox_heads)`
		if len(tables) == 1 { // the migrations' own, which says how far they have come
			look = `SELECT EXISTS (SELECT 1 FROM goose_db_version WHERE version_id > 0)`
		}
		var written bool
		if err := db.queryRow(ctx, look).Scan(&written); err != nil {
			return fmt.Errorf("looking at the database: %w", err)
		}
		if written {
			return ErrExists
		}
	}
	return db.migrate(ctx)
}

// ofOurs says whether tables are what the first migrations have left, or the
// migrations' own alone.
func ofOurs(tables []string) bool {
	if len(tables) == 1 {
		return true
	}
	for _, first := range []string{"serials", "audit", "outbox_heads"} {
		if !slices.Contains(tables, first) {
			return false
		}
	}
	return true
}

// tables lists the tables that the database holds where ours would be.
func (db *onPostgres) tables(ctx context.Context) ([]string, error) {
	return column[string](ctx, db, "looking at the database", `SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1`)
}

func (db *onPostgres) check(ctx context.Context) error {
	var there, moving bool
	err := db.queryRow(ctx, `SELECT to_regclass('goose_db_version') IS NOT NULL, to_regclass('moving') IS NOT NULL`).Scan(&there, &moving)
	switch {
	case err != nil:
		return fmt.Errorf("opening the register: %w", err)
	case moving:
		return ErrMovedAway
	case !there:
		return ErrMissing
	}
	handle := stdlib.OpenDBFromPool(db.pool)
	defer func() { _ = handle.Close() }() // the pool stays open
	return explained(ctx, checkSchema(ctx, goose.DialectPostgres, handle, postgresMigrations, "migrations/postgres"))
}

// Keys of PostgreSQL's advisory locks. Each register has a database of its
// own, so they are nobody else's.
const (
	lockMigration = 1
	lockPlaces    = 2
	lockPermits   = 3
)

func (db *onPostgres) schema() int64 { return newest(postgresMigrations, "migrations/postgres") }

// migrate makes or updates the tables, while nobody else does.
func (db *onPostgres) migrate(ctx context.Context) error {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("migrating the register: %w", explained(ctx, err))
	}
	defer conn.Release()
	// The lock ends with the connection.
	defer func() { _ = conn.Conn().Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, lockMigration); err != nil {
		return fmt.Errorf("migrating the register: %w", explained(ctx, err))
	}
	handle := stdlib.OpenDBFromPool(db.pool)
	defer func() { _ = handle.Close() }() // the pool stays open
	if err := migrateUp(ctx, goose.DialectPostgres, handle, postgresMigrations, "migrations/postgres"); err != nil {
		return explained(ctx, err)
	}
	if db.queue == nil {
		return nil
	}
	if err := db.queue.Migrate(ctx, db.pool); err != nil {
		return fmt.Errorf("migrating the job queue: %w", explained(ctx, err))
	}
	return nil
}

func (db *onPostgres) query(ctx context.Context, query string, args ...any) (rows, error) {
	return pgxQuerier{db.pool}.query(ctx, query, args...)
}

func (db *onPostgres) queryRow(ctx context.Context, query string, args ...any) row {
	return pgxQuerier{db.pool}.queryRow(ctx, query, args...)
}

func (db *onPostgres) reading(ctx context.Context, f func(querier) error) error {
	return db.again(ctx, func() error {
		tx, err := db.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
		if err != nil {
			return fmt.Errorf("beginning: %w", err)
		}
		err = f(pgxQuerier{tx})
		_ = tx.Rollback(context.WithoutCancel(ctx)) // nothing was written
		return err
	})
}

func (db *onPostgres) writing(ctx context.Context, f func(*transaction) error) error {
	return db.again(ctx, func() error {
		tx, err := db.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
		if err != nil {
			return fmt.Errorf("beginning: %w", err)
		}
		w := &postgresWriter{pgxQuerier: pgxQuerier{tx}, tx: tx, queue: db.queue}
		if err = f(&transaction{writer: w}); err == nil {
			err = w.flush(ctx)
		}
		if err != nil {
			// The rollback's own error says nothing that err does not.
			_ = tx.Rollback(context.WithoutCancel(ctx))
			return err
		}
		if err := tx.Commit(ctx); err != nil {
			return &commitError{err}
		}
		return nil
	})
}

// alone commits as it ends, so that of one that was sent and not answered nobody
// knows what became.
func (db *onPostgres) alone(ctx context.Context, query string, args ...any) error {
	return db.again(ctx, func() error {
		_, err := db.pool.Exec(ctx, query, args...)
		if errors.Is(explained(ctx, err), errLost) && !undone(err) {
			return &commitError{err}
		}
		return err
	})
}

// undone says of a statement that failed that it has changed nothing for
// certain: no connection came about to send it by, or the server has refused it
// and goes on.
func undone(err error) bool {
	var connect *pgconn.ConnectError
	var pg *pgconn.PgError
	return pgconn.SafeToRetry(err) || errors.As(err, &connect) || errors.As(err, &pg) && pg.SeverityUnlocalized == "ERROR"
}

// commitError is a commit of which nobody knows what became.
type commitError struct{ err error }

func (e *commitError) Error() string { return "committing: " + e.err.Error() }
func (e *commitError) Unwrap() error { return e.err }

// again does the work until nobody is in its way. A commit whose answer was
// lost is not tried again here: only who knows what it was for can say what
// became of it.
func (db *onPostgres) again(ctx context.Context, work func() error) error {
	began := time.Now()
	for attempt := range attempts {
		err := explained(ctx, work())
		if err == nil {
			return nil
		}
		var commit *commitError
		lost := errors.Is(err, errLost) && !errors.As(err, &commit) && time.Since(began) < lostWithin
		if attempt == attempts-1 || !lost && !raced(err) || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Millisecond << min(attempt, 7))):
		}
	}
	return issuer.ErrUnavailable // not reached: the last attempt returns
}
