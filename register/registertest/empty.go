package registertest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"yizheng/register"
)

// Empty gives an empty register in a file of its own, which is closed with the
// test. To bring a new file to today's schema takes dozens of commits, each to
// the disk; so that is done once a process, and every test gets a copy.
func Empty(tb testing.TB) *register.Store {
	tb.Helper()
	file, err := empty()
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "register.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		tb.Fatal(err)
	}
	s, err := register.Open(context.Background(), path, register.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

var empty = sync.OnceValues(func() (file []byte, err error) {
	folder, err := os.MkdirTemp("", "register")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "register.db")
	s, err := register.Create(context.Background(), path, register.Config{})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})
