package api

import (
	"log/slog"
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
	if log != nil {
		s.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	}
	return s
}
