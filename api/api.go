// Package api is the HTTP side: verification for everyone, the district's own
// work for those whose token allows it, what is published, and health. Start
// with [New], which gives the whole as an http.Handler, and routes.go, which
// has the whole route table in one function. The interface is described by
// openapi.yaml, which is served, and which tests hold every handler to.
//
// A handler decodes, checks, acts, renders and returns an error;
// problem.go is the one place where an error becomes a response.
package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"yizheng/api/access"
	"yizheng/api/login"
	"yizheng/batch/jobs"
	"yizheng/catalog"
	"yizheng/exchange"
	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/library/metadata"
	"yizheng/license"
	"yizheng/register"
	"yizheng/templates"
	"yizheng/templates/pages"
	"yizheng/verifier"
)

// Verifier says what a text is, now. It is used by many goroutines at once,
// and never fails: what is wrong with the text is the answer.
type Verifier interface {
	Verify(ctx context.Context, text string) verifier.Result
	// VerifyAsOf says what it was at a moment of the past, by what is known now.
	VerifyAsOf(ctx context.Context, text string, at time.Time) verifier.Result
}

// Documents says what a PDF is worth beside its code: text is the code that
// was found in it, and r what the Verifier made of that. It gives nil for a
// PDF that is no license's. It is used by many goroutines at once.
type Documents interface {
	Document(pdf []byte, text string, r verifier.Result) (*verifier.Document, error)
}

// Issuer is the issuing district's work. See issuer.Issuer for each promise.
type Issuer interface {
	Preview(ctx context.Context, app catalog.Application) (issuer.Draft, error)
	Issue(ctx context.Context, apps []catalog.Application, o issuer.Order) ([]issuer.Issued, error)
	Change(ctx context.Context, id string, app catalog.Application, o issuer.Order) (issuer.Issued, error)
	Renew(ctx context.Context, id string, app catalog.Application, o issuer.Order) (issuer.Issued, error)
	Withdraw(ctx context.Context, id, reason string, o issuer.Order) (issuer.LicenseWithdrawn, error)
	SetPermit(ctx context.Context, id, number string, act issuer.Act, reason string, o issuer.Order) (issuer.PermitActed, error)
}

// Register is what is read of the district's records, and where checks are
// recorded. What is not there is issuer.ErrNotFound.
type Register interface {
	Licenses
	Verifications
	Outbox
	Lists
	Copies
}

// Licenses are the issued versions.
type Licenses interface {
	Current(ctx context.Context, id string) (issuer.Version, error)
	Version(ctx context.Context, identifier string) (issuer.Version, error)
	Versions(ctx context.Context, base string) ([]issuer.RecordedVersion, error)
	Recent(ctx context.Context, until time.Time, limit int) ([]register.Found, error)
	RecentAfter(ctx context.Context, mark string, limit int) ([]register.Found, error)
	ByHolder(ctx context.Context, code license.CreditCode, limit int) ([]register.Found, error)
	ByHolderAfter(ctx context.Context, code license.CreditCode, mark string, limit int) ([]register.Found, error)
	ByNumber(ctx context.Context, number string) ([]register.Found, error)
	ByPermit(ctx context.Context, authority, number string, limit int) ([]register.Found, error)
}

// Verifications are the recorded checks. A record that is already there under
// its ID with another content is register.ErrRecorded.
type Verifications interface {
	AddVerification(ctx context.Context, v license.Verification) error
	Verifications(ctx context.Context, id string, limit int) ([]license.Verification, error)
}

// Outbox is what has and has not reached the e-license library.
type Outbox interface {
	Filings(ctx context.Context, license string) ([]metadata.Queued, error)
	FilingState(ctx context.Context) (register.FilingState, error)
	Backlog(ctx context.Context, after string, limit int) ([]string, error)
	DeadLetters(ctx context.Context, limit int) ([]metadata.Queued, error)
	Replay(ctx context.Context, license string, sequence int64, actor string, at time.Time) error
}

// Copies notes in the audit trail that a derived copy was made.
type Copies interface {
	NoteCopy(ctx context.Context, identifier, actor string, w holder.Wish, at time.Time) error
}

// Lists are the signed status lists and license records.
type Lists interface {
	Chunk(ctx context.Context, number uint32) (issuer.Chunk, error)
	Record(ctx context.Context, base string) (issuer.Record, error)
}

// Renderer draws what is issued.
type Renderer interface {
	// Document gives the sealed PDF of an issued version in an edition: the
	// one that was made, or one made now and kept. The same version gives the
	// same bytes for ever.
	Document(ctx context.Context, v issuer.Version, e templates.Edition) ([]byte, error)
	// Specimen draws a draft's document in an edition as a PDF that has no
	// code and no seal. Nothing is kept.
	Specimen(l license.License, e templates.Edition) ([]byte, error)
	// Copy gives the sealed PDF of a derived copy whose code is text, and
	// CopyPicture its first page as PNG. Nothing is kept.
	Copy(ctx context.Context, v issuer.Version, text string, c templates.Copy) ([]byte, error)
	CopyPicture(v issuer.Version, text string, c templates.Copy) ([]byte, error)
	// Draw draws what needs no seal, by its name: code.svg, code.png,
	// face.svg, face.png, card.png or counter.pdf. The edition is that of a
	// face; the width, in pixels, is that of face.png, 0 the usual.
	Draw(v issuer.Version, name string, e templates.Edition, width int) ([]byte, error)
}

