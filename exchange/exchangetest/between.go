package exchangetest

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Between stands between a client and a server: it passes on what both say,
// late if so asked, or breaks off.
type Between struct {
	listener net.Listener
	to       string
	delay    atomic.Int64
	mute     atomic.Bool

	mu    sync.Mutex
	open  map[net.Conn]bool
	ended sync.WaitGroup
}

// NewBetween starts a go-between to the address to.
func NewBetween(t testing.TB, to string) *Between {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &Between{listener: listener, to: to, open: make(map[net.Conn]bool)}
	b.ended.Go(b.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		b.Mute(false)
		b.Cut()
		b.ended.Wait()
	})
	return b
}

// Address gives where clients are to connect.
func (b *Between) Address() string { return b.listener.Addr().String() }

// Delay makes every answer late by d.
func (b *Between) Delay(d time.Duration) { b.delay.Store(int64(d)) }

// Mute keeps all answers back while it is on.
func (b *Between) Mute(on bool) { b.mute.Store(on) }

// Cut breaks off every connection there is.
func (b *Between) Cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.open {
		_ = c.Close()
	}
	clear(b.open)
}

func (b *Between) keep(c net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open[c] = true
}

func (b *Between) drop(c net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, c)
	_ = c.Close()
}

func (b *Between) accept() {
	for {
		client, err := b.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", b.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		b.keep(client)
		b.keep(server)
		b.ended.Go(func() {
			_, _ = io.Copy(server, client) // until either is closed
			b.drop(server)
		})
		b.ended.Go(func() {
			b.answer(client, server)
			b.drop(client)
		})
	}
}

func (b *Between) answer(client, server net.Conn) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		if n > 0 {
			time.Sleep(time.Duration(b.delay.Load()))
			for b.mute.Load() {
				time.Sleep(time.Millisecond)
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
