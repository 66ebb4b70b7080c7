package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"yizheng/api"
)

func (c *console) serveCommand() *cobra.Command {
	var at desk
	var listen, libraryURL, libraryToken string
	cmd := &cobra.Command{
		Use:   "serve --data D",
		Short: "serve the result pages, the API and the status lists of one district",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			ctx := cmd.Context()
			d, err := at.open(ctx, c)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			d.log = c.logger(slog.LevelInfo)
			target, err := libraryOf(d.settings, libraryURL, libraryToken)
			if err != nil {
				return err
			}
			n, err := newNode(ctx, d, nodeOptions{library: target, client: &http.Client{Timeout: fetchWithin}})
			if err != nil {
				return err
			}
			s, err := open(listen, n.handler, nil, d.log)
			if err != nil {
				return err
			}
			d.log.Info("serving", "address", s.listener.Addr().String(), "url", d.settings.URL, "region", d.settings.Region, "library", target != nil)
			group, ctx := errgroup.WithContext(ctx)
			group.Go(func() error { return n.run(ctx) })
			group.Go(func() error { return s.run(ctx) })
			return group.Wait()
		},
	}
	at.flags(cmd, false)
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address to listen on")
	libraryFlags(cmd, &libraryURL, &libraryToken)
	return cmd
}

func libraryFlags(cmd *cobra.Command, address, tokenFile *string) {
	cmd.Flags().StringVar(address, "library", "", "address of the e-license library, in place of the one in config.json")
	cmd.Flags().StringVar(tokenFile, "library-token-file", "", "file with the library's bearer token")
	cmd.MarkFlagsRequiredTogether("library", "library-token-file")
}

// libraryOf gives the library to file with: the flags' or the configuration's,
// nil for none.
func libraryOf(s settings, address, tokenFile string) (*librarySettings, error) {
	if address == "" && tokenFile == "" {
		return s.Library, nil
	}
	if address == "" || tokenFile == "" {
		return nil, usage("library", errors.New("--library and --library-token-file go together"))
	}
	return &librarySettings{URL: address, TokenFile: tokenFile}, nil
}

// server is an HTTP server whose port is open already, so that a port in use
// is found out before anything is printed.
type server struct {
	http     *http.Server
	listener net.Listener
}

// open opens the port. With a TLS configuration it speaks https.
func open(address string, handler http.Handler, secure *tls.Config, log *slog.Logger) (*server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, usage("listen", fmt.Errorf("listening on %s: %w; where another program has the port, give another one with --listen (the demonstration takes ten in a row)", address, err))
	}
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	return &server{http: api.Server(handler, address, log), listener: listener}, nil
}

// run serves until ctx ends; then it lets running requests come to their end.
func (s *server) run(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- s.http.Serve(s.listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := s.http.Shutdown(drain); err != nil {
		return fmt.Errorf("ending the last requests: %w", errors.Join(err, s.http.Close()))
	}
	return nil
}
