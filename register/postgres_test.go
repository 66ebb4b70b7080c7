package register_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/register"
	"yizheng/register/postgrestest"
)

// TestPostgresCreatingGoesOn: whoever was killed while the tables were made
// begins again, and takes nothing that is another's.
func TestPostgresCreatingGoesOn(t *testing.T) {
	ctx := context.Background()
	for name, test := range map[string]struct {
		upTo int64
		then string
		want error
	}{
		"before the first migration":    {0, "", nil},
		"after the first":               {2, "", nil},
		"between two":                   {5, "", nil},
		"another program's":             {0, `CREATE TABLE something (x INTEGER)`, register.ErrExists},
		"another program's at a number": {0, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (3, true)`, register.ErrExists},
		"an older one with licenses":    {5, `INSERT INTO audit (at, actor, act, subject, detail) VALUES (1, 'a', 'issue', 's', '')`, register.ErrExists},
	} {
		t.Run(name, func(t *testing.T) {
			address := postgrestest.Database(t)
			config, err := pgx.ParseConfig(address)
			if err != nil {
				t.Fatal(err)
			}
			db := stdlib.OpenDB(*config)
			defer func() { _ = db.Close() }()
			begun, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("migrations/postgres"), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := begun.GetDBVersion(ctx); err != nil { // makes goose's own table
				t.Fatal(err)
			}
			if test.upTo > 0 {
				if _, err := begun.UpTo(ctx, test.upTo); err != nil {
					t.Fatal(err)
				}
			}
			if test.then != "" {
				postgrestest.Exec(t, address, test.then)
			}
			s, err := register.CreatePostgres(ctx, register.Postgres{URL: address})
			if !errors.Is(err, test.want) {
				t.Errorf("creating: %v, want %v", err, test.want)
			}
			if err == nil {
				_ = s.Close()
			}
		})
	}
}

// TestPostgresOpening is what is opened and what is refused.
func TestPostgresOpening(t *testing.T) {
	ctx := context.Background()
	address := postgrestest.Database(t)
	at := register.Postgres{URL: address}
	if _, err := register.OpenPostgres(ctx, at); !errors.Is(err, register.ErrMissing) {
		t.Errorf("an empty database: %v", err)
	}
	for range 2 { // one that was never written to is as good as none
		s, err := register.CreatePostgres(ctx, at)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
	}
	s, err := register.OpenPostgres(ctx, at)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	// Several migrate at once.
	var all []func() error
	for range 3 {
		all = append(all, later(func() error { return register.MigratePostgres(ctx, at) }))
	}
	for _, one := range all {
		if err := one(); err != nil {
			t.Error(err)
		}
	}
	issueOne(t, s, issuertest.NewClock())
	if _, err := register.CreatePostgres(ctx, at); !errors.Is(err, register.ErrExists) {
		t.Errorf("creating over another: %v", err)
	}
	postgrestest.Exec(t, address, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
	if _, err := register.OpenPostgres(ctx, at); !errors.Is(err, register.ErrNewer) {
		t.Errorf("a newer one: %v", err)
	}
	if err := register.MigratePostgres(ctx, at); !errors.Is(err, register.ErrNewer) {
		t.Errorf("migrating a newer one: %v", err)
	}
	other := postgrestest.Database(t)
	postgrestest.Exec(t, other, `CREATE TABLE something (x INTEGER)`)
	if _, err := register.CreatePostgres(ctx, register.Postgres{URL: other}); !errors.Is(err, register.ErrExists) {
		t.Errorf("a database with another's tables: %v", err)
	}
	for _, url := range []string{"postgres://role:secret@host/db", "postgres://role@host/db?password=secret"} {
		if _, err := register.OpenPostgres(ctx, register.Postgres{URL: url}); !errors.Is(err, register.ErrPassword) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"", "host=x password=secret", "mysql://role:secret@host/db", "postgres://role@host:port secret/db"} {
		if _, err := register.OpenPostgres(ctx, register.Postgres{URL: url}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := register.OpenPostgres(ctx, register.Postgres{URL: address, Password: func() (string, error) { return "", errors.New("no file") }}); err == nil {
		t.Error("opened without the password")
	}
}

// TestTwoNodesIssue issues the same applications from two nodes at once, while
// each gives up what it takes for left behind.
func TestTwoNodesIssue(t *testing.T) {
	ctx := context.Background()
	one, address := createPostgres(t)
	two, err := register.OpenPostgres(ctx, register.Postgres{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	c := issuertest.Config(t, one, issuertest.NewClock())
	const each, workers = 6, 3
	texts := make([][]string, 2*workers)
	var all []func() error
	for side := range texts {
		c.Store = []issuer.Store{one, two}[side%2]
		i, err := issuer.New(c)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, later(func() error {
			for n := range each {
				issued, err := i.Issue(ctx, []catalog.Application{issuertest.Numbered(t, n), issuertest.Numbered(t, 100+n)}, issuer.Order{Actor: operator, Key: fmt.Sprint("key", n)})
				if err != nil {
					return err
				}
				texts[side] = append(texts[side], issued[0].Text, issued[1].Text)
				if err := i.GiveUpLeft(ctx); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	for _, one := range all {
		if err := one(); err != nil {
			t.Fatal(err)
		}
	}
	for _, t2 := range texts[1:] {
		if !slices.Equal(texts[0], t2) {
			t.Error("an application became two licenses")
		}
	}
}
