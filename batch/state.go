package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"yizheng/license"
)

// ErrRunning says that another run of the file is at work, and writes to the
// same results.
var ErrRunning = errors.New("another run of this file is at work")

// state is what a run leaves for the next one. While a run is at work it holds
// a lock on it, which ends with the process.
type state struct {
	file *os.File

	SHA256    string       `json:"sha256"` // of the file that the results are of
	Group     int          `json:"group"`
	Rows      int          `json:"rows"`
	Validated license.Date `json:"validated,omitzero"` // day on which every row was found good
	Catalogue string       `json:"catalogue,omitempty"`
	Begun     bool         `json:"begun,omitempty"` // every row was found good once, and some may be issued
}

func openState(path string) (*state, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the state of the batch: %w", err)
	}
	if err := lock(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s := &state{file: f}
	b, err := io.ReadAll(io.LimitReader(f, 1<<16))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading the state of the batch: %w", err), f.Close())
	}
	if json.Unmarshal(b, s) != nil {
		*s = state{file: f} // torn by a crash: as if there had been no run
	}
	return s, nil
}

// isOf says whether the state is that of a file, and otherwise puts the
// results of another content aside: they are somebody's only list of what was
// issued.
func (s *state) isOf(f *File, p Paths) error {
	if s.SHA256 == f.SHA256 && s.Group == GroupSize {
		return nil
	}
	before := s.SHA256
	if len(before) < 8 {
		before = "unknown-"
	}
	if err := os.Rename(p.Result, free(strings.TrimSuffix(p.Result, ".csv")+"."+before[:8])); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("putting earlier results aside: %w", err)
	}
	*s = state{file: s.file, SHA256: f.SHA256, Group: GroupSize}
	return s.save()
}

// free gives a name for results that none have yet.
func free(name string) string {
	path := name + ".csv"
	for n := 2; ; n++ {
		if _, err := os.Lstat(path); err != nil {
			return path
		}
		path = fmt.Sprintf("%s.%d.csv", name, n)
	}
}

// stateSize is the size of a state, filled up: written over the one before in
// one piece, it is the old or the new one after a crash, and never none.
const stateSize = 512

func (s *state) save() error {
	b, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("writing the state of the batch: %w", err)
	}
	b = append(b, bytes.Repeat([]byte(" "), max(0, stateSize-len(b)-1))...)
	_, err = s.file.WriteAt(append(b, '\n'), 0)
	if err = errors.Join(err, s.file.Sync()); err != nil {
		return fmt.Errorf("writing the state of the batch: %w", err)
	}
	return nil
}

func (s *state) close() error { return s.file.Close() }
