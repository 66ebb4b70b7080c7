package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/api/access"
	"yizheng/batch/jobs"
	"yizheng/catalog"
	"yizheng/document"
	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/notice"
	"yizheng/register"
	"yizheng/register/registertest"
	"yizheng/scan"
	"yizheng/signature"
	"yizheng/templates"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

const (
	address   = "https://zheng.example"
	tokenName = address + "/access"
	market    = "上海市长宁区市场监督管理局"
)

// world is a whole district: a real issuer on a real register, and a real
// verifier that trusts it, behind the handler under test.
type world struct {
	keys      issuer.Keys // the office's
	t         testing.TB
	handler   http.Handler
	config    api.Config
	clock     *issuertest.Clock
	issuer    *issuer.Issuer
	register  *register.Store
	bundle    *trust.Bundle
	lists     *verifier.Lists
	verifier  *verifier.Verifier
	batches   *jobs.Jobs
	links     *holder.Links
	presenter *holder.Presenter
	others    *verifiertest.World // all issuers, this one too
	key       *access.Key
	office    string // name of the issuing office
	log       bytes.Buffer
	strict    bool // every answer is held to the description
}

// Verify implements api.Verifier as a node does: with the lists that its own
// issuer publishes.
func (w *world) Verify(_ context.Context, text string) verifier.Result {
	return w.verifier.Verify(text, w.clock.Now())
}

// VerifyAsOf implements api.Verifier as a node does: with the list that its own
// issuer signs of then.
func (w *world) VerifyAsOf(ctx context.Context, text string, at time.Time) verifier.Result {
	m := verifier.NewMoment(w.bundle, at)
	r := w.verifier.VerifyAsOf(text, m, w.clock.Now())
	if _, query, asks := strings.Cut(r.Wanted, "?time="); asks {
		number, err := strconv.ParseUint(path.Base(strings.TrimSuffix(r.Wanted, "?time="+query)), 10, 32)
		if err != nil {
			w.t.Fatal(err)
		}
		if token, err := w.issuer.ListAt(ctx, w.register, uint32(number), at); err == nil {
			_ = m.Add([]byte(token)) // what is refused is part of the answer
		}
	}
	return w.verifier.VerifyAsOf(text, m, w.clock.Now())
}

// Document implements api.Documents as a node does.
func (w *world) Document(pdf []byte, text string, r verifier.Result) (*verifier.Document, error) {
	return document.Check(pdf, text, r, w.bundle, func() (*templates.Printer, error) { return templates.New(templates.Config{}) })
}

