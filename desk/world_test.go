package desk_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"yizheng/api/access"
	"yizheng/api/login"
	"yizheng/batch/jobs"
	"yizheng/catalog"
	"yizheng/desk"
	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/library/metadata"
	"yizheng/license"
	"yizheng/register"
	"yizheng/register/postgrestest"
	"yizheng/register/registertest"
	"yizheng/templates"
)

const (
	address = "https://zheng.example"
	office  = "上海市长宁区政务服务办公室"
	market  = "上海市长宁区市场监督管理局"
	culture = "上海市长宁区文化和旅游局"
)

// people are who may log in, by name.
var people = []desk.Account{
	{Name: "office", Grant: access.Grant{Issuer: "i", Subject: "窗口3", Authority: office, Scopes: access.Scopes()}},
	{Name: "reader", Grant: access.Grant{Issuer: "i", Subject: "查阅", Authority: office, Scopes: []access.Scope{access.LicenseRead}}},
	{Name: "market", Grant: access.Grant{Issuer: "i", Subject: "市场", Authority: market, Scopes: []access.Scope{access.LicenseRead, access.PermitWrite}}},
	{Name: "culture", Grant: access.Grant{Issuer: "i", Subject: "文旅", Authority: culture, Scopes: []access.Scope{access.LicenseRead, access.PermitWrite}}},
	// A department that was granted the office's scopes is no office.
	{Name: "pretender", Grant: access.Grant{Issuer: "i", Subject: "冒充", Authority: market, Scopes: access.Scopes()}},
	{Name: "unbound", Grant: access.Grant{Issuer: "i", Subject: "无机关", Scopes: access.Scopes()}},
	{Name: "inspector", Grant: access.Grant{Issuer: "i", Subject: "检查", Authority: market, Scopes: []access.Scope{access.VerificationWrite}}},
	{Name: "nothing", Grant: access.Grant{Issuer: "i", Subject: "无权限", Authority: office}},
}

// world is a whole district behind the desk under test.
type world struct {
	t         *testing.T
	desk      *desk.Desk
	config    desk.Config
	clock     *issuertest.Clock
	issuer    *issuer.Issuer
	register  *register.Store
	batches   *jobs.Jobs
	catalogue *catalog.Catalogue
	published int // how often something was to be published
	log       bytes.Buffer
	expiry    desk.Expiry
	closing   chan struct{} // of the server
}

// drawing stands in for the printer, which has tests of its own.
type drawing struct{}

func (drawing) Document(_ context.Context, v issuer.Version, e templates.Edition) ([]byte, error) {
	return []byte("%PDF " + v.License.Number + e.Name()), nil
}
func (drawing) Draw(v issuer.Version, name string, _ templates.Edition, _ int) ([]byte, error) {
	return []byte(v.License.Number + name), nil
}
func (drawing) SpecimenPicture(l license.License, _ int) ([]byte, error) {
	return []byte("picture of " + l.Holder.Name), nil
}

// create makes the register of a world. [TestOnPostgreSQL] puts it elsewhere.
var create = func(ctx context.Context, t *testing.T) (*register.Store, error) {
	return registertest.Empty(t), nil
}

// TestOnPostgreSQL goes through the desk on the other database: what reads and
// writes there is the same code, by other statements.
func TestOnPostgreSQL(t *testing.T) {
	file := create
	defer func() { create = file }()
	create = func(ctx context.Context, t *testing.T) (*register.Store, error) {
		return register.CreatePostgres(ctx, register.Postgres{URL: postgrestest.Database(t)})
	}
	for name, test := range map[string]func(*testing.T){
		"IssueForm":           TestIssueForm,
		"ChangeForm":          TestChangeForm,
		"ForeignForms":        TestForeignForms,
		"Headers":             TestHeaders,
		"LoginGoesOn":         TestLoginGoesOn,
		"NoAccountsInService": TestNoAccountsInService,
		"LicensePage":         TestLicensePage,
		"Search":              TestSearch,
		"Acts":                TestActs,
		"Withdraw":            TestWithdraw,
		"Overview":            TestOverview,
		"WrongInput":          TestWrongInput,
		"HolderLink":          TestHolderLink,
		"RegisterAway":        TestRegisterAway,
		"Library":             TestLibrary,
		"LibraryPages":        TestLibraryPages,
		"Expiring":            TestExpiring,
		"Statistics":          TestStatistics,
		"Batch":               TestBatch,
		"BatchFaults":         TestBatchFaults,
		"BatchStops":          TestBatchStops,
		"BatchEvents":         TestBatchEvents,
		"Disputes":            TestDisputes,
	} {
		t.Run(name, test)
	}
}

