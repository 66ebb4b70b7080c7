// Package issuertest makes issuers for tests: the real catalogue, dictionary
// and format, keys made for the test, and a clock that the test sets. Start
// with [New].
package issuertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
)

// Region is the district whose catalogue the tests use.
const Region = license.Region("310105")

// Addresses of the issuer under test.
const (
	Prefix     = "https://zheng.example/v/"
	StatusBase = "https://zheng.example/status/"
)

// Clock is a clock that stands until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock gives a clock that stands at a morning in 2026.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, 7, 1, 2, 0, 0, 0, time.UTC)}
}

// Now reads the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Signer is an ES256 key made for a test.
type Signer struct {
	key    *ecdsa.PrivateKey
	public signature.PublicKey
}

// NewSigner makes a key.
func NewSigner(tb testing.TB) Signer {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	public, err := signature.NewPublicKey(&key.PublicKey)
	if err != nil {
		tb.Fatal(err)
	}
	return Signer{key, public}
}

// PublicKey implements signature.Signer.
func (s Signer) PublicKey() signature.PublicKey { return s.public }

// Sign implements signature.Signer.
func (s Signer) Sign(message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	r, sv, err := ecdsa.Sign(rand.Reader, s.key, digest[:])
	if err != nil {
		return nil, err
	}
	n := s.key.Params().N
	if sv.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		sv.Sub(n, sv)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	sv.FillBytes(sig[32:])
	return sig, nil
}

// Config gives the configuration of an issuer on the store. The test may
// change it before issuer.New.
func Config(tb testing.TB, store issuer.Store, clock *Clock) issuer.Config {
	tb.Helper()
	set, err := catalog.Load(Region)
	if err != nil {
		tb.Fatal(err)
	}
	dictionary, ok := payload.Builtin(Region)
	if !ok {
		tb.Fatalf("no dictionary for %s", Region)
	}
	return issuer.Config{
		Catalogue: set, Store: store, Dictionary: dictionary, Clock: clock.Now,
		Keys:   issuer.Keys{License: NewSigner(tb), Status: NewSigner(tb), Record: NewSigner(tb)},
		Prefix: Prefix, StatusBase: StatusBase, Demonstration: true,
	}
}

// New makes an issuer on the store.
func New(tb testing.TB, store issuer.Store, clock *Clock) *issuer.Issuer {
	tb.Helper()
	i, err := issuer.New(Config(tb, store, clock))
	if err != nil {
		tb.Fatal(err)
	}
	return i
}

// The applications that the tests begin with.
const (
	Store      = "convenience-store-8-permits.json"
	Restaurant = "restaurant-3-permits.json"
	Bookstore  = "bookstore-cafe-5-permits.json"
	Gym        = "gym-rare-characters.json"
)

// Application reads one of the applications.
func Application(tb testing.TB, name string) catalog.Application {
	tb.Helper()
	_, here, _, _ := runtime.Caller(0)
	b, err := os.ReadFile(filepath.Join(filepath.Dir(here), "..", "..", "examples", name))
	if err != nil {
		tb.Fatal(err)
	}
	app, err := catalog.ParseApplication(b)
	if err != nil {
		tb.Fatal(err)
	}
	return app
}

// Numbered gives an application of its own for each n: another holder with
// permits of other numbers.
func Numbered(tb testing.TB, n int) catalog.Application {
	tb.Helper()
	app := Application(tb, Bookstore)
	code, err := license.NewCreditCode(fmt.Sprintf("91310105MA1%06d", n))
	if err != nil {
		tb.Fatal(err)
	}
	app.Holder.CreditCode = code
	app.Holder.Name = fmt.Sprintf("上海番禺路第%d书店有限公司", n)
	kept := app.Permits[:0]
	for _, p := range app.Permits {
		if p.Matter != "食品经营许可" {
			p.Number = fmt.Sprintf("%s-%d", p.Number, n)
			kept = append(kept, p)
		}
	}
	app.Permits = kept
	return app
}

// Today is the day on which a new [Clock] stands.
func Today() license.Date { return license.DateOf(NewClock().Now()) }