// publish builds what is due and hands it to the verifier.
func (w *world) publish() {
	ctx := context.Background()
	if _, err := w.issuer.Publish(ctx); err != nil {
		w.t.Fatal(err)
	}
	add := func(p issuer.Published) error { return w.lists.Add([]byte(p.Token)) }
	err := w.register.EachList(ctx, func(_ uint32, p issuer.Published) error { return add(p) })
	if err == nil {
		err = w.register.EachRecord(ctx, func(_ string, p issuer.Published) error { return add(p) })
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// drawing stands in for the printer, which has tests of its own.
type drawing struct{}

func (drawing) Document(_ context.Context, v issuer.Version, e templates.Edition) ([]byte, error) {
	return []byte("%PDF-1.7 " + v.License.Number + " " + e.Name()), nil
}
func (drawing) Copy(_ context.Context, v issuer.Version, text string, c templates.Copy) ([]byte, error) {
	return []byte("%PDF-1.7 " + text + " " + c.Recipient + " " + c.Maker), nil
}
func (drawing) CopyPicture(v issuer.Version, text string, c templates.Copy) ([]byte, error) {
	return []byte("picture " + text + " " + c.Recipient), nil
}
func (drawing) Specimen(l license.License, e templates.Edition) ([]byte, error) {
	return []byte("%PDF-1.7 specimen " + e.Name() + l.Holder.Name), nil
}
func (drawing) Draw(v issuer.Version, name string, e templates.Edition, width int) ([]byte, error) {
	return fmt.Appendf(nil, "%s %s %d %s", v.License.Number, name, width, e.Name()), nil
}

// newWorld makes a district. change may alter the configuration.
func newWorld(t testing.TB, change func(*api.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: issuertest.NewClock(), strict: true}
	w.register = registertest.Empty(t)
	var err error
	config := issuertest.Config(t, w.register, w.clock)
	if w.issuer, err = issuer.New(config); err != nil {
		t.Fatal(err)
	}
	catalogue, err := config.Catalogue.On(license.DateOf(w.clock.Now()))
	if err != nil {
		t.Fatal(err)
	}
	w.office = catalogue.Issuer.Name
	w.trusted(t, catalogue, config.Keys)

	if w.key, err = access.Generate(rand.Reader); err != nil {
		t.Fatal(err)
	}
	public, err := w.key.PublicSet()
	if err != nil {
		t.Fatal(err)
	}
	set, err := access.ParseSet(public)
	if err != nil {
		t.Fatal(err)
	}
	authenticator, err := access.New(access.Config{
		Audience: address, Issuers: []access.Issuer{{Name: tokenName, Keys: set}}, Clock: w.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.batches, err = jobs.New(jobs.Config{Store: w.register, Issuer: w.issuer, Acts: w.issuer, Catalogue: config.Catalogue,
		Folder: t.TempDir(), Workers: 2, Clock: w.clock.Now, Every: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	w.links = holder.NewLinks(w.register, w.clock.Now, rand.Reader)
	w.config = api.Config{
		Links: w.links, Presenter: w.presenter,
		Batches: w.batches,
		URL:     address, IssuerName: w.office, Demonstration: true, Verifier: w, Documents: w,
		Access: authenticator, Issuer: w.issuer, Register: w.register, Renderer: drawing{}, Changed: w.publish,
		Trust: w.bundle.Published, Keys: func() []byte { return []byte(`{"keys":[]}`) },
		Region: issuertest.Region, Clock: w.clock.Now, Log: slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Closing: w.register.ClosingPart,
		Read:    func(_ context.Context, file []byte) ([]string, error) { return scan.Read(file) },
		Noticed: func(_ context.Context, token string) error {
			switch token {
			case "unsigned":
				return signature.ErrKey
			case "rubbish":
				return notice.ErrMalformed
			}
			return nil
		},
		Bundle: func(context.Context, []license.Region) ([]byte, error) {
			return []byte(`{"statement":"a.b.c","trust":{},"lists":[]}`), nil
		},
		Scanner: http.NotFoundHandler(), Anchor: func() []byte {
			return []byte(`{"region":"310105","roots":[{"name":"city","territory":["31"],"version":1,"keys":[{}],"threshold":1}]}`)
		},
		Copies: func(_ context.Context, region license.Region) [][]byte {
			if region == issuertest.Region {
				return [][]byte{[]byte("a.b.c")}
			}
			return nil
		},
		Checks: []api.Check{{Name: "register", Ready: w.register.Ready}},
	}
	exporting(t, &w.config)
	w.keys = config.Keys
	w.config.Disputes = officeOf(t, w.register, func() *trust.Bundle { return w.bundle }, issuertest.Region, config.Keys.Record, w.clock)
	if change != nil {
		change(&w.config)
	}
	if w.handler, err = api.New(w.config); err != nil {
		t.Fatal(err)
	}
	return w
}

// trusted makes a trust bundle in which the district's keys stand, and the
// verifier that uses it.
func (w *world) trusted(t testing.TB, catalogue *catalog.Catalogue, keys issuer.Keys) {
	t.Helper()
	others, err := verifiertest.New()
	if err != nil {
		t.Fatal(err)
	}
	w.others = others
	entry := others.Issuer(issuertest.Region)
	entry.Disputes = address + "/disputes"
	entry.Name, entry.Code, entry.TypeCode = catalogue.Issuer.Name, catalogue.Issuer.Code, catalogue.TypeCode
	entry.VerifyURL, entry.StatusBase = issuertest.Prefix, issuertest.StatusBase
	since := verifiertest.Day("2020-01-01")
	entry.Keys = []trust.Key{
		{PublicKey: keys.License.PublicKey(), Use: trust.UseLicense, NotBefore: since},
		{PublicKey: keys.Status.PublicKey(), Use: trust.UseStatus, NotBefore: since},
		{PublicKey: keys.Record.PublicKey(), Use: trust.UseRecord, NotBefore: since},
		{PublicKey: entry.Presenter.PublicKey(), Use: trust.UsePresentation, NotBefore: since},
	}
	others.Authorities = catalogue.Authorities
	w.presenter, err = holder.NewPresenter(holder.Config{Signer: entry.Presenter, Clock: w.clock.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := others.Bundle(issuertest.Region, 7, w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if w.bundle, err = trust.Load(signed); err != nil {
		t.Fatal(err)
	}
	w.lists = verifier.NewLists(w.bundle)
	w.verifier, err = verifier.New(verifier.Config{Trust: w.bundle, Lists: w.lists})
	if err != nil {
		t.Fatal(err)
	}
}

// token makes a bearer token of the district.
func (w *world) token(authority string, scopes ...access.Scope) string {
	w.t.Helper()
	return w.tokenOf("窗口3", authority, scopes...)
}

func (w *world) tokenOf(subject, authority string, scopes ...access.Scope) string {
	w.t.Helper()
	token, err := access.Issue(w.key, access.Token{
		Issuer: tokenName, Audience: address, Subject: subject, Authority: authority, Scopes: scopes, Lifetime: time.Hour,
	}, w.clock.Now(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// asOffice makes a token of the issuing office with every scope.
func (w *world) asOffice() string { return w.token(w.office, access.Scopes()...) }

// request is one request of a test.
type request struct {
	method, path, token string
	key                 string // Idempotency-Key
	media               string
	body                string
	accept              string
	header              map[string]string
	from                string // the client's address
	wild                bool   // the request is meant not to fit the description
}

// do answers a request, and holds both it and the answer to the description.
func (w *world) do(r request) *httptest.ResponseRecorder {
	w.t.Helper()
	h := httptest.NewRequest(r.method, r.path, strings.NewReader(r.body))
	for name, value := range r.header {
		h.Header.Set(name, value)
	}
	for name, value := range map[string]string{"Content-Type": r.media, "Accept": r.accept, "Idempotency-Key": r.key} {
		if value != "" {
			h.Header.Set(name, value)
		}
	}
	if r.token != "" {
		h.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.from != "" {
		h.RemoteAddr = r.from
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, h)
	if w.strict {
		held(w.t, r, h, answer)
	}
	return answer
}

// want checks the status, and for errors the reason.
func (w *world) want(r request, status int, reason string) *httptest.ResponseRecorder {
	w.t.Helper()
	answer := w.do(r)
	if answer.Code != status {
		w.t.Fatalf("%s %s: status %d, want %d: %s", r.method, r.path, answer.Code, status, answer.Body)
	}
	if reason != "" {
		p := decoded[api.Problem](w.t, answer)
		if p.Reason != reason || p.Status != status || p.Title == "" || p.DetailZH == "" {
			w.t.Fatalf("%s %s: problem %+v, want reason %s", r.method, r.path, p, reason)
		}
		if p.RequestID == "" || p.RequestID != answer.Header().Get("X-Request-Id") {
			w.t.Errorf("request id %q", p.RequestID)
		}
	}
	return answer
}

func decoded[T any](t testing.TB, answer *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(answer.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v in %s", err, answer.Body)
	}
	return v
}

// issued issues one of the fixtures through the handler.
func (w *world) issued(name string) issuer.Issued {
	w.t.Helper()
	answer := w.want(request{method: "POST", path: "/v1/licenses", token: w.asOffice(), key: name, media: "application/json", body: fixture(w.t, name)}, 201, "")
	return decoded[issuer.Issued](w.t, answer)
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// failing is a verifier, or a part of one, that breaks.
type failing struct{}

func (failing) Verify(context.Context, string) verifier.Result { panic("out of order: secret cause") }
func (failing) VerifyAsOf(context.Context, string, time.Time) verifier.Result {
	panic("out of order: secret cause")
}

var errBroken = errors.New("broken: secret cause")

// unlimited lets everybody ask as often as they like.
type unlimited struct{}

func (unlimited) Allow(context.Context, string) (bool, time.Duration) { return true, 0 }
