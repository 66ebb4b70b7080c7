package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"yizheng/backup"
	"yizheng/register"
)

// usualSerials is how many serials are passed over where nothing is said: a
// hundredth of a year's.
const usualSerials = 100_000

func (c *console) restoreCommand() *cobra.Command {
	var data, from, passphraseFile string
	var serials int
	cmd := &cobra.Command{
		Use:   "restore --from FILE --data D",
		Short: "make a data directory from a backup",
		Long: "restore checks every file of a backup and lays it into an empty directory, or into none at all.\n" +
			"What was issued since the backup is unknown to the register: so it passes over --serials serials\n" +
			"of each year since, over status lists and over versions, and none of them is ever given twice.\n" +
			"Then run library reconcile, before anything is issued.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			passphrase, err := readPassphrase(passphraseFile)
			if err != nil {
				return err
			}
			m, err := c.restore(cmd.Context(), from, data, string(passphrase), serials)
			if err != nil {
				return err
			}
			if c.json {
				printJSON(c.stdout, m)
				return nil
			}
			fmt.Fprintf(c.stdout, "%s: as of %s, %d licenses of %d versions\n", data, m.At.Format(time.RFC3339), m.Rows["licenses"], m.Rows["versions"])
			if m.HasSecrets() && len(passphrase) > 0 {
				fmt.Fprintln(c.stdout, "keys and other secrets are there too; the root never is")
			} else {
				fmt.Fprintln(c.stdout, "keys and other secrets are not there: put back keys/, access/token.key and what config.json names")
			}
			if m.Register == onPostgreSQL {
				fmt.Fprintf(c.stdout, "the register is on PostgreSQL: restore it there, then: %s register restored --data %s --as-of %s\n", program(), data, m.At.Format(time.RFC3339))
			}
			fmt.Fprintf(c.stdout, "before anything is issued: %s library reconcile --data %s\n", program(), data)
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "file that backup wrote")
	cmd.Flags().StringVar(&data, "data", "", "directory to make; it must be empty or missing")
	cmd.Flags().StringVar(&passphraseFile, "secrets-passphrase-file", "", "file with the passphrase of the backup's secrets; without it they are left out")
	serialsFlag(cmd, &serials)
	cmd.Flags().BoolVar(&c.json, "json", false, "print what was restored as JSON")
	for _, name := range []string{"data", "from"} {
		_ = cmd.MarkFlagRequired(name) // the flag is defined above
	}
	return cmd
}

func serialsFlag(cmd *cobra.Command, serials *int) {
	cmd.Flags().IntVar(serials, "serials", usualSerials, "licenses that may have been issued since the backup: more than that for certain; 0 when none can have been")
}

// restore makes a data directory from an archive.
func (c *console) restore(ctx context.Context, from, data, passphrase string, serials int) (m backup.Manifest, err error) {
	if serials < 0 {
		return m, usage("serials", errors.New("--serials is negative"))
	}
	f, err := os.Open(from)
	if err != nil {
		return m, usage("backup", fmt.Errorf("opening the backup: %w", err))
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := os.MkdirAll(data, 0o700); err != nil {
		return m, usage("data_directory", fmt.Errorf("making %s: %w", data, err))
	}
	m, err = backup.Read(f, data, backup.Order{Last: settingsFile, Passphrase: passphrase, Before: func(m backup.Manifest, path string) error {
		return c.prepareRestored(ctx, data, path, m, serials)
	}})
	switch {
	case errors.Is(err, fs.ErrExist):
		return m, usage("exists", err)
	case errors.Is(err, backup.ErrPassphrase):
		return m, usage("passphrase", err)
	case errors.Is(err, backup.ErrSecrets):
		return m, usage("secrets_too_large", err)
	case errors.Is(err, backup.ErrBroken), errors.Is(err, backup.ErrVersion):
		return m, usage("backup", err)
	}
	return m, refusedRegister(err)
}

// prepareRestored lets the register of a restored directory go on without
// giving anything twice, and notes that in the configuration at path.
func (c *console) prepareRestored(ctx context.Context, data, path string, m backup.Manifest, serials int) (err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var s settings
	if err := decodeSettings(path, raw, &s); err != nil {
		return err
	}
	if m.Register != onSQLite {
		return nil // it comes by other means: see registerRestoredCommand
	}
	store, err := openRegister(ctx, data, s, c.logger(slog.LevelWarn), true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	found, err := store.Examine(ctx, false)
	if err != nil {
		return err
	}
	for table, rows := range m.Rows {
		if found.Rows[table] != rows {
			return fmt.Errorf("%w: %s has %d rows, the manifest says %d", backup.ErrBroken, table, found.Rows[table], rows)
		}
	}
	if len(found.Faults) > 0 {
		return fmt.Errorf("%w: %s", backup.ErrBroken, found.Faults[0])
	}
	now := c.now().UTC().Truncate(time.Second)
	if err := store.Restored(ctx, register.Restoration{From: m.At, Now: now, Serials: serials}); err != nil {
		return err
	}
	return noteRestored(path, s, now)
}

// noteRestored writes into the configuration at path that the register came
// back from a copy.
func noteRestored(path string, s settings, at time.Time) error {
	s.Restored = at
	return writeFile(path, s.bytes(), 0o644)
}

func (c *console) registerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "register",
		Short: "look through the register; make one that was restored on PostgreSQL ready",
	}
	cmd.AddCommand(c.registerCheckCommand(), c.registerRestoredCommand())
	return cmd
}

