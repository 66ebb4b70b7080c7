package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/trace"

	"yizheng/library"
	"yizheng/register"
)

// databaseSettings says where the register is. Without it, it is a SQLite file
// in the data directory.
type databaseSettings struct {
	Postgres *postgresSettings `json:"postgres"`
}

type postgresSettings struct {
	URL          string `json:"url"`                    // postgres://role@host/database?sslmode=verify-full, without a password
	PasswordFile string `json:"passwordFile,omitempty"` // a file that holds the role's password, read for each connection; from the data directory
}

// databaseFlags are the flags, and so the environment variables, that stand
// for database in config.json.
func databaseFlags(cmd *cobra.Command, p *postgresSettings) {
	cmd.Flags().StringVar(&p.URL, "postgres", "", "address of the register's PostgreSQL database, in place of the one in config.json")
	cmd.Flags().StringVar(&p.PasswordFile, "postgres-password-file", "", "file with the password of the database's role")
}

// withDatabase lets the flags come before what stands in config.json.
func (s settings) withDatabase(p postgresSettings) (settings, error) {
	if err := p.fromHere(); err != nil {
		return s, err
	}
	switch {
	case p.URL != "":
		s.Database = &databaseSettings{Postgres: &p}
	case p.PasswordFile != "" && s.Database == nil:
		return s, usage("database", errors.New("--postgres-password-file is given, and no PostgreSQL database is"))
	case p.PasswordFile != "":
		// A copy: what is written to config.json stays as it was read.
		s.Database = &databaseSettings{Postgres: &postgresSettings{URL: s.Database.Postgres.URL, PasswordFile: p.PasswordFile}}
	}
	return s, nil
}

// fromHere makes the path of a flag one that does not depend on where the
// command runs.
func (p *postgresSettings) fromHere() (err error) {
	if p.PasswordFile != "" {
		if p.PasswordFile, err = filepath.Abs(p.PasswordFile); err != nil {
			return usage("database", err)
		}
	}
	return nil
}

func (s settings) checkDatabase() error {
	if s.Database == nil {
		return nil
	}
	if s.Database.Postgres == nil || s.Database.Postgres.URL == "" {
		return errors.New("database names postgres, and that a url")
	}
	return nil
}

// postgres gives the register's PostgreSQL, where there is one.
func (s settings) postgres(dir string, log *slog.Logger) (*register.Postgres, error) {
	if s.Database == nil {
		return nil, nil
	}
	queue, err := library.NewPostgresQueue(log)
	if err != nil {
		return nil, fmt.Errorf("making the queue: %w", err)
	}
	p := &register.Postgres{URL: s.Database.Postgres.URL, Queue: queue}
	if file := s.Database.Postgres.PasswordFile; file != "" {
		file = pathIn(dir, file)
		p.Password = func() (string, error) {
			raw, err := os.ReadFile(file)
			if err != nil {
				return "", fmt.Errorf("reading the database's password: %w", err)
			}
			return strings.TrimRight(string(raw), "\r\n"), nil
		}
	}
	return p, nil
}

// openRegister opens the register of a data directory, wherever it is; patient
// for whoever goes through all of it: see register.Postgres.
func openRegister(ctx context.Context, dir string, s settings, log *slog.Logger, patient bool) (*register.Store, error) {
	p, err := s.postgres(dir, log)
	if err != nil {
		return nil, err
	}
	if p != nil {
		p.Patient = patient
		return register.OpenPostgres(ctx, *p)
	}
	queue, err := library.NewQueue(log)
	if err != nil {
		return nil, fmt.Errorf("making the queue: %w", err)
	}
	return register.Open(ctx, registerPath(dir), register.Config{Queue: queue})
}

// createRegister makes the register of a new data directory.
func createRegister(ctx context.Context, dir string, s settings, log *slog.Logger) (*register.Store, error) {
	p, err := s.postgres(dir, log)
	if err != nil {
		return nil, err
	}
	if p != nil {
		return register.CreatePostgres(ctx, *p)
	}
	queue, err := library.NewQueue(log)
	if err != nil {
		return nil, fmt.Errorf("making the queue: %w", err)
	}
	return register.Create(ctx, registerPath(dir), register.Config{Queue: queue})
}

// migrateRegister brings the register to this program's schema.
func migrateRegister(ctx context.Context, dir string, s settings, log *slog.Logger) error {
	p, err := s.postgres(dir, log)
	if err != nil {
		return err
	}
	if p != nil {
		return register.MigratePostgres(ctx, *p)
	}
	queue, err := library.NewQueue(log)
	if err != nil {
		return fmt.Errorf("making the queue: %w", err)
	}
	return register.Migrate(ctx, registerPath(dir), register.Config{Queue: queue})
}

// workers work off the register's jobs.
type workers interface {
	Start(ctx context.Context) error
	WakeAll(ctx context.Context) error
	Hurry(ctx context.Context, forMore time.Duration) error
	Stop(ctx context.Context) error
}

// newWorkers builds what files with the library and makes documents, watched.
func newWorkers(d *deployment, s librarySettings, watch *filing, tracer trace.Tracer) (workers, error) {
	deliverer, err := newDeliverer(d, s, watch)
	if err != nil {
		return nil, err
	}
	if db := d.store.SQLite(); db != nil {
		queue, err := library.NewQueue(d.log)
		if err != nil {
			return nil, fmt.Errorf("making the queue: %w", err)
		}
		return workersOn(d, deliverer, watch, tracer, db, queue, register.IdleSQLite, register.BatchSQLite)
	}
	queue, err := library.NewPostgresQueue(d.log)
	if err != nil {
		return nil, fmt.Errorf("making the queue: %w", err)
	}
	return workersOn(d, deliverer, watch, tracer, d.store.Postgres(), queue, register.IdlePostgres, register.BatchPostgres)
}

func workersOn[DB comparable, Tx any](d *deployment, deliverer *library.Deliverer, watch *filing, tracer trace.Tracer, db DB, queue *library.Queue[DB, Tx],
	idle func(context.Context, Tx, string) (bool, error), batch func(context.Context, Tx, string) (licenses, identifiers []string, err error)) (workers, error) {
	w, err := library.NewWorkers(library.WorkConfig[DB, Tx]{
		DB: db, Deliverer: deliverer, Books: d.store, Idle: idle, Batch: batch,
		Render: d.press.Render, Queue: queue, Worked: watch.worked, Tracer: tracer, Log: d.log,
	})
	if err != nil {
		return nil, fmt.Errorf("building the workers: %w", err)
	}
	return w, nil
}
