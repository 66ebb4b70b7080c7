package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"yizheng/api"
	"yizheng/api/access"
	"yizheng/batch/jobs"
	"yizheng/credential"
	bureau "yizheng/desk"
	"yizheng/dispute/courier"
	"yizheng/exchange"
	"yizheng/keys"
	"yizheng/library"
	"yizheng/license"
	"yizheng/notice"
	"yizheng/templates"
	"yizheng/templates/pages"
)

// localTokens is the name under which a node knows the tokens that the token
// command makes with the data directory's own key.
const localTokens = "urn:yizheng:local"

// node is a deployment that serves: the HTTP side, a checker that has its own
// lists from the register, and the workers that file with the library.
type node struct {
	*checker
	d       *deployment
	handler http.Handler
	workers workers // nil where no library is configured
	batches *jobs.Jobs
	changed chan struct{} // holds one when something is to be published

	// What is counted.
	issuing *issuing
	filing  *filing // nil where no library is configured
	rows    *prometheus.CounterVec

	courier *courier.Courier
	bureau  *bureau.Desk // nil: nobody logs in

	loading sync.Mutex
	loaded  map[string]uint64 // highest sequence of our own lists and records that the verifier has
	sender  *notice.Sender    // tells other deployments of changed lists; nil: there are none to tell
	told    map[uint32]uint64 // sequence of each list when that was last done
	seen    int64             // what writes gave before our own lists were last looked at
	begun   bool
}

// nodeOptions is what a node needs beside its data directory.
type nodeOptions struct {
	library *librarySettings   // nil: nothing is filed
	client  *http.Client       // for other issuers' lists; its Timeout bounds a fetch
	shared  *exchange.Exchange // with the other nodes of the deployment
	tracer  trace.Tracer       // nil: nothing is traced
	ending  *drain             // nil for a node whose end nobody waits for

	passphrase []byte // of on-line keys for the trust documents; none where they are not encrypted

	// Of a demonstration.
	accounts []bureau.Account       // of the desk
	holders  []api.HolderAccount    // who show their licenses
	tour     func() *pages.TourPage // in place of the home page; nil for that
}

// newNode builds a node. Nothing runs before run.
func newNode(ctx context.Context, d *deployment, o nodeOptions) (*node, error) {
	if err := d.press.seal.check(); err != nil {
		return nil, err
	}
	n := &node{d: d, changed: make(chan struct{}, 1), loaded: make(map[string]uint64), told: make(map[uint32]uint64), issuing: newIssuing(d.issuer), rows: newBatchRows()}
	tending, err := newTending(d.settings.Trust, d.dir, o.passphrase)
	if err != nil {
		return nil, err
	}
	statusKey, err := d.signer(keys.UseStatus)
	if err != nil {
		return nil, err
	}
	n.checker, err = newChecker(checkerConfig{
		tending:   tending,
		bundles:   statusKey,
		trustFile: trustPath(d.dir), region: d.settings.Region, own: d.settings.Region, closing: d.store.ClosingPart, history: d.listOfThen,
		client: o.client, shared: o.shared, clock: d.clock, log: d.log, replaced: n.reloadAll,
		printer: func() (*templates.Printer, error) { return d.press.printer, nil },
	}, d.bundle)
	if err != nil {
		return nil, err
	}
	if o.library != nil {
		n.filing = newFiling()
		if n.workers, err = newWorkers(d, *o.library, n.filing, o.tracer); err != nil {
			return nil, err
		}
	}
	n.batches, err = jobs.New(jobs.Config{Store: d.store, Issuer: n.issuing, Acts: n.issuing, Catalogue: d.catalogue, Watch: passing(n.rows),
		Folder: filepath.Join(d.dir, batchesFolder), Workers: max(1, runtime.NumCPU()/2), Clock: d.clock, Log: d.log})
	if err != nil {
		return nil, fmt.Errorf("configuring batches: %w", err)
	}
	n.courier, err = courier.New(courier.Config{Store: d.store, Trust: n.believed, Client: n.client, Clock: d.clock, Log: d.log})
	if err != nil {
		return nil, err
	}
	if n.sender, err = newSender(d.settings.Notify, d.settings.Reach, statusKey, d.clock, d.log); err != nil {
		return nil, err
	}
	if n.handler, err = n.build(o); err != nil {
		return nil, err
	}
	// Before they are loaded: what another node publishes from here on is seen
	// when the node runs, also if nobody writes after that.
	n.seen = n.writes(ctx)
	for _, begin := range []func(context.Context) error{d.publish, n.reload} {
		if err := patiently(ctx, d.log, func() error { return begin(ctx) }); err != nil {
			return nil, err
		}
	}
	n.begun = true
	return n, nil
}

