//go:build unix

package apart

import (
	"errors"
	"runtime/debug"
	"syscall"
)

// bound gives this process no more than it needs.
func bound() error {
	debug.SetMaxStack(maxStack)
	debug.SetMemoryLimit(maxMemory * 5 / 8) // from there on garbage is collected the harder
	seconds := uint64(maxTime.Seconds())
	err := syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: seconds, Max: seconds})
	if memoryCounts {
		err = errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: maxMemory, Max: maxMemory}))
	}
	return err
}
