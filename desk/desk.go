// Package desk is the issuer's desk (/desk): the pages at which the service
// office and the departments work. Start with [New], which gives the whole as
// an http.Handler, and routes.go, which has every route with the right that it
// asks for.
//
// The desk decides nothing about licenses: it calls what the HTTP interface
// calls, in the name of whoever is logged in, whose rights are those of their
// bearer token. Everything works without JavaScript. What is seen is in
// templates/desk.
package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"yizheng/api/access"
	"yizheng/api/login"
	"yizheng/batch/jobs"
	"yizheng/catalog"
	"yizheng/dispute"
	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/library/metadata"
	"yizheng/license"
	"yizheng/register"
	"yizheng/templates"
)

// Issuer is the issuing district's work. See issuer.Issuer for each promise.
type Issuer interface {
	Preview(ctx context.Context, app catalog.Application) (issuer.Draft, error)
	PreviewChange(ctx context.Context, verb, id string, app catalog.Application) (issuer.Draft, error)
	Issue(ctx context.Context, apps []catalog.Application, o issuer.Order) ([]issuer.Issued, error)
	Change(ctx context.Context, id string, app catalog.Application, o issuer.Order) (issuer.Issued, error)
	Renew(ctx context.Context, id string, app catalog.Application, o issuer.Order) (issuer.Issued, error)
	Withdraw(ctx context.Context, id, reason string, o issuer.Order) (issuer.LicenseWithdrawn, error)
	SetPermit(ctx context.Context, id, number string, act issuer.Act, reason string, o issuer.Order) (issuer.PermitActed, error)
	CheckPermit(ctx context.Context, id, number string, act issuer.Act, reason string, actor issuer.Actor) (issuer.PermitActed, error)
}

// Register is what is read of the district's records. What is not there is
// issuer.ErrNotFound. See register.Store for each promise.
type Register interface {
	Current(ctx context.Context, id string) (issuer.Version, error)
	Version(ctx context.Context, identifier string) (issuer.Version, error)
	Versions(ctx context.Context, base string) ([]issuer.RecordedVersion, error)
	List(ctx context.Context, f register.Filter, mark string, limit int) (register.List, error)
	Audit(ctx context.Context, subject string) ([]register.Audited, error)
	Verifications(ctx context.Context, id string, limit int) ([]license.Verification, error)
	Tallies(ctx context.Context, from, to license.Date, now time.Time) ([]register.Tally, error)

	Filings(ctx context.Context, license string) ([]metadata.Queued, error)
	Pending(ctx context.Context, license string, limit int) ([]metadata.Queued, error)
	FilingState(ctx context.Context) (register.FilingState, error)
	Backlog(ctx context.Context, after string, limit int) ([]string, error)
	DeadLetters(ctx context.Context, limit int) ([]metadata.Queued, error)
	Replay(ctx context.Context, license string, sequence int64, actor string, at time.Time) error
	Hurry(ctx context.Context, license string) error
}

