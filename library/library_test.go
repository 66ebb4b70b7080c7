package library_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/library"
	"yizheng/library/metadata"
	"yizheng/license"
	"yizheng/register"
	"yizheng/register/postgrestest"
)

var operator = issuer.Operator("window 3")

// site is a district with its register, and a library over HTTP.
type site struct {
	t         *testing.T
	clock     *issuertest.Clock
	store     *register.Store
	issuer    *issuer.Issuer
	receiver  *library.Receiver
	server    *httptest.Server
	client    *library.Client
	deliverer *library.Deliverer
}

const token = "secret-of-the-test"

// newSite is a site on SQLite.
func newSite(t *testing.T) *site {
	t.Helper()
	queue, err := library.NewQueue(nil)
	if err != nil {
		t.Fatal(err)
	}
	store, err := register.Create(context.Background(), filepath.Join(t.TempDir(), "register.db"), register.Config{Queue: queue})
	if err != nil {
		t.Fatal(err)
	}
	return newSiteOn(t, store)
}

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(t *testing.T, s *site)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newSite(t)) })
	t.Run("postgres", func(t *testing.T) {
		queue, err := library.NewPostgresQueue(nil)
		if err != nil {
			t.Fatal(err)
		}
		store, err := register.CreatePostgres(context.Background(), register.Postgres{URL: postgrestest.Database(t), Queue: queue})
		if err != nil {
			t.Fatal(err)
		}
		test(t, newSiteOn(t, store))
	})
}

func newSiteOn(t *testing.T, store *register.Store) *site {
	t.Helper()
	ctx := context.Background()
	s := &site{t: t, clock: issuertest.NewClock(), store: store}
	var err error
	t.Cleanup(func() { closing(t, s.store.Close) })
	s.issuer = issuertest.New(t, s.store, s.clock)
	s.receiver, err = library.NewReceiver(ctx, library.ReceiverConfig{
		Path: filepath.Join(t.TempDir(), "library.db"), Token: token, Clock: s.clock.Now, Controls: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closing(t, s.receiver.Close) })
	s.server = httptest.NewServer(s.receiver)
	t.Cleanup(s.server.Close)
	s.client = s.newClient(time.Second)
	s.deliverer = s.newDeliverer(library.Config{})
	return s
}

func closing(t *testing.T, f func() error) {
	t.Helper()
	if err := f(); err != nil {
		t.Error(err)
	}
}