// build makes the HTTP side.
func (n *node) build(o nodeOptions) (http.Handler, error) {
	d := n.d
	authenticator, provider, err := d.authenticator()
	if err != nil {
		return nil, err
	}
	disputes, err := d.disputes(n.believed)
	if err != nil {
		return nil, err
	}
	desk, inspectors, err := n.desk(authenticator, provider, o.accounts, disputes)
	if err != nil {
		return nil, err
	}
	issuing, err := d.office()
	if err != nil {
		return nil, err
	}
	jwks, err := d.ring.JWKS()
	if err != nil {
		return nil, fmt.Errorf("publishing the keys: %w", err)
	}
	checks := append(n.checks(), api.Check{Name: "register", Ready: n.register}, api.Check{Name: "keys", Ready: n.keys},
		api.Check{Name: "seal", Spared: true, Ready: n.seal}, api.Check{Name: "issuing", Spared: true, Ready: n.issues})
	if o.ending != nil {
		checks = append(checks, o.ending.check())
	}
	presenter, err := d.presenter()
	if err != nil {
		return nil, err
	}
	entrance, err := d.entrance(o.holders)
	if err != nil {
		return nil, err
	}
	proxies, err := proxiesOf(d.settings.Proxies)
	if err != nil {
		return nil, usage("configuration", err)
	}
	config, err := n.scanning(n.exporting(api.Config{
		URL: d.publicURL(), IssuerName: issuing.Name, Demonstration: d.settings.Demonstration,
		Verifier: n, Documents: n, Access: authenticator, Issuer: n.issuing, Register: d.store, Renderer: d.press, Batches: n.batches,
		Links: d.links(), Presenter: presenter, Entrance: entrance,
		Disputes: disputes,
		Changed:  n.wake,
		History:  d.listOfThen,
		Trust:    func() []byte { return n.believed().Published() },
		Keys:     func() []byte { return jwks },
		Region:   d.settings.Region, Metrics: append(n.metrics(), n.shared.Collectors()...),
		Checks:  checks,
		Limiter: n.shared, Once: n.shared, Proxies: proxies, Tracer: o.tracer, Desk: desk, Sessions: inspectors, Tour: o.tour,
		Log: d.log, Clock: d.clock,
	}))
	if err != nil {
		return nil, err
	}
	return api.New(config)
}

// exporting adds the export of licenses for the programs of others, where the
// district has a key for it: directories of before had none.
func (n *node) exporting(c api.Config) api.Config {
	exporter, err := n.d.exporter()
	if err != nil {
		n.d.log.Warn("licenses are not exported as credentials", "error", err)
		return c
	}
	c.Credentials = exporter
	c.CredentialIssuer = func() ([]byte, error) {
		return credential.Metadata(c.URL, credentialKeys(n.view.Load().bundle, c.Region))
	}
	return c
}

// wake asks that what has changed be published. It does not wait.
func (n *node) wake() {
	select {
	case n.changed <- struct{}{}:
	default: // one is asked for already, and will see this change too
	}
}

// authenticator accepts the tokens of the data directory's own key, and those
// of the identity provider in config.json, which is given too; nil where there
// is none.
func (d *deployment) authenticator() (*access.Authenticator, *access.OIDC, error) {
	c := access.Config{Audience: d.settings.audience(), Clock: d.clock}
	local, err := access.LoadSet(filepath.Join(accessDir(d.dir), "token.pub"))
	switch {
	case err == nil:
		c.Issuers = append(c.Issuers, access.Issuer{Name: localTokens, Keys: local})
	case !errors.Is(err, fs.ErrNotExist):
		return nil, nil, usage("access_key", fmt.Errorf("loading the key of tokens: %w", err))
	}
	var provider *access.OIDC
	if login := d.settings.Login; login != nil {
		if provider, err = access.NewOIDC(login.Issuer, nil, d.clock); err != nil {
			return nil, nil, usage("login", fmt.Errorf("configuring login: %w", err))
		}
		c.Issuers = append(c.Issuers, providerIssuer(login.Issuer, provider))
	}
	a, err := access.New(c)
	if err != nil {
		return nil, nil, usage("access", fmt.Errorf("configuring access: %w", err))
	}
	return a, provider, nil
}

// providerIssuer accepts what an identity provider signs, by the algorithms
// that providers have.
func providerIssuer(name string, provider *access.OIDC) access.Issuer {
	return access.Issuer{Name: name, Keys: provider, Algorithms: []string{"ES256", "EdDSA", "RS256", "PS256"}, AnyType: true}
}

// office gives the organ that issues, by today's catalogue.
func (d *deployment) office() (license.Authority, error) {
	today, err := d.catalogue.On(license.DateOf(d.clock()))
	if err != nil {
		return license.Authority{}, usage("region", fmt.Errorf("reading the catalogue: %w", err))
	}
	return today.Issuer, nil
}

// newDeliverer files with the library that the settings name. watch may be nil.
func newDeliverer(d *deployment, s librarySettings, watch *filing) (*library.Deliverer, error) {
	client, err := newLibraryClient(s, d.dir)
	if err != nil {
		return nil, err
	}
	var sender library.Sender = client
	if watch != nil {
		sender = watchedSender{client, watch}
	}
	deliverer, err := library.NewDeliverer(library.Config{Books: d.store, Sender: sender, Clock: d.clock, Log: d.log, PerSecond: s.PerSecond})
	if err != nil {
		return nil, fmt.Errorf("building the deliverer: %w", err)
	}
	return deliverer, nil
}

// newLibraryClient speaks to the library that the settings of dir, or flags,
// name.
func newLibraryClient(s librarySettings, dir string) (*library.Client, error) {
	var token []byte
	if s.TokenFile != "" {
		var err error
		if token, err = os.ReadFile(pathIn(dir, s.TokenFile)); err != nil {
			return nil, usage("library_token", fmt.Errorf("reading the library's token: %w", err))
		}
		if len(bytes.TrimSpace(token)) == 0 {
			return nil, usage("library_token", fmt.Errorf("%s is empty", s.TokenFile))
		}
	}
	client, err := library.NewClient(s.URL, string(token), nil, 0)
	if err != nil {
		return nil, usage("library", fmt.Errorf("configuring the library: %w", err))
	}
	return client, nil
}
