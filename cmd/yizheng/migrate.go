package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"yizheng/register"
)

func (c *console) migrateCommand() *cobra.Command {
	var data string
	var database, to postgresSettings
	var stay bool
	cmd := &cobra.Command{
		Use:   "migrate --data D",
		Short: "bring the register to this program's schema, or from SQLite to PostgreSQL",
		Long: "migrate brings the register to this program's schema. Make a backup first: there is no way\n" +
			"back. A register that is up to date stays as it is.\n\n" +
			"With --to it moves the register from the SQLite file of the data directory to an empty\n" +
			"PostgreSQL database. Nothing may serve or issue meanwhile. It copies every record, compares both\n" +
			"sides row by row, and then names the database in config.json. When it is interrupted, run it\n" +
			"again: it goes on where it was. Until it is done the register cannot be opened; --stay gives the\n" +
			"move up. The file stays where it is, and is not used any more.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(data)
			if err != nil {
				return err
			}
			switch {
			case stay && to.URL != "":
				return usage("usage", errors.New("say either --to or --stay"))
			case stay && s.Database != nil:
				return usage("register", errors.New("config.json names the database already: nothing is being moved"))
			case stay:
				return refusedRegister(register.Stay(cmd.Context(), registerPath(data)))
			case to.URL != "":
				return c.move(cmd.Context(), data, s, to)
			}
			if s, err = s.withDatabase(database); err != nil {
				return err
			}
			if err := refusedRegister(migrateRegister(cmd.Context(), data, s, c.logger(slog.LevelWarn))); err != nil {
				return err
			}
			fmt.Fprintln(c.stdout, "the register is up to date")
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "data directory, made by init")
	cmd.Flags().StringVar(&to.URL, "to", "", "address of an empty PostgreSQL database to move the register to")
	cmd.Flags().StringVar(&to.PasswordFile, "to-password-file", "", "file with the password of that database's role")
	cmd.Flags().BoolVar(&stay, "stay", false, "give a move up that was begun and not finished")
	cmd.Flags().BoolVar(&c.json, "json", false, "print what was moved as JSON")
	databaseFlags(cmd, &database)
	_ = cmd.MarkFlagRequired("data") // the flag is defined above
	return cmd
}

// refusedRegister says of an error that the register is not as the command
// needs it.
func refusedRegister(err error) error {
	for _, refusal := range []error{register.ErrNewer, register.ErrOlder, register.ErrMissing, register.ErrExists, register.ErrMovedAway,
		register.ErrInUse, register.ErrPassword} {
		if errors.Is(err, refusal) {
			return usage("register", err)
		}
	}
	return err
}

// move moves the register of a data directory to PostgreSQL.
func (c *console) move(ctx context.Context, data string, s settings, to postgresSettings) error {
	if s.Database != nil {
		return usage("register", errors.New("config.json names a database: the register is there already"))
	}
	if err := to.fromHere(); err != nil {
		return err
	}
	s.Database = &databaseSettings{Postgres: &to}
	target, err := s.postgres(data, c.logger(slog.LevelWarn))
	if err != nil {
		return err
	}
	bar := &progress{to: c.stderr, now: c.now}
	moved, err := register.Move{Path: registerPath(data), To: *target, Clock: c.now, Progress: bar.show}.Run(ctx)
	bar.end()
	if err != nil {
		return refusedRegister(err)
	}
	if err := writeFile(filepath.Join(data, settingsFile), s.bytes(), 0o644); err != nil {
		return err
	}
	if c.json {
		printJSON(c.stdout, map[string]any{"tables": moved})
		return nil
	}
	for _, t := range moved {
		fmt.Fprintf(c.stdout, "%-16s %10d  sha256 %s\n", t.Table, t.Rows, t.SHA256)
	}
	fmt.Fprintf(c.stdout, "the register is on PostgreSQL, and config.json says so; %s is not used any more\n", registerPath(data))
	return nil
}

// progress is a line on a terminal that says how far a move has come.
type progress struct {
	to    io.Writer
	now   func() time.Time
	of    register.MoveProgress
	since time.Time // when the table was begun
	begun int64     // rows that were done then
	shown bool
}

func (p *progress) show(m register.MoveProgress) {
	if f, ok := p.to.(*os.File); !ok || !isTerminal(f) {
		return
	}
	now := p.now()
	if m.Table != p.of.Table || m.Comparing != p.of.Comparing {
		p.since, p.begun = now, m.Done
	}
	p.of, p.shown = m, true
	doing := "copying"
	if m.Comparing {
		doing = "comparing"
	}
	line := fmt.Sprintf("%s %s: %d of %d", doing, m.Table, m.Done, m.Total)
	if passed := now.Sub(p.since); passed > time.Second && m.Done > p.begun {
		rate := float64(m.Done-p.begun) / passed.Seconds()
		left := time.Duration(float64(m.Total-m.Done) / rate * float64(time.Second))
		line += fmt.Sprintf(", %.0f a second, %s left", rate, left.Round(time.Second))
	}
	fmt.Fprintf(p.to, "\r\x1b[K%s", line)
}

func (p *progress) end() {
	if p.shown {
		fmt.Fprintln(p.to)
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
