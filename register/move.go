package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"

	"yizheng/issuer"
)

// Sentinels of moving.
var (
	ErrInUse   = errors.New("another process has the register open: stop what serves or issues from it")
	ErrDiffers = errors.New("the copy is not the same as the register")
)

// Move moves a register from SQLite to PostgreSQL. The zero value of what is
// not said otherwise works.
type Move struct {
	Path string // of the SQLite file
	To   Postgres
	// Progress is told of each page that was copied or compared, if it is not
	// nil.
	Progress func(MoveProgress)
	Clock    func() time.Time // for the audit trail; time.Now when nil
}

// MoveProgress is how far a move has come.
type MoveProgress struct {
	Table       string
	Comparing   bool
	Done, Total int64 // rows of the table
}

// MovedTable is one table that was moved.
type MovedTable struct {
	Table  string `json:"table"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"` // of all rows, in order; the same on both
}

// Run copies every record, compares both sides row by row, and leaves the
// SQLite file as it was but for a mark, so that it cannot be opened any more.
// One that was interrupted goes on where it was. A file that another process
// has open is ErrInUse; a target that holds anything but the unfinished copy
// of this very register is ErrExists; a copy that came out differently is
// ErrDiffers, and the target cannot be opened. One that was finished before
// gives no tables.
func (m Move) Run(ctx context.Context) ([]MovedTable, error) {
	source, err := openAlone(ctx, m.Path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = source.Close() }() // nothing is written to it after the mark
	target, err := openPostgres(m.To, patiently())
	if err != nil {
		return nil, err
	}
	defer func() { _ = target.close() }() // a pool closes without an error
	mark, err := markOf(ctx, source)
	if err != nil {
		return nil, err
	}
	finished, err := m.begin(ctx, source, target, &mark)
	if err != nil || finished {
		return nil, err
	}
	tables, err := movable(ctx, source)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		if err := m.copyTable(ctx, source, target, t); err != nil {
			return nil, fmt.Errorf("copying %s: %w", t.name, err)
		}
	}
	var moved []MovedTable
	for _, t := range tables {
		same, err := m.compare(ctx, source, target, t)
		if err != nil {
			return nil, fmt.Errorf("comparing %s: %w", t.name, err)
		}
		moved = append(moved, same)
	}
	return moved, m.end(ctx, target, mark)
}

// openAlone opens a SQLite register of this program's schema that nobody else
// has open, and keeps everybody else out.
func openAlone(ctx context.Context, path string) (*sql.DB, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrMissing)
	}
	if err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("opening the register: %s is no file", path), err)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("opening the register: %w", err)
	}
	// Whoever has a register open, idle or not, holds a shared lock on its
	// file, and this asks for one that goes with no other.
	q := url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(2000)", "locking_mode(exclusive)"}, "_txlock": {"exclusive"}, "_dqs": {"0"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: absolute, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("opening the register: %w", err)
	}
	db.SetMaxOpenConns(1) // the lock is this connection's
	tx, err := db.BeginTx(ctx, nil)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		if errors.Is(unavailableSQLite(err), issuer.ErrUnavailable) {
			err = ErrInUse
		}
		return nil, errors.Join(fmt.Errorf("opening the register alone: %w", err), db.Close())
	}
	current, known, err := schemas(ctx, goose.DialectSQLite3, db, sqliteMigrations, "migrations/sqlite")
	switch {
	case err != nil:
	case current > known:
		err = ErrNewer // it has what this program would leave behind
	default:
		err = fits(current, known)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// markOf reads the mark of a register that is being moved; 0 for none.
func markOf(ctx context.Context, source *sql.DB) (mark int64, _ error) {
	if err := source.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&mark); err != nil {
		return 0, fmt.Errorf("reading the register's mark: %w", err)
	}
	return mark, nil
}

// Stay takes back that the register in the file at path is being moved, so
// that it can be opened again. What was copied must then not be used.
func Stay(ctx context.Context, path string) error {
	source, err := openAlone(ctx, path)
	if err != nil {
		return err
	}
	_, err = source.ExecContext(ctx, `PRAGMA user_version = 0`)
	return errors.Join(err, source.Close())
}

// movedAct is the act by which the audit trail of the target tells of a move.
const movedAct = "move from SQLite"

