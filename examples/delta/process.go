package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// failed is a command that ended in another way than with 0.
type failed struct {
	exit int
	what string
}

func (f *failed) Error() string { return f.what }

// yizheng runs a command of the program and gives what it printed.
func (d *delta) yizheng(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, d.program, args...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		err = &failed{exited.ExitCode(), fmt.Sprintf("yizheng %s: exit %d\n%s%s", strings.Join(args, " "), exited.ExitCode(), &out, &problems)}
	}
	return out.String(), err
}

// all runs commands one after the other.
func (d *delta) all(ctx context.Context, commands ...[]string) error {
	for _, args := range commands {
		if _, err := d.yizheng(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// start starts the servers of members and waits until they are ready.
func (d *delta) start(ctx context.Context, starting ...*member) error {
	for _, m := range starting {
		args := []string{"serve", "--listen", fmt.Sprintf("localhost:%d", m.port)}
		if m == d.checker {
			args = append(args, "--trust", d.trust(m), "--config", d.settings(m))
		} else {
			args = append(args, "--data", d.data(m))
		}
		m.process = exec.Command(d.program, args...)
		m.process.Stdout, m.process.Stderr = &m.log, &m.log
		if err := m.process.Start(); err != nil {
			return err
		}
	}
	for _, m := range starting {
		err := until(ctx, time.Minute, func() (bool, error) {
			answer, err := http.Get(m.url() + "/readyz")
			if err != nil {
				return false, nil // not up yet
			}
			_ = answer.Body.Close() // only its status was wanted
			return answer.StatusCode == http.StatusOK, nil
		})
		if err != nil {
			return fmt.Errorf("%s does not get ready: %w\n%s", m.name, err, m.log.String())
		}
	}
	return nil
}

// end ends the server of a member.
func (d *delta) end(m *member) error {
	if m.process == nil {
		return nil
	}
	http.DefaultClient.CloseIdleConnections()
	err := errors.Join(m.process.Process.Signal(syscall.SIGTERM), m.process.Wait())
	m.process = nil
	if err != nil {
		return fmt.Errorf("%s did not end well: %w\n%s", m.name, err, m.log.String())
	}
	return nil
}

// stop ends everything that runs.
func (d *delta) stop() {
	for _, m := range append(d.issuers, d.checker) {
		if m != nil {
			_ = d.end(m) // whoever stops has told what went wrong, or nothing did
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// until waits until something is so.
func until(ctx context.Context, within time.Duration, so func() (bool, error)) error {
	for end := time.Now().Add(within); ; {
		done, err := so()
		if err != nil || done {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("not within %v", within)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
