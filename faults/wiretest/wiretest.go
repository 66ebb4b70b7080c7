// Package wiretest stands on the wire between a client and a server, and makes
// trouble there: it is late, keeps answers back, breaks connections off, lets
// none come about, or loses the answer to one thing that a client says, such as
// a database's commit. Start with [Between].
package wiretest

import (
	"bytes"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Wire passes on what a client and a server say to each other, until it is
// told otherwise.
type Wire struct {
	listener     net.Listener
	network, to  string
	delay        atomic.Int64
	mute, refuse atomic.Bool

	mu       sync.Mutex
	open     map[net.Conn]bool
	unlucky  []byte // what is lost
	toLose   int    // how often that is to happen yet
	answered bool   // the answer is lost, and not the request
	lost     int    // how often it has happened
	ended    sync.WaitGroup
}

// Between starts a wire to an address of a network, "tcp" or "unix". It ends
// with the test.
func Between(t testing.TB, network, to string) *Wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{listener: listener, network: network, to: to, open: make(map[net.Conn]bool)}
	w.ended.Go(w.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		w.Mute(false)
		w.Cut()
		w.ended.Wait()
	})
	return w
}

// Address gives host and port where clients are to connect.
func (w *Wire) Address() string { return w.listener.Addr().String() }

// Port gives that port alone.
func (w *Wire) Port() int { return w.listener.Addr().(*net.TCPAddr).Port }

// Delay makes every answer late by d.
func (w *Wire) Delay(d time.Duration) { w.delay.Store(int64(d)) }

// Mute keeps all answers back while it is on.
func (w *Wire) Mute(on bool) { w.mute.Store(on) }

// Refuse lets no connection come about while it is on.
func (w *Wire) Refuse(on bool) { w.refuse.Store(on) }

// Cut breaks off every connection there is.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.open {
		_ = c.Close()
	}
	clear(w.open)
}

// LoseAnswer lets the next so many requests that hold the text reach the
// server, in whatever case it is written, and breaks the connection off before
// the answer.
func (w *Wire) LoseAnswer(text string, times int) { w.lose(text, times, true) }

// LoseRequest breaks the connection off before such a request reaches it.
func (w *Wire) LoseRequest(text string, times int) { w.lose(text, times, false) }

func (w *Wire) lose(text string, times int, answer bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unlucky, w.toLose, w.answered = bytes.ToLower([]byte(text)), times, answer
}

// Lost says how often an answer or a request was lost.
func (w *Wire) Lost() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lost
}

// loses says whether what is being said is to be lost, and which half of it.
func (w *Wire) loses(said []byte) (loses, answer bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.toLose == 0 || !bytes.Contains(bytes.ToLower(said), w.unlucky) {
		return false, false
	}
	w.toLose--
	w.lost++
	return true, w.answered
}

func (w *Wire) keep(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open[c] = true
}

func (w *Wire) drop(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, c)
	_ = c.Close()
}

func (w *Wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		// A server that is away hears nothing of those who try.
		if w.refuse.Load() {
			_ = client.Close()
			continue
		}
		server, err := net.Dial(w.network, w.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		w.keep(client)
		w.keep(server)
		var losing atomic.Bool
		w.ended.Go(func() {
			w.ask(client, server, &losing)
			w.drop(server)
		})
		w.ended.Go(func() {
			w.answer(client, server, &losing)
			w.drop(client)
		})
	}
}

// ask passes on what the client says, until either is closed.
func (w *Wire) ask(client, server net.Conn, losing *atomic.Bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if n > 0 {
			if loses, answer := w.loses(buffer[:n]); loses && !answer {
				return
			} else if loses {
				losing.Store(true)
			}
			if _, err := server.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// answer passes on what the server says.
func (w *Wire) answer(client, server net.Conn, losing *atomic.Bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		if n > 0 {
			time.Sleep(time.Duration(w.delay.Load()))
			for w.mute.Load() {
				time.Sleep(time.Millisecond)
			}
			if losing.Load() {
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// Absurd listens as something that answers whatever it is asked with the same
// bytes, and gives its address.
func Absurd(t testing.TB, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				buffer := make([]byte, 4<<10)
				for {
					_ = c.SetDeadline(time.Now().Add(5 * time.Second))
					if _, err := c.Read(buffer); err != nil {
						return
					}
					if _, err := io.WriteString(c, answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	return listener.Addr().String()
}