// begin makes the target ready and marks both sides, or finds the move that
// was begun before.
func (m Move) begin(ctx context.Context, source *sql.DB, target *onPostgres, mark *int64) (finished bool, _ error) {
	tables, err := target.tables(ctx)
	if err != nil {
		return false, err
	}
	switch {
	case slices.Contains(tables, "moving"):
		var of int64
		if err := target.queryRow(ctx, `SELECT source FROM moving LIMIT 1`).Scan(&of); err != nil {
			return false, fmt.Errorf("reading how far the move has come: %w", err)
		}
		if of != *mark {
			return false, fmt.Errorf("the database holds the unfinished copy of another register: %w", ErrExists)
		}
		return false, nil
	case slices.Contains(tables, "audit") && *mark != 0:
		err := target.queryRow(ctx, `SELECT EXISTS (SELECT 1 FROM audit WHERE subject = $1 AND act = $2)`, fmt.Sprint(*mark), movedAct).Scan(&finished)
		if err != nil || finished {
			return finished, err
		}
	}
	if err := target.create(ctx); err != nil {
		return false, err
	}
	if *mark == 0 {
		*mark = rand.Int64N(1<<31-1) + 1
	}
	if _, err := source.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, *mark)); err != nil {
		return false, fmt.Errorf("marking the register: %w", err)
	}
	if err := m.markTarget(ctx, source, target, *mark); err != nil {
		return false, fmt.Errorf("marking the target: %w", explained(ctx, err))
	}
	return false, nil
}

// markTarget writes into the target what is to come and how far it has come.
func (m Move) markTarget(ctx context.Context, source *sql.DB, target *onPostgres, mark int64) error {
	tables, err := movable(ctx, source)
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, target.pool, func(tx pgx.Tx) error {
		// A license points to its current version, which comes after it.
		_, err := tx.Exec(ctx, `CREATE TABLE moving (name TEXT PRIMARY KEY, source BIGINT NOT NULL, after TEXT, rows BIGINT NOT NULL, done BOOLEAN NOT NULL)`)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `ALTER TABLE licenses DROP CONSTRAINT licenses_current_fkey`); err != nil {
			return err
		}
		for _, t := range tables {
			if _, err := tx.Exec(ctx, `INSERT INTO moving VALUES ($1, $2, NULL, 0, false)`, t.name, mark); err != nil {
				return err
			}
		}
		return nil
	})
}

// end makes the copy a register.
func (m Move) end(ctx context.Context, target *onPostgres, mark int64) error {
	if err := m.queueDocuments(ctx, target); err != nil {
		return err
	}
	clock := m.Clock
	if clock == nil {
		clock = time.Now
	}
	err := pgx.BeginFunc(ctx, target.pool, func(tx pgx.Tx) error {
		for _, statement := range []string{
			`ALTER TABLE licenses ADD CONSTRAINT licenses_current_fkey FOREIGN KEY (current) REFERENCES versions (id)`,
			`SELECT setval(pg_get_serial_sequence('versions', 'id'), COALESCE(MAX(id), 1), MAX(id) IS NOT NULL) FROM versions`,
			`SELECT setval(pg_get_serial_sequence('audit', 'id'), COALESCE(MAX(id), 1), MAX(id) IS NOT NULL) FROM audit`,
			`DROP TABLE moving`,
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO audit (at, actor, act, subject, detail) VALUES ($1, 'operator', $2, $3, $4)`,
			clock().Unix(), movedAct, fmt.Sprint(mark), filepath.Base(m.Path))
		return err
	})
	if err != nil {
		return fmt.Errorf("finishing the move: %w", explained(ctx, err))
	}
	if _, err := target.pool.Exec(ctx, `ANALYZE`); err != nil {
		return fmt.Errorf("counting for the planner: %w", explained(ctx, err))
	}
	return nil
}

// queueDocuments puts the jobs that make the documents which are not made yet.
// Deliveries are woken when a node starts.
func (m Move) queueDocuments(ctx context.Context, target *onPostgres) error {
	if m.To.Queue == nil {
		return nil
	}
	for after := int64(0); ; {
		type undrawn struct {
			id         int64
			identifier string
		}
		page, err := list(ctx, target, "finding versions without a document", func(r row) (u undrawn, err error) {
			return u, r.Scan(&u.id, &u.identifier)
		}, `SELECT v.id, v.identifier FROM versions v WHERE v.id > $1 AND v.text IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.identifier = v.identifier AND d.form = '') ORDER BY v.id LIMIT 1000`, after)
		if err != nil || len(page) == 0 {
			return err
		}
		identifiers := make([]string, len(page))
		for n, u := range page {
			identifiers[n], after = u.identifier, u.id
		}
		err = pgx.BeginFunc(ctx, target.pool, func(tx pgx.Tx) error { return m.To.Queue.Render(ctx, tx, identifiers...) })
		if err != nil {
			return fmt.Errorf("queueing documents: %w", explained(ctx, err))
		}
	}
}
