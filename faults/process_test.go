package faults_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is the program at work.
type process struct {
	t     testing.TB
	name  string
	cmd   *exec.Cmd
	log   *record
	ended chan struct{}
	exit  error // once it has ended
	clock *clock
}

// starting starts processes, all from one thread: they die with it, and it
// alone may hold them still until their clock is set.
var starting = sync.OnceValue(func() chan func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// start starts the program. Its clock is ahead of the machine's.
func start(t testing.TB, ahead time.Duration, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: args[0], cmd: exec.Command(program, args...), log: &record{}, ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	starting() <- func() {
		err := p.cmd.Start()
		if err == nil {
			p.clock, err = holdClock(p.cmd.Process.Pid, ahead)
		}
		started <- err
	}
	if err := <-started; err != nil {
		t.Fatalf("starting %v: %v", args, err)
	}
	go func() {
		p.exit = p.cmd.Wait()
		p.clock.close()
		close(p.ended)
	}()
	t.Cleanup(func() { p.kill() })
	return p
}

// kill ends the process as the end of its machine would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// finished waits for a command that ends by itself.
func (p *process) finished(within time.Duration) error {
	select {
	case <-p.ended:
		return p.exit
	case <-time.After(within):
		p.kill()
		return errors.New("it does not come to its end")
	}
}

// up waits until a server answers at the address.
func (p *process) up(address string, within time.Duration) {
	p.t.Helper()
	once := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	for until := time.Now().Add(within); ; time.Sleep(2 * time.Millisecond) {
		answer, err := once.Get(address)
		if err == nil {
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-p.ended:
			p.t.Fatalf("%s has ended: %v\n%s", p.name, p.exit, p.log)
		default:
		}
		if time.Now().After(until) {
			p.t.Fatalf("%s does not answer: %v\n%s", p.name, err, p.log)
		}
	}
}

// record is what a process says, read while it is written.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

// String gives what was said so far.
func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// run runs a command that must succeed, and gives what it printed.
func command(t testing.TB, args ...string) string {
	t.Helper()
	out, complaints, err := try(args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, out, complaints)
	}
	return out
}

// try runs a command that may fail.
func try(args ...string) (out, complaints string, _ error) {
	cmd := exec.Command(program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	return stdout.String(), stderr.String(), err
}
