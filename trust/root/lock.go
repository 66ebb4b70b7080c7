package root

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ErrLocked: another process has the folder open.
var ErrLocked = errors.New("another process works in this folder")

// lockFile is in every folder of a signer. Whoever holds it stands in it; it
// stays when it is free, since another process may wait to open it.
const lockFile = "lock"

// maxHolder is as much of who holds a folder as is read.
const maxHolder = 512

// lockFolder takes a folder for this process, until it closes the file or ends,
// however it does. Where another has it, the error says who.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("root: locking the folder: %w", err)
	}
	if err := lock(f); err != nil {
		holder := holderOf(f)
		_ = f.Close()
		if errors.Is(err, ErrLocked) {
			err = fmt.Errorf("%w: %s; wait until it has ended, or end it, and try again", err, holder)
		}
		return nil, fmt.Errorf("root: locking %s: %w", dir, err)
	}
	if err := nameHolder(f); err != nil {
		return nil, errors.Join(fmt.Errorf("root: locking %s: %w", dir, err), f.Close())
	}
	return f, nil
}

// nameHolder writes down that this process holds the lock.
func nameHolder(f *os.File) error {
	host, _ := os.Hostname() // for people; nothing rests on it
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(fmt.Appendf(nil, "process %d on %s, %s\n", os.Getpid(), host, command()), 0)
	return err
}

// holderOf says who holds the lock, as far as that can be read.
func holderOf(f *os.File) string {
	raw, _ := io.ReadAll(io.LimitReader(f, maxHolder)) // what cannot be read is not known
	line, _, _ := strings.Cut(string(raw), "\n")
	info, err := f.Stat()
	if line == "" || err != nil {
		return "it has not said which it is"
	}
	return strings.ToValidUTF8(line, "?") + ", since " + info.ModTime().UTC().Format(time.RFC3339)
}

// command names the program and what it was asked to do, up to the first flag.
func command() string {
	words := []string{filepath.Base(os.Args[0])}
	for _, word := range os.Args[1:] {
		if strings.HasPrefix(word, "-") || len(words) == 4 {
			break
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}