func (s *site) newClient(timeout time.Duration) *library.Client {
	s.t.Helper()
	transport := &http.Transport{}
	s.t.Cleanup(transport.CloseIdleConnections)
	c, err := library.NewClient(s.server.URL, token+"\n", transport, timeout)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *site) newDeliverer(c library.Config) *library.Deliverer {
	s.t.Helper()
	c.Books, c.Clock = s.store, s.clock.Now
	if c.Sender == nil {
		c.Sender = s.client
	}
	d, err := library.NewDeliverer(c)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// life issues one license, suspends a permit, changes it, and keeps a document
// and a verification: six events.
func (s *site) life(n int) string {
	s.t.Helper()
	ctx := context.Background()
	app := issuertest.Numbered(s.t, n)
	issued, err := s.issuer.Issue(ctx, []catalog.Application{app}, issuer.Order{Actor: operator})
	if err != nil {
		s.t.Fatal(err)
	}
	l := issued[0].License
	if _, err := s.issuer.SetPermit(ctx, l.Number, app.Permits[0].Number, issuer.Suspend, "责令整改", issuer.Order{Actor: operator}); err != nil {
		s.t.Fatal(err)
	}
	app.Holder.Premises += "二楼"
	changed, err := s.issuer.Change(ctx, l.Number, app, issuer.Order{Actor: operator})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, id := range []license.Identifier{l.Identifier, changed.License.Identifier} {
		if _, err := s.store.PutDocument(ctx, register.Document{
			Identifier: id.String(), MediaType: "application/pdf", Template: "1", Font: "1", Seal: "专用章", Signer: "办公室",
			SignedAt: s.clock.Now(), Content: []byte("%PDF " + id.String())}); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := s.store.AddVerification(ctx, license.Verification{
		ID: fmt.Sprintf("v-%d", n), License: changed.License.Identifier, Outcome: "valid", At: s.clock.Now(), Region: "330400",
		Place: "嘉兴", Purpose: "执法检查", Organisation: "市场监管局", Operator: "甲", Method: "camera"}); err != nil {
		s.t.Fatal(err)
	}
	return l.Identifier.Base()
}

// books gives what the library has taken of a license.
func (s *site) books(base string) []metadata.Filing {
	s.t.Helper()
	req := httptest.NewRequest(http.MethodGet, "/v1/filings/"+base, nil)
	req.Header.Set("Authorization", "Bearer "+token)
	s.receiver.Set(library.Control{})
	w := httptest.NewRecorder()
	s.receiver.ServeHTTP(w, req)
	var answer struct{ Filings []metadata.Filing }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		s.t.Fatalf("reading the books: %d %s %v", w.Code, w.Body, err)
	}
	return answer.Filings
}

// wantExactly checks that the library has every event of the license once, in
// order, as the register has it, and that the register knows so.
func (s *site) wantExactly(base string, events int) {
	s.t.Helper()
	ours, err := s.store.Filings(context.Background(), base)
	if err != nil {
		s.t.Fatal(err)
	}
	theirs := s.books(base)
	if len(ours) != events || len(theirs) != events {
		s.t.Fatalf("register has %d events, library %d, want %d", len(ours), len(theirs), events)
	}
	for n := range ours {
		a, err := json.Marshal(ours[n].Filing)
		if err != nil {
			s.t.Fatal(err)
		}
		b, err := json.Marshal(theirs[n])
		if err != nil {
			s.t.Fatal(err)
		}
		if !bytes.Equal(a, b) || ours[n].State != metadata.Delivered || ours[n].Receipt == "" {
			s.t.Errorf("event %d: %s %q, and the library has %s", n+1, a, ours[n].State, b)
		}
	}
}

// deliver lets the clock run and delivers until nothing is left, at most
// rounds times.
func (s *site) deliver(base string, rounds int) {
	s.t.Helper()
	for range rounds {
		p, err := s.deliverer.Deliver(context.Background(), base)
		if err != nil {
			s.t.Fatal(err)
		}
		if p.Next.IsZero() {
			return
		}
		s.clock.Advance(p.Next.Sub(s.clock.Now()))
	}
	s.t.Fatalf("not delivered after %d rounds", rounds)
}

func TestDeliverInOrder(t *testing.T) {
	s := newSite(t)
	base := s.life(1)
	s.deliver(base, 1)
	s.wantExactly(base, 6)
	summaries, err := s.client.Summaries(context.Background(), "", 10)
	if err != nil || len(summaries) != 1 || summaries[0].Document == "" || summaries[0].Permits[0].State != "02" {
		t.Errorf("the library stands at %+v, %v", summaries, err)
	}
}

func TestDeliverThroughEachFailure(t *testing.T) {
	for _, failure := range []library.Failure{library.Down, library.Broken, library.HalfAnswer, library.LostAnswer} {
		t.Run(string(failure), func(t *testing.T) {
			s := newSite(t)
			base := s.life(1)
			for range 6 { // each event fails twice before it gets through
				s.receiver.Set(library.Control{Failure: failure, Times: 2})
				s.deliver(base, 3)
			}
			s.deliver(base, 3)
			s.wantExactly(base, 6)
		})
	}
	t.Run("slow", func(t *testing.T) {
		s := newSite(t)
		s.client = s.newClient(time.Second)
		s.deliverer = s.newDeliverer(library.Config{})
		base := s.life(1)
		s.receiver.Set(library.Control{Failure: library.Slow, Times: 2, Delay: 3 * time.Second})
		s.deliver(base, 5)
		s.wantExactly(base, 6)
	})
}

func TestDeliverAfterDaysOfOutage(t *testing.T) {
	ctx := context.Background()
	s := newSite(t)
	base := s.life(1)
	s.receiver.Set(library.Control{Failure: library.Broken})
	until := s.clock.Now().Add(5 * 24 * time.Hour)
	attempts := 0
	for s.clock.Now().Before(until) {
		p, err := s.deliverer.Deliver(ctx, base)
		if err != nil || p.Dead != "" || p.Next.IsZero() {
			t.Fatalf("after %d attempts: %+v, %v", attempts, p, err)
		}
		attempts++
		s.clock.Advance(p.Next.Sub(s.clock.Now()))
	}
	if attempts > 140 {
		t.Errorf("%d attempts in five days", attempts)
	}
	s.receiver.Set(library.Control{})
	s.deliver(base, 2)
	s.wantExactly(base, 6)
}

func TestUnreachableLibraryIsLeftAlone(t *testing.T) {
	ctx := context.Background()
	s := newSite(t)
	first, second := s.life(1), s.life(2)
	s.server.Close()
	if p, err := s.deliverer.Deliver(ctx, first); err != nil || p.Next.IsZero() {
		t.Fatalf("got %+v, %v", p, err)
	}
	if _, err := s.deliverer.Deliver(ctx, second); err != nil {
		t.Fatal(err)
	}
	queued, err := s.store.Pending(ctx, second, 1)
	if err != nil || queued[0].Attempts != 0 {
		t.Errorf("the second license used up %d attempts, %v", queued[0].Attempts, err)
	}
}

// TestUnreachableLibrary: while no connection comes about, one license in a
// while tries, and however long it lasts nothing is given up, and a minute
// after the end everything is delivered.
func TestUnreachableLibrary(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		first, second := s.life(1), s.life(2)
		away := &gone{s.client, 1 << 30}
		s.deliverer = s.newDeliverer(library.Config{Sender: away, Attempts: 3})
		for until := s.clock.Now().Add(4 * time.Hour); s.clock.Now().Before(until); {
			for _, base := range []string{first, second} {
				p, err := s.deliverer.Deliver(ctx, base)
				if wait := p.Next.Sub(s.clock.Now()); err != nil || p.Dead != "" || wait <= 0 || wait > time.Minute {
					t.Fatalf("%s waits %v: %+v, %v", base, wait, p, err)
				}
			}
			s.clock.Advance(time.Minute)
		}
		if tried := 1<<30 - away.times; tried > 4*60+10 {
			t.Errorf("two licenses tried %d times in four hours", tried)
		}
		queued, err := s.store.Pending(ctx, first, 1)
		if err != nil || queued[0].Attempts != 0 || queued[0].Problem == "" || queued[0].Next.IsZero() {
			t.Errorf("what is shown of the event: %+v, %v", queued, err)
		}
		away.times = 0
		for _, base := range []string{first, second} {
			s.deliver(base, 1)
			s.wantExactly(base, 6)
		}
	})
}

