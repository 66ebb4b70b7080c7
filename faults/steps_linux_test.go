package faults_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"unsafe"
)

// step says whether a call of the system leaves something behind on the disk
// that the next start finds, or makes it last.
func step(number uint64) bool {
	switch number {
	case syscall.SYS_RENAMEAT, syscall.SYS_UNLINKAT, syscall.SYS_LINKAT, syscall.SYS_MKDIRAT,
		syscall.SYS_FSYNC, syscall.SYS_FDATASYNC, syscall.SYS_FTRUNCATE:
		return true
	}
	return false
}

// killedAt runs a command and kills it, and all of its threads, right before
// its n-th step; 0 lets it end. It gives how many steps there were until then,
// what was said, and whether the command was killed.
func killedAt(t testing.TB, n int, args ...string) (steps int, said string, killed bool) {
	t.Helper()
	runtime.LockOSThread() // only the thread that began tracing may trace
	defer runtime.UnlockOSThread()
	log, err := os.CreateTemp(t.TempDir(), "said")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = log, log                                   // a file: nobody here copies what a pipe brings
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true} // of its own group, so that no other story's process is waited for
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	steps, killed, err = trace(cmd.Process.Pid, n)
	if err != nil {
		_ = cmd.Process.Kill()
		t.Fatalf("tracing %v: %v", args, err)
	}
	raw, err := os.ReadFile(log.Name())
	if err != nil {
		t.Fatal(err)
	}
	return steps, string(raw), killed
}

// The parts of ptrace(2) that package syscall does not name.
const (
	optionSysGood     = 1
	optionExitKill    = 1 << 20
	traceSyscallInfo  = 0x420e
	waitAllThreads    = 0x40000000 // __WALL
	stoppedAtSyscall  = syscall.SIGTRAP | 0x80
	syscallInfoEnters = 1
)

// trace follows a process that has stopped at its beginning until it ends.
func trace(pid, n int) (steps int, killed bool, _ error) {
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		return 0, false, err
	}
	options := syscall.PTRACE_O_TRACECLONE | optionSysGood | optionExitKill
	if err := syscall.PtraceSetOptions(pid, options); err != nil {
		return 0, false, err
	}
	thread, signal := pid, 0
	for {
		// A thread that has gone meanwhile is told by the next wait.
		if err := syscall.PtraceSyscall(thread, signal); err != nil && err != syscall.ESRCH {
			return steps, killed, err
		}
		var err error
		if thread, err = wait(pid, &status); err != nil {
			return steps, killed, err
		}
		signal = 0
		switch {
		case thread == 0: // it has ended
			if status.Exited() && status.ExitStatus() != 0 {
				return steps, killed, fmt.Errorf("exit %d", status.ExitStatus())
			}
			return steps, killed, nil
		case !status.Stopped():
		case status.StopSignal() == stoppedAtSyscall:
			number, enters := syscallOf(thread)
			if !enters || !step(number) {
				continue
			}
			if steps++; steps == n {
				killed = true
				if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
					return steps, killed, err
				}
			}
		case status.StopSignal() != syscall.SIGTRAP && status.StopSignal() != syscall.SIGSTOP:
			signal = int(status.StopSignal()) // its own: the runtime preempts by signals
		}
	}
}

// wait waits for a thread of the traced process and its group; 0 when all of it has ended.
func wait(pid int, status *syscall.WaitStatus) (thread int, _ error) {
	for {
		thread, err := syscall.Wait4(-pid, status, waitAllThreads, nil)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return 0, err
		case thread == pid && (status.Exited() || status.Signaled()):
			return 0, nil
		}
		return thread, nil
	}
}

// syscallOf gives the number of the call that a thread has stopped at, and
// whether it is about to make it.
func syscallOf(thread int) (number uint64, enters bool) {
	var info struct {
		op                            uint8
		_                             [3]uint8
		arch                          uint32
		instructionPointer, stack, nr uint64
		args                          [6]uint64
	}
	_, _, errno := syscall.Syscall6(syscall.SYS_PTRACE, traceSyscallInfo, uintptr(thread), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	return info.nr, errno == 0 && info.op == syscallInfoEnters
}
