package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"yizheng/api"
	"yizheng/license"
	"yizheng/templates"
)

// checkerSettings is the configuration of a node that only verifies. All of it
// may be absent.
type checkerSettings struct {
	// Region is where the node stands; that of the trust bundle where absent.
	Region license.Region `json:"region,omitempty"`
	// URL is where the public reaches it; where it listens, if absent. Codes
	// of an issuer at another address are shown with a warning.
	URL string `json:"url,omitempty"`
	// Redis is what it shares with the other nodes of its deployment.
	Redis *redisSettings `json:"redis,omitempty"`
	// Trust is how this node keeps its trust documents fresh; where it is absent
	// somebody else puts new ones beside it.
	Trust *trustSettings `json:"trust,omitempty"`
	// Reach are ranges of addresses, such as 10.20.0.0/16, in which other
	// issuers' lists and offices may lie; none but the Internet's where absent.
	Reach []string `json:"reach,omitempty"`
	// Proxies are the addresses, and ranges such as 10.0.0.0/8, of the proxies in
	// front: what they say in X-Forwarded-For of a client's address is believed;
	// nobody's word where absent.
	Proxies []string `json:"proxies,omitempty"`
	// Rate is how often one client may verify; the usual one where absent.
	Rate *rateSettings `json:"rate,omitempty"`
	// Tracing is where traces go; none are made where it is absent.
	Tracing *tracingSettings `json:"tracing,omitempty"`
	// Fonts are font files with rare characters, by which uploaded documents
	// are drawn again. Paths are from the folder of this file.
	Fonts []string `json:"fonts,omitempty"`
}

func (s *checkerSettings) check() error {
	if s.Region != "" {
		if _, err := license.ParseRegion(string(s.Region)); err != nil {
			return err
		}
	}
	if s.URL != "" {
		if err := checkURL(s.URL, true); err != nil {
			return err
		}
	}
	if s.Tracing != nil {
		if err := s.Tracing.check(); err != nil {
			return err
		}
	}
	if err := s.Trust.check(); err != nil {
		return err
	}
	if _, err := reachOf(s.Reach, s.URL); err != nil {
		return err
	}
	if _, err := proxiesOf(s.Proxies); err != nil {
		return err
	}
	if s.Redis != nil {
		return s.Redis.check()
	}
	return nil
}

// loadCheckerSettings reads a configuration; the path may be empty.
func loadCheckerSettings(path string) (s checkerSettings, err error) {
	if path == "" {
		return s, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return s, usage("configuration", err)
	}
	err = decodeSettings(path, raw, &s)
	return s, err
}

// serveChecker serves verification and nothing else. It opens no register and
// loads no key.
func (c *console) serveChecker(ctx context.Context, o serveOptions) (err error) {
	log := o.log(c)
	s, err := loadCheckerSettings(o.config)
	if err != nil {
		return err
	}
	bundle, err := readBundle(o.trustFile)
	if err != nil {
		return err
	}
	bundle = withOwn(o.trustFile, bundle)
	if s.Region == "" {
		s.Region = bundle.Anchor.Region
	}
	client, err := outward(fetchWithin, s.Reach, s.URL)
	if err != nil {
		return err
	}
	if s.URL == "" {
		s.URL = "http://" + o.listen
	}
	proxies, err := proxiesOf(s.Proxies)
	if err != nil {
		return usage("configuration", err)
	}
	shared, err := openExchange(s.Redis, s.Rate, filepath.Dir(o.config), s.Region, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shared.Close()) }()
	spans, err := openTraces(s.Tracing, filepath.Dir(o.config), s.Region, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, spans.Close()) }()
	// The program's own fonts take memory that most nodes never need, so they
	// wait for the first document; a font that is named here is tried at once.
	printer := sync.OnceValues(func() (*templates.Printer, error) { return newPrinter(filepath.Dir(o.config), s.Fonts) })
	if len(s.Fonts) > 0 {
		if _, err := printer(); err != nil {
			return err
		}
	}
	tending, err := newTending(s.Trust, filepath.Dir(o.config), nil)
	if err != nil {
		return err
	}
	k, err := newChecker(checkerConfig{
		tending:   tending,
		trustFile: o.trustFile, region: s.Region, client: client,
		shared: shared, clock: c.now, log: log, printer: printer,
	}, bundle)
	if err != nil {
		return err
	}
	ending := &drain{wait: o.drain}
	config, err := k.scanning(api.Config{
		URL: strings.TrimSuffix(s.URL, "/"), Verifier: k, Documents: k, Limiter: shared, Proxies: proxies, Region: s.Region,
		Trust:  func() []byte { return k.view.Load().bundle.Published() },
		Checks: append(k.checks(), ending.check()), Metrics: append(k.metrics(), shared.Collectors()...), Tracer: spans.tracer(), Log: log, Clock: c.now,
	})
	if err != nil {
		return err
	}
	handler, err := api.New(config)
	if err != nil {
		return err
	}
	server, err := open(o.listen, ending.around(handler), nil, log)
	if err != nil {
		return err
	}
	log.Info("verifying", "address", server.listener.Addr().String(), "url", s.URL, "region", s.Region, "redis", shared.Shared())
	ctx, end := ending.after(ctx)
	defer end()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { k.run(ctx); return nil })
	group.Go(func() error { return server.run(ctx) })
	return group.Wait()
}
