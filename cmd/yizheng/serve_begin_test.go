package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/register/postgrestest"
)

// TestBeginsBeforeItsRegister begins a node while its database is away, as after
// a power cut: it waits for it, and serves once it is back. One that is told to
// end while it waits has not failed.
func TestBeginsBeforeItsRegister(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, "")
	data := filepath.Join(t.TempDir(), "district")
	if exit, _, problems := runMain("", "init", "--data", data, "--demonstration", "--url", "https://zheng.example", "--postgres", server.Database(t)); exit != 0 {
		t.Fatal(problems)
	}
	server.Kill(t)
	begin := func() (log *watched, end context.CancelFunc, ended chan int) {
		ctx, end := context.WithCancel(context.Background())
		log, ended = &watched{}, make(chan int, 1)
		go func() {
			ended <- Main(ctx, []string{"serve", "--data", data, "--listen", "127.0.0.1:0"}, strings.NewReader(""), io.Discard, log)
		}()
		eventually(t, 30*time.Second, "it does not wait", func() bool { return strings.Contains(log.String(), "waiting for the register") })
		return log, end, ended
	}
	log, end, ended := begin()
	end()
	if exit := <-ended; exit != 0 {
		t.Errorf("told to end while it waits, it ends with %d\n%s", exit, log)
	}
	log, end, ended = begin()
	server.Restart(t)
	eventually(t, 30*time.Second, "it does not serve", func() bool { return strings.Contains(log.String(), "msg=serving") })
	end()
	if exit := <-ended; exit != 0 {
		t.Errorf("it ends with %d\n%s", exit, log)
	}
}

// TestBeginsWhileItsRegisterGoes begins a node whose database goes away once more
// when it has been opened, for longer than a transaction is tried again.
func TestBeginsWhileItsRegisterGoes(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t, "")
	wire, address := postgrestest.Through(t, server.Database(t))
	data := filepath.Join(t.TempDir(), "district")
	if exit, _, problems := runMain("", "init", "--data", data, "--demonstration", "--url", "https://zheng.example", "--postgres", address); exit != 0 {
		t.Fatal(problems)
	}
	wire.LoseRequest("FROM status_chunks WHERE built < change", 30)
	ctx, end := context.WithCancel(context.Background())
	log, ended := &watched{}, make(chan int, 1)
	go func() {
		ended <- Main(ctx, []string{"serve", "--data", data, "--listen", "127.0.0.1:0"}, strings.NewReader(""), io.Discard, log)
	}()
	eventually(t, time.Minute, "it does not serve", func() bool { return strings.Contains(log.String(), "msg=serving") || len(ended) > 0 })
	end()
	if exit := <-ended; exit != 0 || wire.Lost() < 13 {
		t.Errorf("it ends with %d, when %d requests were lost\n%s", exit, wire.Lost(), log)
	}
}