// Batches does the work of files that have many rows. See jobs.Jobs for each
// promise.
type Batches interface {
	Receive(ctx context.Context, body io.Reader, o jobs.Order) (jobs.Job, error)
	Job(ctx context.Context, id string) (jobs.Job, error)
	List(ctx context.Context, authority string, limit int) ([]jobs.Job, error)
	Cancel(ctx context.Context, id string, by issuer.Actor) (jobs.Job, error)
	WriteFile(ctx context.Context, id, name string, began func() io.Writer) error
}

// Config is what the HTTP side is made of. A node that only verifies has no
// Issuer, Register and Renderer, and then none of the routes that need them.
type Config struct {
	URL           string // where the public reaches this deployment, without a slash at the end
	IssuerName    string // of the issuing office, as tokens name their authority; required with Issuer
	Demonstration bool   // the home page says so

	Verifier  Verifier  // required
	Documents Documents // required: what an uploaded PDF is worth beside its code

	Access   *access.Authenticator // required with Issuer or Register
	Issuer   Issuer                // nil: this node issues nothing
	Register Register              // nil: this node keeps no records
	Renderer Renderer              // nil: no documents
	Batches  Batches               // nil: no files of many rows
	// Credentials exports licenses for the programs of others, and
	// CredentialIssuer gives the metadata by which they find its keys. Both or
	// neither; nil: nothing is exported.
	Credentials      Credentials
	CredentialIssuer func() ([]byte, error)
	// Links and Presenter let holders show their licenses. Both or neither,
	// with Register and Renderer; nil: there are no holder pages.
	Links     Links
	Presenter Presenter
	// Entrance lets businesses log in to the same pages; needs Links. Nil: they
	// open by a link alone.
	Entrance *Entrance
	Disputes Disputes // nil: none are filed or taken in; needs Register and IssuerName
	// Changed is called after each request that changed something which is
	// published, so that status lists can be built at once. It must not wait.
	Changed func()

	// Copies gives the signed status lists of a region's issuer, as this node
	// has them: its own, and copies of what others publish. A region that is
	// not on the trust list has none. Nil: they are not handed out.
	Copies func(ctx context.Context, region license.Region) [][]byte
	// Closing gives a closing list that the trust list names, or a chunk of
	// one, by its digest: our own, and those of other issuers, for pages that
	// must not speak to other hosts. issuer.ErrNotFound for what it does not
	// know, ErrIssuerAway for what it cannot have now. Nil: they are not handed
	// out.
	Closing func(ctx context.Context, digest string) ([]byte, error)
	// Bundle makes one signed file for whoever goes off line, of the trust
	// documents, the status lists and the closing lists of some regions, which
	// are in order, each once. Nil: this node has no key for it.
	Bundle func(ctx context.Context, regions []license.Region) ([]byte, error)
	// History gives the signed status list of a number as it was at an instant;
	// issuer.ErrNoHistory where there is none. Nil: there is no looking back.
	History func(ctx context.Context, number uint32, at time.Time) (token string, err error)
	// Sequence gives the sequence that this node knows the status list of an
	// address to have, so that no older copy is given out; nil: none is known.
	Sequence func(address string) uint64
	// Noticed takes an issuer's signed notice that lists of its have changed.
	// It must not wait for them. Nil: notices are not taken.
	Noticed func(ctx context.Context, token string) error
	// Scanner serves the offline scanner page under /scan, and Anchor is what
	// the page is to believe: the roots that this deployment was given. Both
	// or neither; nil: there is no such page.
	Scanner http.Handler
	Anchor  func() []byte

	// Tour gives the page that guides through a demonstration, in place of the
	// home page; nil while there is none, and where this is no demonstration.
	Tour func() *pages.TourPage
	// Desk serves the issuer's desk under /desk; nil: there is none here.
	Desk http.Handler
	// Sessions are who is logged in at the desk: they may record checks on
	// result pages. With Desk and Register; nil: nobody does.
	Sessions *login.Sessions

	Trust func() []byte // the published trust documents as JSON, without roots; nil: not published
	Keys  func() []byte // the JWK set of the issuer's public keys; nil: not published

	Region  license.Region         // where checks are recorded to be made; required with Register
	Checks  []Check                // what /readyz asks
	Metrics []prometheus.Collector // counted beside our own
	Tracer  trace.Tracer           // of requests; nil: none is traced
	Limiter Limiter                // of anonymous verification; nil for the usual rate, of this node alone
	Once    Once                   // which live codes have counted; nil for this node alone
	Read    Reader                 // finds the codes in files
	Scans   int                    // files read at once; zero for 2
	Proxies []netip.Prefix         // whose X-Forwarded-For is believed; none: nobody's

	Log   *slog.Logger     // nil for none
	Clock func() time.Time // nil for the machine's
	Rand  io.Reader        // nil for the machine's
}

