package register_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"yizheng/issuer"
	"yizheng/register"
)

func TestLostConnection(t *testing.T) {
	ctx := context.Background()
	s, address := createPostgres(t)
	c := prepared(t, s, "first", nil, 10, "1", "2")
	w := standInTheWay(t, address, `SELECT * FROM status_chunks FOR UPDATE`)
	completed := later(func() error { return s.Complete(ctx, c) })
	w.waiting(1)
	w.exec(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted`)
	w.waiting(1)
	w.release()
	if err := completed(); err != nil {
		t.Fatal(err)
	}
	base := licenseOf(t, s, c).Identifier.Base()
	if pending, err := s.Pending(ctx, base, 10); err != nil || len(pending) != 1 {
		t.Errorf("%d events, %v", len(pending), err)
	}
}

func TestUnavailable(t *testing.T) {
	ctx := context.Background()
	if _, err := register.OpenPostgres(ctx, register.Postgres{URL: "postgres://nobody@/nothing?host=/nowhere"}); !errors.Is(err, issuer.ErrUnavailable) {
		t.Errorf("without a server: %v", err)
	}
	_, address := createPostgres(t)
	s, err := register.OpenPostgres(ctx, register.Postgres{URL: address + "&lock_timeout=50ms&statement_timeout=300ms"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := standInTheWay(t, address, `LOCK TABLE outbox_heads`)
	if err := s.Restate(ctx, "x", 0, nil); !errors.Is(err, issuer.ErrUnavailable) {
		t.Errorf("behind a lock: %v", err)
	}
	w.exec(`LOCK TABLE serials`)
	if _, err := s.Reserve(ctx, 2026, []issuer.Want{{Length: 1}}, drawing(1)); !errors.Is(err, issuer.ErrUnavailable) {
		t.Errorf("behind a lock: %v", err)
	}
	w.release()
	if _, err := s.Reserve(ctx, 2026, []issuer.Want{{Length: 1}}, drawing(1)); err != nil {
		t.Errorf("after the lock: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Ready(gone); err == nil || errors.Is(err, issuer.ErrUnavailable) {
		t.Errorf("given up by the caller: %v", err)
	}
}

func TestLostAnswer(t *testing.T) {
	ctx := context.Background()
	direct, address := createPostgres(t)
	c := prepared(t, direct, "first", nil, 10, "1", "2")
	cut := make(chan struct{})
	s, err := register.OpenPostgres(ctx, register.Postgres{URL: cuttingCommits(t, address, cut)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	close(cut)
	if err := s.Complete(ctx, c); !errors.Is(err, issuer.ErrUnavailable) {
		t.Fatalf("a lost answer: %v", err)
	}
	if err := direct.Complete(ctx, c); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("once more: %v", err)
	}
	if pending, err := direct.Pending(ctx, licenseOf(t, direct, c).Identifier.Base(), 10); err != nil || len(pending) != 1 {
		t.Errorf("%d events, %v", len(pending), err)
	}
}

func cuttingCommits(t *testing.T, address string, cut <-chan struct{}) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "yizheng-cut-") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	const name = ".s.PGSQL.5432"
	listener, err := net.Listen("unix", filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	behind := filepath.Join(u.Query().Get("host"), name)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("unix", behind)
			if err != nil {
				_ = client.Close()
				continue
			}
			go passOn(client, server, cut)
		}
	}()
	q := u.Query()
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	return u.String()
}

func passOn(client, server net.Conn, cut <-chan struct{}) {
	var losing atomic.Bool
	go func() {
		defer server.Close()
		buffer := make([]byte, 1<<16)
		for {
			n, err := client.Read(buffer)
			if err != nil {
				return
			}
			select {
			case <-cut:
				losing.Store(bytes.Contains(bytes.ToLower(buffer[:n]), []byte("commit\x00")))
			default:
			}
			if _, err := server.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	defer client.Close()
	buffer := make([]byte, 1<<16)
	for {
		n, err := server.Read(buffer)
		if err != nil || losing.Load() {
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}
