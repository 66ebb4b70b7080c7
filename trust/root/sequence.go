package root

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// reserve takes the next sequence number for itself, before anything is
// signed with it. A number is an empty file that only one process can create:
// two at once get two numbers, and a crash loses a number but never gives one
// out again. The files stay, one a signing: were one taken away, a process that
// read the folder before could create it once more.
func (f *Folder) reserve() (uint64, error) {
	dir := filepath.Join(f.dir, sequenceDir)
	highest, err := highestSequence(dir)
	if err != nil {
		return 0, err
	}
	for n := highest + 1; ; n++ {
		f, err := os.OpenFile(filepath.Join(dir, sequenceName(n)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("root: reserving a sequence: %w", err)
		}
		if err := errors.Join(f.Close(), syncDir(dir)); err != nil {
			return 0, fmt.Errorf("root: reserving sequence %d: %w", n, err)
		}
		return n, nil
	}
}

func sequenceName(n uint64) string { return fmt.Sprintf("%020d", n) }

// highestSequence reads the highest number that was reserved. A folder with
// none is broken, and does not begin again at one.
func highestSequence(dir string) (uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("root: reading the sequence: %w", err)
	}
	if len(entries) == 0 {
		return 0, fmt.Errorf("root: %s is empty: the sequence was lost", dir)
	}
	var highest uint64
	for _, e := range entries {
		n, err := strconv.ParseUint(e.Name(), 10, 64)
		if err != nil || sequenceName(n) != e.Name() {
			return 0, fmt.Errorf("root: %s holds %q, which is no sequence", dir, e.Name())
		}
		highest = max(highest, n)
	}
	return highest, nil
}

// writeJSON replaces a file whole or not at all, and durably.
func writeJSON(path string, value any) error {
	b, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("root: encoding %s: %w", filepath.Base(path), err)
	}
	if err := replaceFile(path, append(b, '\n')); err != nil {
		return fmt.Errorf("root: writing %s: %w", filepath.Base(path), err)
	}
	return nil
}

func replaceFile(path string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