// Reader gives the texts of the QR codes in a picture or document, as
// [yizheng/scan.Read] does. Files are anybody's: a server has it read in a process
// of its own, see [yizheng/scan/apart].
type Reader func(ctx context.Context, file []byte) (texts []string, err error)

// server is the handlers' receiver.
type server struct {
	c       Config
	log     *slog.Logger
	metrics *metrics
	scans   chan struct{}
	uploads chan struct{} // files of many rows that are being taken in
	watches chan struct{} // streams of events
	shelf   *shelf
	parts   *parts
	lineage *lineage
	foreign *http.CrossOriginProtection
	answers sync.Pool // of *[]byte, in which results are written
	zips    sync.Pool // of *gzip.Writer
}

// New checks the configuration and gives the handler.
func New(c Config) (http.Handler, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("configuring the HTTP side: %w", err)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Scans == 0 {
		c.Scans = 2
	}
	if c.Changed == nil {
		c.Changed = func() {}
	}
	if c.Limiter == nil || c.Once == nil {
		alone, err := exchange.New(exchange.Config{Clock: c.Clock})
		if err != nil {
			return nil, fmt.Errorf("configuring the limit: %w", err)
		}
		if c.Limiter == nil {
			c.Limiter = alone
		}
		if c.Once == nil {
			c.Once = alone
		}
	}
	m, err := newMetrics(c.Checks, c.Metrics)
	if err != nil {
		return nil, fmt.Errorf("configuring metrics: %w", err)
	}
	s := &server{c: c, log: c.Log, metrics: m, scans: make(chan struct{}, c.Scans),
		uploads: make(chan struct{}, maxUploads), watches: make(chan struct{}, maxWatches), lineage: newLineage()}
	if s.foreign, err = login.OwnForms(c.URL); err != nil {
		return nil, err
	}
	if c.Register != nil {
		s.shelf = newShelf(c.Register, c.Clock)
	}
	s.parts = newParts(c.Closing)
	e := echo.New()
	e.HTTPErrorHandler = s.answerError
	e.IPExtractor = told(extractor(c.Proxies), c.Proxies, c.Log)
	if c.Tracer != nil {
		e.Use(s.traced)
	}
	e.Use(s.observed, s.guarded, s.identified, recovered)
	s.routes(e)
	return e, nil
}

func (c *Config) check() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.HasSuffix(c.URL, "/"):
		return fmt.Errorf("URL %q is no address without a slash at its end", c.URL)
	case c.Verifier == nil || c.Documents == nil:
		return errors.New("no Verifier, or no Documents")
	case (c.Issuer != nil || c.Register != nil) && c.Access == nil:
		return errors.New("Issuer and Register need Access")
	case c.Issuer != nil && (c.Register == nil || c.IssuerName == ""):
		return errors.New("Issuer needs Register and IssuerName")
	case c.Batches != nil && c.Issuer == nil:
		return errors.New("Batches needs Issuer")
	case (c.Links == nil) != (c.Presenter == nil) || c.Links != nil && (c.Register == nil || c.Renderer == nil):
		return errors.New("Links and Presenter need each other, Register and Renderer")
	case c.Disputes != nil && (c.Register == nil || c.IssuerName == ""):
		return errors.New("Disputes needs Register and IssuerName")
	case c.Entrance != nil && c.Links == nil:
		return errors.New("an Entrance needs Links: it leads to the pages of holders")
	case c.Renderer != nil && c.Register == nil:
		return errors.New("Renderer needs Register")
	case c.Credentials != nil && c.Register == nil:
		return errors.New("Credentials needs Register")
	case (c.Credentials == nil) != (c.CredentialIssuer == nil):
		return errors.New("one of Credentials and CredentialIssuer without the other")
	case c.Register != nil && !c.Region.WellFormed():
		return errors.New("Register needs Region")
	case (c.Scanner == nil) != (c.Anchor == nil):
		return errors.New("one of Scanner and Anchor without the other")
	case c.Sessions != nil && (c.Desk == nil || c.Register == nil):
		return errors.New("sessions need Desk, where people log in, and Register")
	case c.Tour != nil && !c.Demonstration:
		return errors.New("only a demonstration has a Tour")
	case c.Read == nil:
		return errors.New("nobody reads the files that are handed in")
	case c.Scans < 0:
		return errors.New("a limit is negative")
	}
	return c.Entrance.check(c.Demonstration)
}
