//go:build unix

package root

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the file for this process, until it closes it or ends.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrLocked
	}
	return err
}
