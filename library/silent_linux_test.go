package library_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"yizheng/library"
)

// TestSwallowedConnection: an address that answers nothing at all, as behind a
// firewall, is a library that cannot be reached, and not one that is slow.
func TestSwallowedConnection(t *testing.T) {
	client, err := library.NewClient("http://"+swallowing(t), "", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := client.Summaries(context.Background(), "", 1); !errors.Is(err, library.ErrUnreachable) {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

// swallowing gives an address whose queue of connections is full, so that the
// kernel drops whoever else asks for one.
func swallowing(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closing(t, func() error { return syscall.Close(fd) }) })
	err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	if err == nil {
		err = syscall.Listen(fd, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	at, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", at.(*syscall.SockaddrInet4).Port)
	for range 10 {
		c, err := net.DialTimeout("tcp", address, 300*time.Millisecond)
		if err != nil {
			return address
		}
		t.Cleanup(func() { closing(t, c.Close) })
	}
	t.Fatal("the queue is never full")
	return ""
}
