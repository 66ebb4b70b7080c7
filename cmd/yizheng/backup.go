package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yizheng/backup"
	"yizheng/register"
)

func (c *console) backupCommand() *cobra.Command {
	var data, out, passphraseFile string
	cmd := &cobra.Command{
		Use:   "backup --data D --out FILE",
		Short: "copy a data directory into one file, also while it serves",
		Long: "backup writes the register as it is at one moment, configuration, trust bundle and certificates\n" +
			"into one file. Keys and other secrets are in it only with --secrets-passphrase-file, and then\n" +
			"encrypted to that passphrase; the root folder never is. A register on PostgreSQL is not in it:\n" +
			"pg_dump copies that.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			passphrase, err := readPassphrase(passphraseFile)
			if err != nil {
				return err
			}
			m, err := c.backup(cmd.Context(), data, out, string(passphrase))
			if err != nil {
				return err
			}
			if c.json {
				printJSON(c.stdout, m)
				return nil
			}
			fmt.Fprintf(c.stdout, "%s: %d files, %d licenses of %d versions\n", out, len(m.Files), m.Rows["licenses"], m.Rows["versions"])
			if m.Register != onSQLite {
				fmt.Fprintln(c.stdout, "the register is on PostgreSQL and not in it: copy it with pg_dump")
			}
			if !m.HasSecrets() {
				fmt.Fprintln(c.stdout, "no keys are in it: keep those of their own, or give --secrets-passphrase-file")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "data directory, made by init")
	cmd.Flags().StringVar(&out, "out", "", "file to write; it must not exist")
	cmd.Flags().StringVar(&passphraseFile, "secrets-passphrase-file", "", "file with a passphrase; keys and other secrets are put in, encrypted to it")
	cmd.Flags().BoolVar(&c.json, "json", false, "print what is in it as JSON")
	for _, name := range []string{"data", "out"} {
		_ = cmd.MarkFlagRequired(name) // the flag is defined above
	}
	return cmd
}

// Where a register is, as a manifest says it.
const (
	onSQLite     = "sqlite"
	onPostgreSQL = "postgresql"
)

// registerFile is the name of the register's file in a data directory.
const registerFile = "register.db"

// backup writes the archive of a data directory.
func (c *console) backup(ctx context.Context, data, out, passphrase string) (m backup.Manifest, err error) {
	s, err := loadSettings(data)
	if err != nil {
		return m, err
	}
	if _, err := os.Lstat(out); err == nil {
		return m, usage("exists", fmt.Errorf("%s exists; nothing is overwritten", out))
	}
	content := backup.Content{Passphrase: passphrase}
	open, secret, err := sortFiles(data, s)
	if err != nil {
		return m, fmt.Errorf("looking through %s: %w", data, err)
	}
	content.Files = open
	if passphrase != "" {
		content.Secret = secret
	}
	content.Manifest = backup.Manifest{At: c.now().UTC().Truncate(time.Second), Program: version, Region: string(s.Region), Register: onPostgreSQL}
	if s.Database == nil {
		// Beside the archive, where there is room for it anyway.
		copied := out + ".register"
		defer func() { err = errors.Join(err, removed(copied)) }()
		if content.Manifest.Rows, err = register.Backup(ctx, registerPath(data), copied); err != nil {
			return m, refusedRegister(err)
		}
		if err := os.Chmod(copied, 0o600); err != nil {
			return m, fmt.Errorf("backing up: %w", err)
		}
		content.Manifest.Register = onSQLite
		content.Files = append(content.Files, backup.Source{Name: registerFile, Path: copied})
	}
	err = createFile(out, func(w io.Writer) (err error) {
		if m, err = backup.Write(w, content); errors.Is(err, backup.ErrSecrets) {
			return usage("secrets_too_large", err)
		}
		return err
	})
	return m, err
}

// removed removes a file that may not be there.
func removed(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// createFile writes a new file for its owner alone, which is there as a whole
// or not at all.
func createFile(path string, write func(io.Writer) error) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
	if err != nil {
		return usage("out", fmt.Errorf("writing %s: %w", path, err))
	}
	defer func() { err = errors.Join(err, removed(temporary.Name())) }()
	err = errors.Join(write(temporary), temporary.Sync(), temporary.Close())
	if err != nil {
		return err
	}
	// Linking refuses what exists, where renaming would overwrite it.
	if err := os.Link(temporary.Name(), path); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// sortFiles finds what is to be kept of a data directory, apart from the
// register: what anybody may read, and what is secret. What is made anew from
// the register is left out, files of many rows that are worked on among it, and
// so is the root, which belongs elsewhere.
func sortFiles(data string, s settings) (open, secret []backup.Source, _ error) {
	public := []string{settingsFile, officesFile, "trust.json", "keys/seal.der", "access/token.pub"}
	named := secretFiles(data, s)
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(data, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.IsDir() {
			if name == "status" || name == "root" || name == batchesFolder {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || strings.HasPrefix(name, registerFile) || strings.HasPrefix(d.Name(), ".") {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		source := backup.Source{Name: name, Path: path}
		absolute, err := filepath.Abs(path)
		switch {
		case err != nil:
			return err
		case slices.Contains(public, name):
			open = append(open, source)
		case info.Mode().Perm()&0o077 == 0 || slices.Contains(named, absolute):
			secret = append(secret, source)
		default:
			open = append(open, source)
		}
		return nil
	})
	return open, secret, err
}

// secretFiles are the files that the configuration says hold a secret, whoever
// may read them. All others that hold one must be their owner's alone.
func secretFiles(dir string, s settings) (paths []string) {
	add := func(name string) {
		if absolute, err := filepath.Abs(pathIn(dir, name)); err == nil && name != "" {
			paths = append(paths, absolute)
		}
	}
	if s.Library != nil {
		add(s.Library.TokenFile)
	}
	if s.Database != nil {
		add(s.Database.Postgres.PasswordFile)
	}
	return paths
}
