package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"yizheng/api"
	"yizheng/issuer"
)

func (c *console) serveCommand() *cobra.Command {
	var at desk
	var o serveOptions
	var libraryURL, libraryToken string
	cmd := &cobra.Command{
		Use:   "serve (--data D | --trust FILE)",
		Short: "serve the result pages, the API and the status lists of one district; or verify for everybody",
		Long: "serve --data D is the district's own server. serve --trust FILE only verifies: it needs nothing but\n" +
			"the trust bundle, brings in the issuers' lists itself and keeps no records.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case (at.data == "") == (o.trustFile == ""):
				return usage("usage", errors.New("serve takes --data, or --trust for a node that only verifies"))
			case at.data != "" && o.config != "":
				return usage("usage", errors.New("--config goes with --trust; a data directory has its own config.json"))
			case o.trustFile != "" && (libraryURL != "" || at.passphraseFile != ""):
				return usage("usage", errors.New("a node that only verifies has no library and no keys"))
			case o.logFormat != "text" && o.logFormat != "json":
				return usage("usage", fmt.Errorf("--log-format is text or json, not %q", o.logFormat))
			case o.drain < 0 || o.drain > longestDrain:
				return usage("usage", fmt.Errorf("--drain is between 0 and %s", longestDrain))
			case o.trustFile != "":
				return c.serveChecker(cmd.Context(), o)
			}
			return c.serveDistrict(cmd.Context(), &at, o, libraryURL, libraryToken)
		},
	}
	at.optional(cmd, false)
	cmd.Flags().StringVar(&o.listen, "listen", "127.0.0.1:8080", "address to listen on")
	cmd.Flags().StringVar(&o.trustFile, "trust", "", "trust bundle of a node that only verifies")
	cmd.Flags().StringVar(&o.config, "config", "", "configuration of a node that only verifies")
	cmd.Flags().DurationVar(&o.drain, "drain", 0, "how long to go on answering, while /readyz says draining, after being told to end: what a load balancer takes to notice")
	cmd.Flags().StringVar(&o.logFormat, "log-format", "text", "form of the log: text, or json, an object a line")
	libraryFlags(cmd, &libraryURL, &libraryToken)
	return cmd
}

// serveOptions are the flags of a node. trustFile and config are those of one
// that only verifies.
type serveOptions struct {
	listen, trustFile, config string
	drain                     time.Duration
	logFormat                 string
}

// longestDrain is the longest that a node may go on after it was told to end.
const longestDrain = 10 * time.Minute

// log is the log of a node.
func (o serveOptions) log(c *console) *slog.Logger {
	if o.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(c.stderr, nil))
	}
	return c.logger(slog.LevelInfo)
}

// serveDistrict serves a data directory.
func (c *console) serveDistrict(ctx context.Context, at *desk, o serveOptions, libraryURL, libraryToken string) (err error) {
	told := ctx // to end
	defer func() {
		if told.Err() != nil && errors.Is(err, context.Canceled) {
			err = nil // also while it began: that is no failure
		}
	}()
	passphrase, err := readPassphrase(at.passphraseFile)
	if err != nil {
		return err
	}
	var d *deployment
	if err := patiently(ctx, o.log(c), func() (err error) { d, err = at.openBy(ctx, c, passphrase); return err }); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	d.log = o.log(c)
	target, err := libraryOf(d.settings, libraryURL, libraryToken)
	if err != nil {
		return err
	}
	shared, err := openExchange(d.settings.Redis, d.settings.Rate, d.dir, d.settings.Region, d.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shared.Close()) }()
	spans, err := openTraces(d.settings.Tracing, d.dir, d.settings.Region, d.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, spans.Close()) }()
	client, err := outward(fetchWithin, d.settings.Reach, d.settings.URL)
	if err != nil {
		return err
	}
	ending := &drain{wait: o.drain}
	n, err := newNode(ctx, d, nodeOptions{library: target, client: client, shared: shared, ending: ending, tracer: spans.tracer(), passphrase: passphrase})
	if err != nil {
		return err
	}
	s, err := open(o.listen, ending.around(n.handler), nil, d.log)
	if err != nil {
		return err
	}
	d.log.Info("serving", "address", s.listener.Addr().String(), "url", d.settings.URL, "region", d.settings.Region,
		"library", target != nil, "redis", shared.Shared())
	ctx, end := ending.after(ctx)
	defer end()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return n.run(ctx) })
	group.Go(func() error { return s.run(ctx) })
	return group.Wait()
}

// openWithin is for how long a node that begins waits for its register: as
// long as a database may take to begin itself, after a crash.
const openWithin = time.Minute

// patiently does what needs the register again while that cannot be reached at
// this moment.
func patiently(ctx context.Context, log *slog.Logger, do func() error) error {
	for began := time.Now(); ; {
		err := do()
		if !errors.Is(err, issuer.ErrUnavailable) || ctx.Err() != nil || time.Since(began) > openWithin {
			return err
		}
		log.Warn("waiting for the register", "error", err)
		pause(ctx, time.Second)
	}
}

func libraryFlags(cmd *cobra.Command, address, tokenFile *string) {
	cmd.Flags().StringVar(address, "library", "", "address of the e-license library, in place of the one in config.json")
	cmd.Flags().StringVar(tokenFile, "library-token-file", "", "file with the library's bearer token; one on this machine may do without")
}

// libraryOf gives the library to file with: the flags' or the configuration's,
// nil for none.
func libraryOf(s settings, address, tokenFile string) (*librarySettings, error) {
	if address == "" && tokenFile == "" {
		return s.Library, nil
	}
	if address == "" {
		return nil, usage("library", errors.New("--library-token-file is given, and no --library"))
	}
	l := &librarySettings{URL: address}
	if tokenFile != "" {
		var err error
		if l.TokenFile, err = filepath.Abs(tokenFile); err != nil {
			return nil, usage("library_token", err)
		}
	}
	if err := l.check(); err != nil {
		return nil, usage("library", err)
	}
	return l, nil
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
