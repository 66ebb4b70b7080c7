//go:build unix

package apart

import (
	"errors"
	"os"
	"runtime/debug"
	"syscall"
)

// bound gives this process no more than it needs.
func bound() error {
	debug.SetMaxStack(maxStack)
	// Where the machine's memory ends, this is to end, and not what serves; only
	// Linux can be told so.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	err := limit(syscall.RLIMIT_CPU, uint64(maxTime.Seconds()))
	if memoryCounts {
		debug.SetMemoryLimit(maxMemory * 5 / 8) // from there on garbage is collected the harder
		err = errors.Join(err, limit(syscall.RLIMIT_DATA, maxMemory))
	}
	return err
}

// limit gives this process at most so much of a resource, and no more than it had.
func limit(resource int, most uint64) error {
	var held syscall.Rlimit
	if err := syscall.Getrlimit(resource, &held); err != nil {
		return err
	}
	most = min(most, uint64(held.Max))
	return syscall.Setrlimit(resource, &syscall.Rlimit{Cur: most, Max: most})
}
