// Package issuer is what the issuing district does: preview, issue, change,
// renew and withdraw licenses, act on single permits, and publish their
// status. Start with [New], then [Issuer.Issue].
//
// Issuing goes in one order, whatever happens: reserve the serial and the
// status entries, which read revoked until then; sign, and verify our own output;
// store it in one transaction, with the filing for the e-license library and the
// audit trail; and only then give the text away. A crash leaves a used serial or
// an issued license, and nothing in between. See docs/decisions/issuing-order.md.
package issuer

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"yizheng/catalog"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
)

// Checker verifies what was just issued the way a stranger would, its signature
// above all: text is the QR code's, want is what it must say, to the letter; nobody
// else compares the two. The license is not yet published, so its status is not
// to be asked for. An error stops the issue.
type Checker interface {
	Check(text string, want license.License) error
}

// ListChecker verifies a status list or a license record that is about to be
// published the way a stranger would. An error keeps it from being published.
type ListChecker interface {
	CheckList(token string) error
	// CheckPast does so for a status list as it was at an instant.
	CheckPast(token string, at time.Time) error
}

// Keys are the issuer's signers, one for each use.
type Keys struct {
	License signature.Signer
	Status  signature.Signer
	Record  signature.Signer
}

// Config is what an Issuer is made of.
type Config struct {
	Catalogue  *catalog.Set
	Store      Store
	Keys       Keys
	Dictionary *payload.Dictionary
	Prefix     string // of the text in the QR code, such as https://zheng.example/v/
	StatusBase string // of the addresses of status lists, such as https://zheng.example/status/

	Checker       Checker          // beside the built-in check that the text reads back; nil: the signature alone is checked as well
	ListChecker   ListChecker      // of what is published; nil for none
	Printer       Printer          // knows which characters can be printed; nil asks nobody
	Clock         func() time.Time // nil for the machine's
	Rand          io.Reader        // nil for the machine's; places of status entries and identities of batches are drawn from it
	Log           *slog.Logger     // nil for none
	Demonstration bool             // marks what is issued as worth nothing in law

	// Restored is when the store last came back from an old copy; zero for
	// never. Licenses of before may have versions that it does not know.
	Restored time.Time

	ListLifetime time.Duration // how long a status list and a record hold; 7 days when zero
	ListRenewal  time.Duration // the age at which Refresh signs a list anew; half of ListLifetime when zero
	ListTTL      time.Duration // how long a verifier may keep one without asking; 5 minutes when zero
}

// Issuer issues the licenses of one district. It is safe for concurrent use,
// and several may share one store.
type Issuer struct {
	c Config
}

// New checks the configuration. It reads and writes nothing.
func New(c Config) (*Issuer, error) {
	var missing []string
	for name, absent := range map[string]bool{
		"Catalogue": c.Catalogue == nil, "Store": c.Store == nil, "Dictionary": c.Dictionary == nil,
		"Keys.License": c.Keys.License == nil, "Keys.Status": c.Keys.Status == nil, "Keys.Record": c.Keys.Record == nil,
	} {
		if absent {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("an issuer needs %s", strings.Join(missing, ", "))
	}
	for name, address := range map[string]string{"Prefix": c.Prefix, "StatusBase": c.StatusBase} {
		if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") || !strings.HasSuffix(address, "/") {
			return nil, fmt.Errorf("%s %q is not an http address that ends in a slash", name, address)
		}
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.ListLifetime == 0 {
		c.ListLifetime = 7 * 24 * time.Hour
	}
	if c.ListTTL == 0 {
		c.ListTTL = 5 * time.Minute
	}
	if c.ListRenewal == 0 {
		c.ListRenewal = c.ListLifetime / 2
	}
	if c.ListRenewal < 0 || c.ListRenewal > c.ListLifetime {
		return nil, errors.New("ListRenewal and ListLifetime are not in that order")
	}
	if c.ListLifetime < 0 || c.ListTTL < 0 || c.ListTTL > c.ListLifetime {
		return nil, errors.New("ListTTL and ListLifetime are not in that order")
	}
	return &Issuer{c: c}, nil
}

// now is the instant in whole seconds of UTC, truncated here and nowhere else.
func (i *Issuer) now() time.Time { return i.c.Clock().UTC().Truncate(time.Second) }

// draw gives a random number.
func (i *Issuer) draw() (uint32, error) {
	var b [4]byte
	if _, err := io.ReadFull(i.c.Rand, b[:]); err != nil {
		return 0, fmt.Errorf("drawing a random number: %w", err)
	}
	return binary.BigEndian.Uint32(b[:]), nil
}

// batchID gives the identity of a new batch.
func (i *Issuer) batchID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(i.c.Rand, b[:]); err != nil {
		return "", fmt.Errorf("drawing the identity of a batch: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// catalogue gives the catalogue in force on the day of now.
func (i *Issuer) catalogue(now time.Time) (*catalog.Catalogue, error) {
	c, err := i.c.Catalogue.On(license.DateOf(now))
	if err != nil {
		return nil, fmt.Errorf("finding the catalogue in force: %w", err)
	}
	return c, nil
}
