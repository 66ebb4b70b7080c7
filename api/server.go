package api

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The limits of a connection. Reading a picture over a slow phone takes long;
// reading headers does not.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeader         = 32 << 10 // a code of the largest symbol has 4296 digits
)

// Server gives a server for handler at addr with every timeout set. Whoever
// starts it also shuts it down.
func Server(handler http.Handler, addr string, log *slog.Logger) *http.Server {
	s := &http.Server{
		Addr: addr, Handler: handler,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
	}
	// Streams of events never end by themselves, and must not hold up the end
	// of the server.
	closing, end := context.WithCancel(context.Background())
	s.RegisterOnShutdown(end)
	s.BaseContext = func(net.Listener) context.Context {
		return context.WithValue(context.Background(), closingKey{}, closing.Done())
	}
	if log != nil {
		s.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	}
	return s
}

// closingKey is under which a request's context holds the channel that is
// closed when its server is about to end.
type closingKey struct{}

// Closing gives the channel that is closed when the server of a request is
// about to end, for answers that do not end by themselves. Of another server
// it is never closed.
func Closing(ctx context.Context) <-chan struct{} {
	c, _ := ctx.Value(closingKey{}).(<-chan struct{})
	return c
}
