package register

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// era is how many numbers the migrations of one era have. Within an era they
// only add, so that a program goes on working with the schema of a newer one;
// what an older program could not live with begins the next era: 1001, 2001.
// See docs/decisions/schema.md.
const era = 1000

// fits says whether a program that knows the migrations up to the number known
// can work with a register of schema current.
func fits(current, known int64) error {
	switch {
	case current < known:
		return fmt.Errorf("schema %d of %d: %w", current, known, ErrOlder)
	case current/era != known/era:
		return fmt.Errorf("schema %d, known up to %d: %w", current, known, ErrNewer)
	}
	return nil
}

// newest is the number of the last migration.
func newest(migrations embed.FS, folder string) int64 {
	entries, err := migrations.ReadDir(folder)
	if err != nil {
		panic(err) // it is embedded
	}
	number, err := goose.NumericComponent(entries[len(entries)-1].Name())
	if err != nil {
		panic(err) // so are the names
	}
	return number
}

func provider(dialect goose.Dialect, db *sql.DB, migrations embed.FS, folder string) (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	p, err := goose.NewProvider(dialect, db, dir, goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	return p, nil
}

func migrateUp(ctx context.Context, dialect goose.Dialect, db *sql.DB, migrations embed.FS, folder string) error {
	p, err := provider(dialect, db, migrations, folder)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating the register: %w", err)
	}
	return nil
}

// schemas gives the schema of a register, and the newest that this program
// knows.
func schemas(ctx context.Context, dialect goose.Dialect, db *sql.DB, migrations embed.FS, folder string) (current, known int64, _ error) {
	p, err := provider(dialect, db, migrations, folder)
	if err != nil {
		return 0, 0, err
	}
	if current, known, err = p.GetVersions(ctx); err != nil {
		return 0, 0, fmt.Errorf("reading the register's schema: %w", err)
	}
	return current, known, nil
}

// checkSchema refuses a register of a schema that this program cannot work
// with.
func checkSchema(ctx context.Context, dialect goose.Dialect, db *sql.DB, migrations embed.FS, folder string) error {
	current, known, err := schemas(ctx, dialect, db, migrations, folder)
	if err != nil {
		return err
	}
	return fits(current, known)
}
