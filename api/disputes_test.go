package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"yizheng/api/access"
	"yizheng/dispute"
	"yizheng/dispute/courier"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
	"yizheng/register/registertest"
	"yizheng/signature"
	"yizheng/trust"
)

func officeOf(t testing.TB, store dispute.Store, believed func() *trust.Bundle, region license.Region, key signature.Signer, clock *issuertest.Clock) *dispute.Office {
	t.Helper()
	o, err := dispute.New(dispute.Config{Store: store, Trust: believed, Region: region, Signer: key, Clock: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// wire carries requests to a handler, as a network would; cut: to nobody.
type wire struct {
	handler http.Handler
	cut     bool
	answer  func(body string) string // what stands in the way of answers; nil for nobody
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.cut {
		return nil, io.ErrUnexpectedEOF
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	answer := recorder.Result()
	if w.answer != nil {
		answer.Body = io.NopCloser(strings.NewReader(w.answer(recorder.Body.String())))
	}
	return answer, nil
}

// abroad is a deployment in Jiaxing, whose inspectors contest licenses of the
// world's district.
type abroad struct {
	w        *world
	register *register.Store
	office   *dispute.Office
	courier  *courier.Courier
	wire     *wire
	key      signature.Signer
}

const jiaxing, inspectors = license.Region("330400"), "嘉兴市市场监督管理局"

func newAbroad(t *testing.T, w *world) *abroad {
	t.Helper()
	a := &abroad{w: w, wire: &wire{handler: w.handler}, key: w.others.Issuer(jiaxing).Record}
	a.register = registertest.Empty(t)
	var err error
	believed := func() *trust.Bundle { return w.bundle.In(jiaxing) }
	a.office = officeOf(t, a.register, believed, jiaxing, a.key, w.clock)
	a.courier, err = courier.New(courier.Config{Store: a.register, Trust: believed, Client: &http.Client{Transport: a.wire, Timeout: time.Second},
		Clock: w.clock.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// checked records a check of a license.
func (a *abroad) checked(id string, l issuer.Issued) {
	a.w.t.Helper()
	err := a.register.AddVerification(context.Background(), license.Verification{ID: id, License: l.License.Identifier, Outcome: "valid",
		At: a.w.clock.Now(), Region: jiaxing, Purpose: "日常检查", Organisation: inspectors, Operator: "王"})
	if err != nil {
		a.w.t.Fatal(err)
	}
}

func order(check string) dispute.Order {
	return dispute.Order{Key: "k " + check, Check: check, Reason: dispute.PremisesDiffer, Text: "现场为另一门牌。",
		Contact: dispute.Contact{Organisation: inspectors, Name: "王", Telephone: "0573-00000000"}, Actor: "王"}
}

// file files and gives what is kept.
func (a *abroad) file(o dispute.Order) dispute.Kept {
	a.w.t.Helper()
	k, _, err := a.office.File(context.Background(), o)
	if err != nil {
		a.w.t.Fatal(err)
	}
	return k
}

// carry lets the courier work once, a while later.
func (a *abroad) carry() {
	a.w.t.Helper()
	a.w.clock.Advance(time.Hour)
	if _, err := a.courier.Carry(context.Background()); err != nil {
		a.w.t.Fatal(err)
	}
}

// kept is a dispute as it stands here.
func (a *abroad) kept(id string) dispute.Kept {
	a.w.t.Helper()
	k, err := a.register.Dispute(context.Background(), dispute.Sent, id)
	if err != nil {
		a.w.t.Fatal(err)
	}
	return k
}

// TestDispute goes the whole way: filed there, received here, answered here,
// learned there, with the network cut in between and everything done twice.
func TestDispute(t *testing.T) {
	w := newWorld(t, nil)
	a := newAbroad(t, w)
	l := w.issued("restaurant-3-permits.json")
	a.checked("c1", l)
	k := a.file(order("c1"))
	if again, added, err := a.office.File(context.Background(), order("c1")); err != nil || added || again.Signed != k.Signed {
		t.Errorf("filed again: %v, %v, %+v", added, err, again)
	}
	other := order("c1")
	other.Text = "另一句话。"
	if _, _, err := a.office.File(context.Background(), other); err == nil {
		t.Error("another dispute under the same key was taken")
	}

	a.wire.cut = true
	a.carry()
	if k := a.kept(k.Statement.ID); k.State != dispute.Waiting || k.Problem != "unreachable" {
		t.Errorf("with the network cut: %s, %s", k.State, k.Problem)
	}
	a.wire.cut = false
	for range 2 {
		a.carry()
		if k := a.kept(k.Statement.ID); k.State != dispute.Open || k.Problem != "" || k.ReceivedAt.IsZero() {
			t.Errorf("delivered: %+v", k)
		}
	}
	listed := w.want(request{method: "GET", path: "/v1/disputes?direction=received&state=open", token: w.asOffice()}, 200, "")
	if n := strings.Count(listed.Body.String(), k.Statement.ID); n == 0 || strings.Count(listed.Body.String(), `"signedStatement"`) != 1 {
		t.Errorf("received once? %s", listed.Body)
	}

	answer := request{method: "POST", path: "/v1/disputes/" + k.Statement.ID + "/answer", media: "application/json", token: w.asOffice(),
		body: `{"result":"upheld","text":"经查属实。","act":"已责令变更"}`}
	noRight := answer
	noRight.token = w.token(market, access.DisputeAnswer)
	w.want(noRight, 403, "not_the_issuer")
	noRight.token = w.token(w.office, access.DisputeRead)
	w.want(noRight, 403, "scope_missing")
	wrong := answer
	wrong.body, wrong.wild = `{"result":"perhaps","text":""}`, true
	w.want(wrong, 422, "faults")
	w.want(answer, 200, "")
	w.clock.Advance(time.Minute)
	w.want(answer, 200, "") // a second click
	changed := answer
	changed.body = `{"result":"rejected","text":"经查不实。"}`
	w.want(changed, 409, "dispute_answered")

	a.carry()
	there, here := a.kept(k.Statement.ID), decoded[dispute.Kept](t, w.want(request{method: "GET", path: "/v1/disputes/" + k.Statement.ID, token: w.asOffice()}, 200, ""))
	if there.State != dispute.Answered || here.State != dispute.Answered || there.Signed != here.Signed || there.Answering != here.Answering ||
		!there.ReceivedAt.Equal(here.ReceivedAt) || *there.Answer != *here.Answer || there.Answer.Act != "已责令变更" {
		t.Errorf("the two records differ:\n%+v\n%+v", there, here)
	}
	if due, err := a.register.DueDisputes(context.Background(), w.clock.Now().AddDate(1, 0, 0), w.clock.Now(), 9); err != nil || len(due) != 0 {
		t.Errorf("still due: %v, %v", due, err)
	}
}

// signed makes a statement of Jiaxing, after a change, with a key.
func (a *abroad) signed(l issuer.Issued, key signature.Signer, change func(*dispute.Statement)) string {
	a.w.t.Helper()
	now := a.w.clock.Now()
	s := dispute.Statement{ID: strings.Repeat("0", 31) + "1", From: jiaxing, To: issuertest.Region, License: l.License.Identifier,
		Check: dispute.Check{ID: "c", At: now, Outcome: "valid"}, Reason: dispute.StateWrong, Text: "状态有误。",
		Contact: dispute.Contact{Organisation: inspectors, Name: "王", Telephone: "1"}, Made: now}
	if change != nil {
		change(&s)
	}
	b, err := json.Marshal(s)
	if err != nil {
		a.w.t.Fatal(err)
	}
	return a.stated(dispute.TypeStatement, string(b), key)
}

func (a *abroad) stated(typ, payload string, key signature.Signer) string {
	a.w.t.Helper()
	token, err := signature.SignCompact(key, signature.Header{Type: typ}, []byte(payload))
	if err != nil {
		a.w.t.Fatal(err)
	}
	return token
}

// TestDisputesOfStrangers: what is not a member's own, about a license of this
// office, is refused, and nothing of it is kept.
func TestDisputesOfStrangers(t *testing.T) {
	w := newWorld(t, nil)
	a := newAbroad(t, w)
	l := w.issued("restaurant-3-permits.json")
	good := a.signed(l, a.key, nil)
	payload := func() string { s, _ := signature.Parse(good); return string(s.Payload) }()
	jingan := w.others.Issuer("310106")
	for _, c := range []struct {
		name, token string
		status      int
		reason      string
	}{
		{"no statement at all", "hello", 400, "dispute_malformed"},
		{"nobody's key", a.signed(l, issuertest.NewSigner(t), nil), 403, "dispute_stranger"},
		{"another member's key", a.signed(l, jingan.Record, nil), 403, "dispute_stranger"},
		{"the member's key for licenses", a.signed(l, w.others.Issuer(jiaxing).Signer, nil), 403, "dispute_stranger"},
		{"an abolished region", a.signed(l, w.others.Issuer("310108").Record, func(s *dispute.Statement) { s.From = "999999" }), 403, "dispute_stranger"},
		{"another typ", a.stated("yz-record", payload, a.key), 403, "dispute_stranger"},
		{"a changed letter", good[:len(good)-3] + "AAA", 403, "dispute_stranger"},
		{"a member twice", a.stated(dispute.TypeStatement, strings.Replace(payload, `"reason":"state_wrong"`, `"reason":"other","reason":"state_wrong"`, 1), a.key), 400, "dispute_malformed"},
		{"a member more", a.stated(dispute.TypeStatement, strings.Replace(payload, `{"id"`, `{"more":1,"id"`, 1), a.key), 400, "dispute_malformed"},
		{"white space", a.stated(dispute.TypeStatement, payload+" ", a.key), 400, "dispute_malformed"},
		{"no known reason", a.signed(l, a.key, func(s *dispute.Statement) { s.Reason = "dislike" }), 400, "dispute_malformed"},
		{"a long text", a.signed(l, a.key, func(s *dispute.Statement) { s.Text = strings.Repeat("字", dispute.MaxText+1) }), 400, "dispute_malformed"},
		{"a text that turns round", a.signed(l, a.key, func(s *dispute.Statement) { s.Text = "a\u202eb" }), 400, "dispute_malformed"},
		{"addressed to another region", a.signed(l, a.key, func(s *dispute.Statement) { s.To = "310106" }), 422, "dispute_elsewhere"},
		{"another issuer's license", a.signed(l, a.key, func(s *dispute.Statement) { s.License.Issuer = string(jingan.Code) }), 422, "dispute_license_unknown"},
		{"a license that was never issued", a.signed(l, a.key, func(s *dispute.Statement) { s.License = s.License.Next() }), 422, "dispute_license_unknown"},
		{"a permit that is not on it", a.signed(l, a.key, func(s *dispute.Statement) { s.Permit = "JY1" }), 422, "dispute_permit_unknown"},
		{"from the future", a.signed(l, a.key, func(s *dispute.Statement) { s.Made = s.Made.Add(time.Hour) }), 422, "dispute_time"},
		{"from a year ago", a.signed(l, a.key, func(s *dispute.Statement) { s.Made = s.Made.AddDate(-1, 0, 0) }), 422, "dispute_time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			w.want(request{method: "POST", path: "/disputes", media: dispute.MediaType, body: c.token}, c.status, c.reason)
		})
	}
	w.t = t
	w.want(request{method: "POST", path: "/disputes", media: "application/json", body: good, wild: true}, 415, "unsupported_media_type")
	w.want(request{method: "POST", path: "/disputes", media: dispute.MediaType, body: strings.Repeat("a", dispute.MaxSigned+1), wild: true}, 413, "body_too_large")
	if all, err := w.register.Disputes(context.Background(), dispute.Filter{}); err != nil || len(all) != 0 {
		t.Fatalf("kept: %v, %v", all, err)
	}

	send := func(token string, status int, reason string) {
		t.Helper()
		w.want(request{method: "POST", path: "/disputes", media: dispute.MediaType, body: token}, status, reason)
	}
	send(good, 201, "")
	send(good, 200, "")
	send(a.signed(l, a.key, func(s *dispute.Statement) { s.Text = "另一句。" }), 409, "dispute_differs")
	for n := 2; n <= dispute.PerDay; n++ {
		w.want(request{method: "POST", path: "/disputes", media: dispute.MediaType, from: fmt.Sprintf("192.0.2.%d:1", n),
			body: a.signed(l, a.key, func(s *dispute.Statement) { s.ID = fmt.Sprintf("%032x", n) })}, 201, "")
	}
	extra := a.signed(l, a.key, func(s *dispute.Statement) { s.ID = fmt.Sprintf("%032x", 999) })
	send(extra, 429, "dispute_too_many")
	send(good, 200, "") // asking is not filing
	w.clock.Advance(25 * time.Hour)
	send(extra, 201, "")
	w.clock.Advance(60 * 24 * time.Hour) // nothing says any more that the trust list counts
	send(a.signed(l, a.key, func(s *dispute.Statement) { s.ID = fmt.Sprintf("%032x", 1000) }), 503, "dispute_unverifiable")
	send(good, 200, "") // it counted when it came in
}

// TestForgedAnswers: only the issuer answers, and only what it was asked.
func TestForgedAnswers(t *testing.T) {
	w := newWorld(t, nil)
	a := newAbroad(t, w)
	l := w.issued("restaurant-3-permits.json")
	a.checked("c1", l)
	a.checked("c2", l)
	first, second := a.file(order("c1")), a.file(order("c2"))
	a.carry()
	reply := dispute.Reply{Result: dispute.Upheld, Text: "属实。", By: w.office, Actor: "窗口"}
	office := w.config.Disputes.(*dispute.Office)
	for _, id := range []string{first.Statement.ID, second.Statement.ID} {
		if _, err := office.Answer(context.Background(), id, reply); err != nil {
			t.Fatal(err)
		}
	}
	ofSecond, err := w.register.Dispute(context.Background(), dispute.Received, second.Statement.ID)
	if err != nil {
		t.Fatal(err)
	}
	genuine, err := w.register.Dispute(context.Background(), dispute.Received, first.Statement.ID)
	if err != nil {
		t.Fatal(err)
	}
	forged, _ := json.Marshal(genuine.Answer)
	early := *genuine.Answer // as who has a key would say that was given up before
	early.Made = first.Statement.Made.Add(-time.Hour)
	backdated, _ := json.Marshal(early)
	late := *genuine.Answer
	late.Made = w.clock.Now().Add(365 * 24 * time.Hour)
	ahead, _ := json.Marshal(late)
	for name, c := range map[string]struct{ answer, problem string }{
		"signed by who filed":       {a.stated(dispute.TypeAnswer, string(forged), a.key), "answer_not_of_issuer"},
		"signed by another issuer":  {a.stated(dispute.TypeAnswer, string(forged), w.others.Issuer("310106").Record), "answer_not_of_issuer"},
		"the answer to another one": {ofSecond.Answering, "answer_malformed"},
		"made before the statement": {a.stated(dispute.TypeAnswer, string(backdated), w.keys.Record), "answer_malformed"},
		"made in the future":        {a.stated(dispute.TypeAnswer, string(ahead), w.keys.Record), "answer_malformed"},
		"the statement itself":      {first.Signed, "answer_malformed"},
		"nothing of the kind":       {"x.y.z", "answer_malformed"},
	} {
		a.wire.answer = func(body string) string {
			if !strings.Contains(body, first.Statement.ID) {
				return `{}`
			}
			return strings.Replace(body, genuine.Answering, c.answer, 1)
		}
		a.carry()
		if k := a.kept(first.Statement.ID); k.State != dispute.Open || k.Answer != nil || k.Problem != c.problem {
			t.Errorf("%s: %s, %s", name, k.State, k.Problem)
		}
	}
	a.wire.answer = nil
	a.carry()
	if k := a.kept(first.Statement.ID); k.State != dispute.Answered || k.Problem != "" {
		t.Errorf("the genuine one: %s, %s", k.State, k.Problem)
	}
}

// TestForgedReceipts: what an issuer's deployment says of the time cannot make
// a dispute one that nobody can be shown.
func TestForgedReceipts(t *testing.T) {
	w := newWorld(t, nil)
	a := newAbroad(t, w)
	a.checked("c1", w.issued("restaurant-3-permits.json"))
	id := a.file(order("c1")).Statement.ID
	for _, at := range []string{"9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59", "2026-07-01T00:00:00+08:00", "2026-07-01T00:00:00.5Z", "0001-01-01T00:00:00Z"} {
		a.wire.answer = func(string) string { return `{"id":"` + id + `","receivedAt":"` + at + `"}` }
		a.carry()
		k := a.kept(id)
		if _, err := json.Marshal(k); err != nil || k.State != dispute.Waiting || k.Problem != "unreachable" {
			t.Errorf("%s: %s, %s, %v", at, k.State, k.Problem, err)
		}
	}
	a.wire.answer = nil
	a.carry()
	if k := a.kept(id); k.State != dispute.Open || k.Problem != "" {
		t.Errorf("the genuine one: %s, %s", k.State, k.Problem)
	}
}

// TestFilingDisputes files through the interface, about a license of this very
// district.
func TestFilingDisputes(t *testing.T) {
	w := newWorld(t, nil)
	l := w.issued("restaurant-3-permits.json")
	w.publish()
	const bureau = "上海市长宁区城市管理行政执法局"
	check := w.want(request{method: "POST", path: "/v1/verifications", media: "application/json", key: "v", token: w.token(bureau, access.VerificationWrite),
		body: `{"text":"` + l.Text + `","purpose":"检查"}`}, 201, "")
	recorded := decoded[struct{ Verification license.Verification }](t, check).Verification.ID
	file := request{method: "POST", path: "/v1/disputes", media: "application/json", key: "d", token: w.token(bureau, access.DisputeWrite, access.DisputeRead),
		body: `{"check":"` + recorded + `","reason":"code_copied","text":"别家店在用此码。","name":"李","telephone":"021-1"}`}
	with := func(change func(*request)) request { r := file; change(&r); return r }
	w.want(with(func(r *request) { r.token = "" }), 401, "token_missing")
	w.want(with(func(r *request) { r.token = w.token(bureau, access.VerificationWrite) }), 403, "scope_missing")
	w.want(with(func(r *request) { r.token = w.token("", access.DisputeWrite) }), 403, "authority_missing")
	w.want(with(func(r *request) { r.token = w.token(market, access.DisputeWrite) }), 403, "organisation_not_own")
	w.want(with(func(r *request) { r.body = strings.Replace(r.body, recorded, "none", 1) }), 404, "check_not_found")
	w.want(with(func(r *request) { r.body, r.wild = strings.Replace(r.body, "code_copied", "dislike", 1), true }), 422, "faults")
	w.want(with(func(r *request) { r.key, r.wild = "", true }), 400, "idempotency_key_missing")
	id := decoded[dispute.Kept](t, w.want(file, 201, "")).Statement.ID
	w.want(file, 200, "")
	w.want(with(func(r *request) { r.body = strings.Replace(r.body, "李", "张", 1) }), 422, "idempotency_key_reused")

	show := request{method: "GET", path: "/v1/disputes/" + id, token: file.token}
	w.want(show, 200, "")
	for token, seen := range map[string]int{file.token: 1, w.asOffice(): 1, w.token(market, access.DisputeRead): 0} {
		answer := w.want(request{method: "GET", path: "/v1/disputes", token: token}, 200, "")
		if n := strings.Count(answer.Body.String(), `"direction"`); n != seen {
			t.Errorf("%d listed, want %d", n, seen)
		}
	}
	show.token = w.token(market, access.DisputeRead)
	w.want(show, 404, "dispute_not_found")
	w.want(request{method: "GET", path: "/v1/disputes?state=lost", token: w.asOffice(), wild: true}, 400, "invalid_parameter")
	w.want(request{method: "GET", path: "/v1/disputes", token: w.token("", access.DisputeRead)}, 403, "authority_missing")
}

// TestNoAddress: an issuer who takes no disputes is named, with its telephone.
func TestNoAddress(t *testing.T) {
	w := newWorld(t, nil)
	a := newAbroad(t, w)
	l := w.issued("restaurant-3-permits.json")
	a.checked("c1", l)
	k := a.file(order("c1"))
	// The next trust list names no address any more.
	w.others.Issuer(issuertest.Region).Disputes = ""
	signed, err := w.others.Bundle(issuertest.Region, 8, w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if w.bundle, err = trust.Load(signed); err != nil {
		t.Fatal(err)
	}
	a.carry()
	if k := a.kept(k.Statement.ID); k.State != dispute.Waiting || k.Problem != "no_address" {
		t.Errorf("%s, %s", k.State, k.Problem)
	}
	err = w.register.AddVerification(context.Background(), license.Verification{ID: "own", License: l.License.Identifier, Outcome: "valid",
		At: w.clock.Now(), Region: issuertest.Region, Purpose: "检查", Organisation: market, Operator: "王"})
	if err != nil {
		t.Fatal(err)
	}
	answer := w.want(request{method: "POST", path: "/v1/disputes", media: "application/json", key: "d", token: w.token(market, access.DisputeWrite),
		body: `{"check":"own","reason":"other","text":"一句话。","name":"李","telephone":"021-1"}`}, 422, "dispute_no_address")
	if !strings.Contains(answer.Body.String(), "021-00000000") {
		t.Errorf("nobody to call: %s", answer.Body)
	}
}
