// Package register holds the district's records: licenses and their versions,
// the standing of permits, status entries, what is to be filed with the
// e-license library, sealed documents, verifications and the audit trail.
// [Store] implements issuer.Store and library.Books.
//
// A register is a SQLite file ([Create], [Open]), with one writer at a time,
// that several processes may open; or a PostgreSQL database
// ([CreatePostgres], [OpenPostgres]) that many nodes share. [Move] takes it
// from the one to the other. See docs/decisions/sqlite.md and postgresql.md.
package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yizheng/issuer"
)

// Queue is where the work that follows a write is put, in the write's own
// transaction: either both are there or neither is. DB and Tx are those of
// the register's database.
type Queue[DB, Tx any] interface {
	// Migrate makes or updates the queue's own tables.
	Migrate(ctx context.Context, db DB) error
	// Wake asks that what is pending for the licenses be delivered.
	Wake(ctx context.Context, tx Tx, licenses ...string) error
	// Render asks that the sealed documents of the versions be made.
	Render(ctx context.Context, tx Tx, identifiers ...string) error
	// Follow asks for both, for all licenses that were issued as one batch.
	Follow(ctx context.Context, tx Tx, batch string) error
}

// Store is an open register. It is safe for concurrent use.
type Store struct {
	db    database
	today today
}

var _ issuer.Store = (*Store)(nil)

// Sentinels of opening.
var (
	ErrExists    = errors.New("a register exists there already")
	ErrMissing   = errors.New("there is no register")
	ErrNewer     = errors.New("the register was written by a newer yizheng, with which this one cannot share it")
	ErrOlder     = errors.New("the register is of an older schema: migrate it first")
	ErrMovedAway = errors.New("the register was moved to another database, or is being moved there")
)

// Close closes the register. Work that uses [Store.SQLite] or
// [Store.Postgres] must have stopped.
func (s *Store) Close() error {
	if err := s.db.close(); err != nil {
		return fmt.Errorf("closing the register: %w", err)
	}
	return nil
}

// SQLite gives the one writing connection, for the job engine that shares the
// register's file and transactions; nil on PostgreSQL.
func (s *Store) SQLite() *sql.DB {
	if db, ok := s.db.(*onSQLite); ok {
		return db.write
	}
	return nil
}

// Postgres gives the connections, for the job engine that shares the
// register's database and transactions; nil on SQLite.
func (s *Store) Postgres() *pgxpool.Pool {
	if db, ok := s.db.(*onPostgres); ok {
		return db.pool
	}
	return nil
}

// IdleSQLite says, within a transaction, whether nothing of the license can be
// delivered: the outbox is empty, or a dead event comes first.
func IdleSQLite(ctx context.Context, tx *sql.Tx, license string) (bool, error) {
	return idle(ctx, sqlQuerier{tx}, license)
}

// IdlePostgres is [IdleSQLite] on PostgreSQL.
func IdlePostgres(ctx context.Context, tx pgx.Tx, license string) (bool, error) {
	return idle(ctx, pgxQuerier{tx}, license)
}

// BatchSQLite gives, within a transaction, the licenses that were issued
// together as a batch, without version, and the versions that they got.
func BatchSQLite(ctx context.Context, tx *sql.Tx, batch string) (licenses, identifiers []string, err error) {
	return ofBatch(ctx, sqlQuerier{tx}, batch)
}

// BatchPostgres is [BatchSQLite] on PostgreSQL.
func BatchPostgres(ctx context.Context, tx pgx.Tx, batch string) (licenses, identifiers []string, err error) {
	return ofBatch(ctx, pgxQuerier{tx}, batch)
}

func ofBatch(ctx context.Context, q querier, batch string) (licenses, identifiers []string, err error) {
	_, err = list(ctx, q, "reading the batch", func(r row) (struct{}, error) {
		var base, identifier string
		err := r.Scan(&base, &identifier)
		licenses, identifiers = append(licenses, base), append(identifiers, identifier)
		return struct{}{}, err
	}, `SELECT base, identifier FROM versions WHERE batch = $1 AND text IS NOT NULL ORDER BY place`, batch)
	return licenses, identifiers, err
}

// Ready says whether the register answers, and is of a schema that this program
// can work with: another one may have brought it to a newer one meanwhile.
func (s *Store) Ready(ctx context.Context) error {
	var current int64
	err := s.db.queryRow(ctx, `SELECT MAX(version_id) FROM goose_db_version WHERE is_applied`).Scan(&current)
	if err != nil {
		return answered("reading from the register", err)
	}
	return fits(current, s.db.schema())
}

// Changes gives a number that rises whenever a status list has something new
// to show, or was published, by whatever process.
func (s *Store) Changes(ctx context.Context) (number int64, _ error) {
	err := s.db.queryRow(ctx, `SELECT CAST(COALESCE(SUM(change + sequence), 0) AS BIGINT) FROM status_chunks`).Scan(&number)
	return number, answered("looking for changes", err)
}