// Renderer draws what is issued, and what would be.
type Renderer interface {
	Document(ctx context.Context, v issuer.Version, e templates.Edition) ([]byte, error)
	Draw(v issuer.Version, name string, e templates.Edition, width int) ([]byte, error)
	// SpecimenPicture draws the first page of a draft's document as a PNG
	// that is so many pixels wide, with no code and no seal.
	SpecimenPicture(l license.License, width int) ([]byte, error)
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

// Links are those by which holders show their licenses. See holder.Links for
// each promise.
type Links interface {
	Make(ctx context.Context, of license.CreditCode, by string) (holder.Token, holder.Link, error)
	Of(ctx context.Context, of license.CreditCode) ([]holder.Link, error)
	Revoke(ctx context.Context, of license.CreditCode, id, by string) error
}

// Disputes are those that were filed here, and with this office. See
// dispute.Office for each promise.
type Disputes interface {
	Answer(ctx context.Context, id string, r dispute.Reply) (dispute.Kept, error)
	Find(ctx context.Context, id string) (dispute.Kept, error)
	List(ctx context.Context, f dispute.Filter) ([]dispute.Kept, error)
}

// Login is where people log in. See login.Provider for each promise.
type Login interface {
	Begin(ctx context.Context) (string, login.Attempt, error)
	Finish(ctx context.Context, a login.Attempt, answer url.Values) (access.Grant, error)
	Goodbye(ctx context.Context, back string) string
}

// Account is a person of a demonstration, who is let in without a password.
type Account struct {
	Name, NameEN string // who that is, on the page
	Grant        access.Grant
}

// Expiry is when something ends without which the desk's work does not count.
type Expiry struct {
	TrustList time.Time // from then on verifiers say "unknown" of every license
	TrustLate bool      // somebody has to see to that: nobody states that it counts, or it is to be signed anew
	Seal      time.Time // from then on no document is sealed
}

// Config is what the desk is made of. All is required but what says otherwise.
type Config struct {
	URL        string // where the deployment is reached, without a slash at the end
	IssuerName string // of the issuing office, as tokens name their authority
	Region     license.Region

	Sessions  *login.Sessions
	Login     Login     // nil: nobody logs in but the accounts
	Accounts  []Account // of a demonstration only
	Issuer    Issuer
	Register  Register
	Renderer  Renderer
	Batches   Batches
	Links     Links
	Disputes  Disputes // nil: there are none
	Catalogue *catalog.Set
	Changed   func()        // called after what changed something that is published; it must not wait
	Expiry    func() Expiry // asked for the overview
	// Closing gives a channel that is closed when the server of a request is
	// about to end, so that streams of events end too.
	Closing func(context.Context) <-chan struct{}
	// Issuers names organs by their credit code, for the statistics of checks;
	// empty for one that is not known.
	Issuers func(code string) string

	Demonstration bool             // every page says so
	Log           *slog.Logger     // nil for none
	Clock         func() time.Time // nil for the machine's
	Rand          io.Reader        // nil for the machine's
}

// Root is the address of the desk on its host; all that is its own lies below.
const Root = "/desk"

// Desk serves the pages. It is safe for concurrent use.
type Desk struct {
	c       Config
	log     *slog.Logger
	mux     *http.ServeMux
	foreign *http.CrossOriginProtection
	uploads chan struct{} // files that are being taken in
	watches chan struct{} // streams of events
}

// How many files are taken in, and how many streams are watched, at once.
const (
	maxUploads = 2
	maxWatches = 50
)

// New checks the configuration and gives the desk.
func New(c Config) (*Desk, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("configuring the desk: %w", err)
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
	foreign, err := login.OwnForms(c.URL)
	if err != nil {
		return nil, fmt.Errorf("configuring the desk: %w", err)
	}
	d := &Desk{c: c, log: c.Log, mux: http.NewServeMux(), foreign: foreign,
		uploads: make(chan struct{}, maxUploads), watches: make(chan struct{}, maxWatches)}
	d.routes()
	return d, nil
}

func (c *Config) check() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || strings.HasSuffix(c.URL, "/"):
		return fmt.Errorf("URL %q is no address without a slash at its end", c.URL)
	case c.Sessions == nil || c.Issuer == nil || c.Register == nil || c.Renderer == nil || c.Batches == nil || c.Links == nil || c.Catalogue == nil:
		return errors.New("required are Sessions, Issuer, Register, Renderer, Batches, Links and Catalogue")
	case c.IssuerName == "" || !c.Region.WellFormed() || c.Changed == nil || c.Expiry == nil || c.Issuers == nil || c.Closing == nil:
		return errors.New("required are IssuerName, Region, Changed, Expiry, Issuers and Closing")
	case len(c.Accounts) > 0 && !c.Demonstration:
		return errors.New("accounts without a password are for demonstrations only")
	case c.Login == nil && len(c.Accounts) == 0:
		return errors.New("nobody could log in")
	}
	return nil
}

func (d *Desk) now() time.Time { return d.c.Clock().UTC().Truncate(time.Second) }

func (d *Desk) today() license.Date { return license.DateOf(d.now()) }