// TestTimeOfAJob: a delivery whose time would end while the next event is sent
// makes room before it, and the event is not sent twice.
func TestTimeOfAJob(t *testing.T) {
	s := newSite(t)
	base := s.life(1)
	ctx, cancel := context.WithTimeout(context.Background(), 36*time.Second) // 35 are kept for an attempt
	defer cancel()
	s.deliverer = s.newDeliverer(library.Config{Sender: tardy{s.client, 1200 * time.Millisecond}})
	if p, err := s.deliverer.Deliver(ctx, base); err != nil || p.Delivered != 1 || p.Next.IsZero() {
		t.Errorf("got %+v, %v", p, err)
	}
}

// tardy is a library that takes its time.
type tardy struct {
	library.Sender
	takes time.Duration
}

func (d tardy) Send(ctx context.Context, f metadata.Filing) (string, error) {
	time.Sleep(d.takes)
	return d.Sender.Send(ctx, f)
}

// TestClockThatWasAhead: what a clock that was ahead has put off, by an hour or
// by days, is sent when the clock is right.
func TestClockThatWasAhead(t *testing.T) {
	for _, ahead := range []time.Duration{10 * time.Minute, 50 * time.Hour} {
		for failure, away := range map[string]bool{"broken": false, "unreachable": true} {
			t.Run(fmt.Sprint(ahead, failure), func(t *testing.T) {
				s := newSite(t)
				base := s.life(1)
				s.clock.Advance(ahead)
				if away {
					s.deliverer = s.newDeliverer(library.Config{Sender: &gone{s.client, 1}})
				} else {
					s.receiver.Set(library.Control{Failure: library.Broken, Times: 1})
				}
				if p, err := s.deliverer.Deliver(context.Background(), base); err != nil || p.Next.IsZero() {
					t.Fatalf("got %+v, %v", p, err)
				}
				s.clock.Advance(-ahead)
				s.deliver(base, 2)
				s.wantExactly(base, 6)
			})
		}
	}
}