func newWorld(t *testing.T, change func(*desk.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: issuertest.NewClock(), closing: make(chan struct{})}
	ctx := context.Background()
	var err error
	if w.register, err = create(ctx, t); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.register.Close() })
	config := issuertest.Config(t, w.register, w.clock)
	if w.issuer, err = issuer.New(config); err != nil {
		t.Fatal(err)
	}
	if w.catalogue, err = config.Catalogue.On(license.DateOf(w.clock.Now())); err != nil {
		t.Fatal(err)
	}
	if w.catalogue.Issuer.Name != office {
		t.Fatalf("the office is %s", w.catalogue.Issuer.Name)
	}
	w.batches, err = jobs.New(jobs.Config{Store: w.register, Issuer: w.issuer, Acts: w.issuer, Catalogue: config.Catalogue,
		Folder: t.TempDir(), Workers: 2, Clock: w.clock.Now, Every: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := login.NewSessions(login.SessionsConfig{Store: w.register, Name: "desk", Secure: true, Clock: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	w.expiry = desk.Expiry{TrustList: w.clock.Now().AddDate(0, 0, 30), Seal: w.clock.Now().AddDate(2, 0, 0)}
	w.config = desk.Config{
		URL: address, IssuerName: office, Region: issuertest.Region, Sessions: sessions, Accounts: people,
		Issuer: w.issuer, Register: w.register, Renderer: drawing{}, Batches: w.batches, Links: holder.NewLinks(w.register, w.clock.Now, rand.Reader), Catalogue: config.Catalogue,
		Changed: func() { w.published++ }, Expiry: func() desk.Expiry { return w.expiry },
		Closing: func(context.Context) <-chan struct{} { return w.closing },
		Issuers: func(code string) string {
			if code == string(w.catalogue.Issuer.Code) {
				return office
			}
			return ""
		},
		Demonstration: true, Clock: w.clock.Now, Log: slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&w.config)
	}
	if w.desk, err = desk.New(w.config); err != nil {
		t.Fatal(err)
	}
	return w
}

// browser is a browser in which somebody is logged in, or nobody.
type browser struct {
	w       *world
	cookies map[string]string
	token   string // of the last page's forms
	where   string // the page that was shown last
	page    string
	status  int
	header  http.Header
}

func (w *world) browser() *browser { return &browser{w: w, cookies: map[string]string{}} }

// as logs somebody in.
func (w *world) as(name string) *browser {
	w.t.Helper()
	b := w.browser()
	for n, p := range people {
		if p.Name == name {
			b.post("/desk/login/account", url.Values{"account": {string(rune('0' + n))}})
			if b.status != http.StatusOK || len(b.cookies) != 1 {
				w.t.Fatalf("logging in as %s: %d at %s, %v", name, b.status, b.where, b.cookies)
			}
			return b
		}
	}
	w.t.Fatalf("there is no %s", name)
	return nil
}

var formToken = regexp.MustCompile(`name="token" value="([^"]+)"`)

// send sends one request, keeps the cookies, and follows no redirect.
func (b *browser) send(r *http.Request) {
	b.w.t.Helper()
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer := httptest.NewRecorder()
	answer.Header().Set("X-Request-Id", "request-1")
	b.w.desk.ServeHTTP(answer, r)
	for _, c := range answer.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	b.status, b.page, b.header = answer.Code, answer.Body.String(), answer.Result().Header
	if m := formToken.FindStringSubmatch(b.page); m != nil {
		b.token = m[1]
	}
}

// get opens an address, and where that leads.
func (b *browser) get(path string) *browser {
	b.w.t.Helper()
	for range 5 {
		b.where = path
		r := httptest.NewRequest(http.MethodGet, address+path, nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		b.send(r)
		if b.status != http.StatusSeeOther {
			return b
		}
		path = b.header.Get("Location")
	}
	b.w.t.Fatalf("%s leads nowhere", path)
	return b
}

// post sends a form with the token of the page that was shown last, and opens
// where that leads.
func (b *browser) post(path string, form url.Values) *browser {
	b.w.t.Helper()
	form.Set("token", b.token)
	b.where = path
	r := httptest.NewRequest(http.MethodPost, address+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	b.send(r)
	if b.status == http.StatusSeeOther {
		b.get(b.header.Get("Location"))
	}
	return b
}

// want checks the page that is shown.
func (b *browser) want(status int, says ...string) *browser {
	b.w.t.Helper()
	if b.status != status {
		b.w.t.Fatalf("%s: status %d, want %d: %.1500s", b.where, b.status, status, text(b.page))
	}
	for _, s := range says {
		if !strings.Contains(b.page, s) {
			b.w.t.Errorf("%s does not say %q: %.1500s", b.where, s, text(b.page))
		}
	}
	return b
}

// never checks what the page does not say.
func (b *browser) never(says ...string) *browser {
	b.w.t.Helper()
	for _, s := range says {
		if strings.Contains(b.page, s) {
			b.w.t.Errorf("%s says %q", b.where, s)
		}
	}
	return b
}

var tags = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>|\s+`)

func text(page string) string { return tags.ReplaceAllString(page, " ") }

// issued issues an application by the issuer itself.
func (w *world) issued(apps ...catalog.Application) []issuer.Issued {
	w.t.Helper()
	issued, err := w.issuer.Issue(context.Background(), apps, issuer.Order{Actor: issuer.Operator("test")})
	if err != nil {
		w.t.Fatal(err)
	}
	return issued
}

func (w *world) bookstore() license.License {
	w.t.Helper()
	return w.issued(issuertest.Application(w.t, issuertest.Bookstore))[0].License
}

// fields is an application as a form sends it.
func fields(app catalog.Application) url.Values {
	v := url.Values{"industry": {app.Industry}, "holder.name": {app.Holder.Name}, "holder.creditCode": {string(app.Holder.CreditCode)},
		"holder.representative": {app.Holder.Representative}, "holder.premises": {app.Holder.Premises}}
	for n, p := range app.Permits {
		at := "permits[" + string(rune('0'+n)) + "]."
		for name, value := range map[string]string{"matter": p.Matter, "number": p.Number, "authority": p.Authority, "scope": p.Scope, "conditions": p.Conditions,
			"premises": p.Premises, "validFrom": p.ValidFrom.String(), "validUntil": p.ValidUntil.String()} {
			v.Set(at+name, value)
		}
		if p.Commitment {
			v.Set(at+"commitment", "yes")
		}
	}
	return v
}

// hidden gives the value of a hidden field of the page.
func (b *browser) hidden(name string) string {
	b.w.t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(b.page)
	if m == nil {
		b.w.t.Fatalf("%s has no field %s: %.800s", b.where, name, text(b.page))
	}
	return m[1]
}

// dead makes the first event of a license a dead letter.
func (w *world) dead(l license.License) {
	w.t.Helper()
	if err := w.register.Failed(context.Background(), l.Identifier.Base(), 1, "zzmc_missing: 缺少证照类型名称", time.Time{}, true); err != nil {
		w.t.Fatal(err)
	}
	letters, err := w.register.DeadLetters(context.Background(), 10)
	if err != nil || len(letters) == 0 || letters[0].State != metadata.Dead {
		w.t.Fatalf("%v, %v", letters, err)
	}
}