func (c *console) registerCheckCommand() *cobra.Command {
	var data string
	var database postgresSettings
	var documents bool
	cmd := &cobra.Command{
		Use:   "check --data D",
		Short: "look whether the register is whole: rows, counters, sequences",
		Long:  "check reads the whole register and changes nothing. It ends with 1 when something is wrong.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withRegister(cmd.Context(), data, database, func(_ settings, store *register.Store) error {
				found, err := store.Examine(cmd.Context(), documents)
				if err != nil {
					return err
				}
				if c.json {
					printJSON(c.stdout, found)
				} else {
					fmt.Fprintf(c.stdout, "%d licenses of %d versions, %d documents, %d events for the library\n",
						found.Rows["licenses"], found.Rows["versions"], found.Rows["documents"], found.Rows["outbox"])
					for _, fault := range found.Faults {
						fmt.Fprintln(c.stdout, fault)
					}
				}
				if len(found.Faults) > 0 {
					return outcomeExit(1)
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "data directory, made by init")
	cmd.Flags().BoolVar(&documents, "documents", false, "read the sealed documents too, and compare their digests")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	databaseFlags(cmd, &database)
	_ = cmd.MarkFlagRequired("data") // the flag is defined above
	return cmd
}

func (c *console) registerRestoredCommand() *cobra.Command {
	var data, asOf string
	var database postgresSettings
	var serials int
	cmd := &cobra.Command{
		Use:   "restored --data D --as-of INSTANT",
		Short: "let a register that was restored on PostgreSQL go on without giving anything twice",
		Long: "restored is for a register that came back by PostgreSQL's own means from a copy of --as-of. It does\n" +
			"what restore does for a register on SQLite. Run it once, before anything is issued.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, err := time.Parse(time.RFC3339, asOf)
			if err != nil || serials < 0 {
				return usage("usage", errors.New("--as-of is an instant such as 2026-07-01T09:00:00+08:00, and --serials not negative"))
			}
			return c.withRegister(cmd.Context(), data, database, func(s settings, store *register.Store) error {
				now := c.now().UTC().Truncate(time.Second)
				if now.Before(from) {
					return usage("usage", fmt.Errorf("--as-of %s lies in the future", asOf))
				}
				if err := store.Restored(cmd.Context(), register.Restoration{From: from, Now: now, Serials: serials}); err != nil {
					return err
				}
				fmt.Fprintln(c.stdout, "the register passes over what may have been issued since")
				return noteRestored(filepath.Join(data, settingsFile), s, now)
			})
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "data directory, made by init")
	cmd.Flags().StringVar(&asOf, "as-of", "", "the instant of the copy, or one before it")
	serialsFlag(cmd, &serials)
	databaseFlags(cmd, &database)
	for _, name := range []string{"data", "as-of"} {
		_ = cmd.MarkFlagRequired(name) // the flag is defined above
	}
	return cmd
}

// withRegister opens the register of a data directory and nothing else. work
// gets the configuration as it stands in the file.
func (c *console) withRegister(ctx context.Context, data string, database postgresSettings, work func(settings, *register.Store) error) (err error) {
	s, err := loadSettings(data)
	if err != nil {
		return err
	}
	where, err := s.withDatabase(database)
	if err != nil {
		return err
	}
	store, err := openRegister(ctx, data, where, c.logger(slog.LevelWarn), true)
	if err != nil {
		return refusedRegister(err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return work(s, store)
}
