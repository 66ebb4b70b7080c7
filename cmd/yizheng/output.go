package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"yizheng/license"
)

// printJSON prints v for programs, readable to people.
func printJSON(w io.Writer, v any) {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	// What cannot be written has nowhere to be reported to.
	_ = encoder.Encode(v)
}

// writeFile puts content at path in one step: whoever looks sees the old file
// or the whole new one, also after a power failure.
func writeFile(path string, content []byte, mode fs.FileMode) (err error) {
	dir := filepath.Dir(path)
	temporary, err := os.CreateTemp(dir, ".writing-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("writing %s: %w", path, err), os.Remove(temporary.Name()))
		}
	}()
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Sync(), temporary.Close())
	if err != nil {
		return err
	}
	if err = os.Rename(temporary.Name(), path); err != nil {
		return err
	}
	folder, openErr := os.Open(dir)
	if openErr != nil {
		return nil // the file is there; the folder cannot be made durable
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// parseAt reads the instant that stands for the clock. The empty string gives
// the zero time.
func parseAt(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, usage("at", fmt.Errorf("--at %q is not an instant such as 2026-07-01T09:00:00+08:00", s))
	}
	if license.DateOf(t).IsZero() {
		return time.Time{}, usage("at", fmt.Errorf("--at %s lies outside 2000-01-01 to 2179-06-05, the days that a license can name", s))
	}
	return t, nil
}

// readPassphrase reads the file that --passphrase-file names, without the line
// break at its end. No path gives none.
func readPassphrase(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, usage("passphrase_unreadable", err)
	}
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	if len(b) == 0 {
		return nil, usage("passphrase_empty", fmt.Errorf("%s is empty", path))
	}
	return b, nil
}

// program is how this program was called, for commands that people are to
// paste into their shell.
func program() string {
	if filepath.Base(os.Args[0]) != "yizheng" {
		return "yizheng"
	}
	return os.Args[0]
}