// gone is a library that cannot be reached so often.
type gone struct {
	library.Sender
	times int
}

func (g *gone) Send(ctx context.Context, f metadata.Filing) (string, error) {
	if g.times--; g.times >= 0 {
		return "", library.ErrUnreachable
	}
	return g.Sender.Send(ctx, f)
}

// TestPace sends as many filings a second as it is told to, from however many
// sides, and one that has much to send makes room before its time is over.
func TestPace(t *testing.T) {
	s := newSite(t)
	first, second := s.life(1), s.life(2)
	s.deliverer = s.newDeliverer(library.Config{PerSecond: 20})
	began := time.Now()
	var both sync.WaitGroup
	for _, base := range []string{first, second} {
		both.Go(func() { s.deliver(base, 1) })
	}
	both.Wait()
	if took := time.Since(began); took < 550*time.Millisecond || took > time.Minute {
		t.Errorf("12 filings at 20 a second took %v", took)
	}
	s.wantExactly(first, 6)
	s.wantExactly(second, 6)

	third := s.life(3)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if p, err := s.deliverer.Deliver(ctx, third); err != nil || p.Delivered != 0 || p.Next.IsZero() {
		t.Errorf("with little time left: %+v, %v", p, err)
	}
}

func TestDeadLettersAndReplay(t *testing.T) {
	ctx := context.Background()
	s := newSite(t)
	s.deliverer = s.newDeliverer(library.Config{Attempts: 3})
	base := s.life(1)
	s.receiver.Set(library.Control{Failure: library.Broken})
	for n := range 3 {
		p, err := s.deliverer.Deliver(ctx, base)
		if err != nil || (p.Dead != "") != (n == 2) {
			t.Fatalf("attempt %d: %+v, %v", n, p, err)
		}
		s.clock.Advance(time.Hour)
	}
	dead, err := s.store.DeadLetters(ctx, 10)
	if err != nil || len(dead) != 1 || dead[0].Sequence != 1 || dead[0].Problem == "" {
		t.Fatalf("dead letters %+v, %v", dead, err)
	}
	s.receiver.Set(library.Control{})
	if p, err := s.deliverer.Deliver(ctx, base); err != nil || p.Dead == "" || p.Delivered != 0 {
		t.Fatalf("a dead event let others through: %+v, %v", p, err)
	}
	if err := s.store.Replay(ctx, base, 1, operator.String(), s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.store.Replay(ctx, base, 1, operator.String(), s.clock.Now()); err == nil {
		t.Error("an event that is not dead was replayed")
	}
	s.deliver(base, 1)
	s.wantExactly(base, 6)
}

// garbling is a library behind a gateway that writes what no database keeps.
type garbling struct {
	library.Sender
	answers int
}

func (g *garbling) Send(ctx context.Context, f metadata.Filing) (string, error) {
	if g.answers--; g.answers == 0 {
		return "", errors.New("502 \xcd\xf8\xb9\xd8\x00" + strings.Repeat("长", 5000))
	}
	_, err := g.Sender.Send(ctx, f)
	return "receipt\x00\xff", err
}

// TestGarbledAnswers: whatever bytes come back, what came of an attempt is
// recorded.
func TestGarbledAnswers(t *testing.T) {
	onBoth(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		base := s.life(1)
		s.deliverer = s.newDeliverer(library.Config{Sender: &garbling{s.client, 2}})
		p, err := s.deliverer.Deliver(ctx, base)
		if err != nil || p.Delivered != 1 || p.Next.IsZero() {
			t.Fatalf("got %+v, %v", p, err)
		}
		queued, err := s.store.Pending(ctx, base, 1)
		if err != nil || len(queued) != 1 || queued[0].Attempts != 1 || !strings.HasPrefix(queued[0].Problem, "502 ") || !utf8.ValidString(queued[0].Problem) || len(queued[0].Problem) > 4000 {
			t.Fatalf("recorded is %+v, %v", queued, err)
		}
		s.clock.Advance(time.Hour)
		if p, err := s.deliverer.Deliver(ctx, base); err != nil || p.Delivered != 5 {
			t.Errorf("got %+v, %v", p, err)
		}
	})
}
