package scannertest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"yizheng/payload"
	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// Made are cases of what a phone does over time, beside the vectors: status
// lists that became newer by deltas, good and spoilt, and a license key that
// was closed. The answer to each is that of a verifier with whole lists.
func Made(t testing.TB) []Vector {
	t.Helper()
	m := newMaking(t)
	var all []Vector
	add := func(name string, code payload.Code, held []VectorList, takes []string, as []VectorList, want verifier.Outcome) {
		t.Helper()
		v := Vector{Name: "made/" + name, Text: code.Text(m.issuer.VerifyURL), Trust: m.trust, At: verifiertest.Now().UnixMilli(), Lists: held, Takes: takes}
		var result verifier.Result
		v.answer(t, as)
		m.must(json.Unmarshal(v.Want, &result))
		if result.Outcome != want {
			t.Errorf("%s: %s, want %s", v.Name, result.Outcome, want)
		}
		all = append(all, v)
	}
	with := func(token string) []VectorList { return append([]VectorList{{Token: token}}, m.parts...) }
	good, hiding := m.delta(nil), m.delta(func(d *status.Delta) { d.Entries = nil })
	other := m.delta(func(d *status.Delta) { d.Since-- })
	add("delta", m.honest, with(m.before), []string{good}, with(m.after), verifier.PartiallyValid)
	add("delta that hides a suspension", m.honest, with(m.before), []string{hiding}, with(m.before), verifier.Valid)
	add("delta, then the whole list", m.honest, with(m.before), []string{hiding, m.whole()}, with(m.after), verifier.PartiallyValid)
	add("delta to another list", m.honest, with(m.before), []string{other}, with(m.before), verifier.Valid)
	add("delta to a list not held", m.honest, m.parts, []string{good}, m.parts, verifier.Unknown)
	add("forged by a closed key", m.forged, with(m.before), []string{good}, with(m.after), verifier.NotGenuine)
	add("closed key without its list", m.honest, with(m.before)[:1], []string{good}, with(m.after)[:1], verifier.Unknown)
	return all
}

// making is a district whose license key was stolen and closed, with a license
// that it issued and one by the thief, and its status list at two instants.
type making struct {
	t              testing.TB
	issuer         *verifiertest.Issuer
	trust          string
	honest, forged payload.Code
	before, after  string
	parts          []VectorList // of the closing list
}

func newMaking(t testing.TB) *making {
	t.Helper()
	m := &making{t: t}
	world, err := verifiertest.New()
	m.must(err)
	m.issuer = world.Issuer("310105")
	l, err := m.issuer.License("bookstore-cafe-5-permits")
	m.must(err)
	m.honest, err = m.issuer.Issue(l)
	m.must(err)
	m.before, err = m.issuer.List(l, 5, verifiertest.Now().Add(-time.Hour))
	m.must(err)
	m.after, err = m.issuer.List(l, 6, verifiertest.Now(), status.Valid, status.Suspended)
	m.must(err)
	m.close()
	l.Holder.Name = "上海某贼餐饮有限公司"
	m.forged, err = m.issuer.Issue(l)
	m.must(err)
	bundle, err := world.Bundle("310105", 7, verifiertest.Now())
	m.must(err)
	m.trust = string(bundle)
	return m
}

// close closes the license key; the honest license stands on the list with
// thousands of others.
func (m *making) close() {
	key := m.issuer.Signer.PublicKey()
	sums := [][sha256.Size]byte{sha256.Sum256(m.honest.SigningInput(key.Algorithm()))}
	for n := range 5000 {
		sums = append(sums, sha256.Sum256(fmt.Append(nil, n)))
	}
	list, chunks, err := trust.BuildClosing(trust.ClosingList{
		Region: m.issuer.Region, Key: key.KeyID(), Since: verifiertest.Now().Add(-48 * time.Hour), Issued: verifiertest.Now(),
	}, sums)
	m.must(err)
	m.issuer.Keys[0].Closing = trust.Digest(list)
	for _, part := range append([][]byte{list}, chunks...) {
		m.parts = append(m.parts, VectorList{Digest: trust.Digest(part), Part: part})
	}
}

// delta is an answer of POST /status/lists with what has changed, as spoil
// leaves it.
func (m *making) delta(spoil func(*status.Delta)) string {
	d, err := status.Compare(m.before, m.after)
	m.must(err)
	if spoil != nil {
		spoil(&d)
	}
	return m.said(map[string]any{"delta": d})
}

// whole is one with all of the list.
func (m *making) whole() string { return m.said(map[string]any{"token": m.after}) }

func (m *making) said(list map[string]any) string {
	of, err := status.Peek(m.after)
	m.must(err)
	list["region"], list["uri"] = m.issuer.Region, of.Subject
	b, err := json.Marshal(map[string]any{"lists": []any{list}})
	m.must(err)
	return string(b)
}

func (m *making) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}
