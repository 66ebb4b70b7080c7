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
	seconds := uint64(maxTime.Seconds())
	err := syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: seconds, Max: seconds})
	if memoryCounts {
		debug.SetMemoryLimit(maxMemory * 5 / 8) // from there on garbage is collected the harder
		err = errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: maxMemory, Max: maxMemory}))
	}
	return err
}
