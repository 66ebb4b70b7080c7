// Package registertest is what every register must do, whatever database it
// stands on: call [Run] from its tests. It holds a register to the promises
// written on issuer.Store and on the outbox.
package registertest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"yizheng/dispute"
	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/library"
	"yizheng/library/metadata"
	"yizheng/license"
	"yizheng/register"
)

// Register is what is tested.
type Register interface {
	issuer.Store
	issuer.Closings
	library.Books
	library.Ledger
	holder.Store
	dispute.Store
	Versions(ctx context.Context, base string) ([]issuer.RecordedVersion, error)
	AddVerification(ctx context.Context, v license.Verification) error
	Recent(ctx context.Context, until time.Time, limit int) ([]register.Found, error)
	RecentAfter(ctx context.Context, mark string, limit int) ([]register.Found, error)
	ByHolder(ctx context.Context, code license.CreditCode, limit int) ([]register.Found, error)
	ByHolderAfter(ctx context.Context, code license.CreditCode, mark string, limit int) ([]register.Found, error)
}

// Run runs the suite. open gives an empty register; it closes it by itself at
// the end of the test.
func Run(t *testing.T, open func(t *testing.T) Register) {
	for name, f := range map[string]func(*testing.T, Register){
		"serials rise and are never given twice":     serials,
		"status blocks never overlap":                blocks,
		"a batch is issued and read":                 batches,
		"claims are held by one":                     claims,
		"what has moved is not written":              moved,
		"a change supersedes what came before":       supersede,
		"acts reach every version":                   acts,
		"withdrawing ends the license alone":         withdraw,
		"events are numbered and delivered in order": outbox,
		"lists are stored in sequence":               lists,
		"holder links are found by their hash alone": links,
		"disputes are kept once and answered once":   disputes,
		"one of several takes up a dispute":          dueDisputes,
		"a closed key issues nothing":                closings,
		"the newest are listed page by page":         recent,
		"a holder's are listed by what counts":       ofHolder,
	} {
		t.Run(name, func(t *testing.T) { f(t, open(t)) })
	}
}

var at = time.Date(2026, 7, 1, 2, 0, 0, 0, time.UTC)

// drawer gives numbers that look random, always the same.
func drawer() func() (uint32, error) {
	state := uint32(1)
	return func() (uint32, error) {
		state = state*1664525 + 1013904223
		return state, nil
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// made is an entry for a license with some permits, with its place reserved.
func made(t *testing.T, r Register, previous *license.License, permits ...string) issuer.Entry {
	t.Helper()
	l := license.License{
		Identifier: license.Identifier{Type: "11310000MB2F056267001", Issuer: "11310000MB2F056267", Version: 1},
		Region:     "310105", Issuer: "办公室", Industry: "书店", Catalogue: "1", IssueDate: license.DateOf(at),
		Holder: license.Holder{Name: "书店", CreditCode: "91310000631696382C", Representative: "甲", Premises: "番禺路1号"},
	}
	want := issuer.Want{Length: 1 + len(permits)}
	e := issuer.Entry{Operation: "issue", KeyID: "key"}
	if previous != nil {
		l.Identifier, l.Number = previous.Identifier.Next(), previous.Number
		want.Serial = previous.Identifier.Serial
		e.Operation, e.Predecessor = "change", previous.Identifier.String()
	}
	slots, err := r.Reserve(context.Background(), 2026, []issuer.Want{want}, drawer())
	must(t, err)
	l.Identifier.Serial, l.StatusIndex = slots[0].Serial, slots[0].Index
	if previous == nil {
		l.Number = "310105" + slots[0].Serial
	}
	for _, number := range permits {
		e.States = append(e.States, license.Valid)
		l.Permits = append(l.Permits, license.Permit{Matter: "许可", Number: number, Authority: "机关", Scope: "范围", ValidFrom: l.IssueDate})
	}
	e.License, e.Text, e.Event = l, "text of "+l.Identifier.String(), event(t, l, metadata.Issue)
	e.Content = sha256.Sum256(fmt.Appendf(nil, "%s %v", l.Identifier, permits))
	return e
}

func batch(id, key string, entries ...issuer.Entry) issuer.Batch {
	b := issuer.Batch{ID: id, Key: key, Actor: "tester", At: at, Entries: entries}
	for _, e := range entries {
		b.Answer = append(b.Answer, e.License.Identifier.String())
	}
	return b
}

func event(t *testing.T, l license.License, kind metadata.Kind) metadata.Event {
	t.Helper()
	e, err := metadata.NewEvent(l.Identifier.Base(), kind, at, map[string]string{"ZZBS": l.Identifier.String()})
	must(t, err)
	return e
}

// issued issues one entry.
func issued(t *testing.T, r Register, id string, e issuer.Entry) license.License {
	t.Helper()
	must(t, r.Issue(context.Background(), batch(id, "", e)))
	return e.License
}

func serials(t *testing.T, r Register) {
	ctx := context.Background()
	var got []string
	for range 3 {
		slots, err := r.Reserve(ctx, 2026, []issuer.Want{{Length: 2}, {Length: 2}}, drawer())
		must(t, err)
		got = append(got, slots[0].Serial, slots[1].Serial)
	}
	want := []string{"20260000001", "20260000002", "20260000003", "20260000004", "20260000005", "20260000006"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	slots, err := r.Reserve(ctx, 2027, []issuer.Want{{Length: 2}, {Serial: "kept", Length: 2}}, drawer())
	must(t, err)
	if slots[0].Serial != "20270000001" || slots[1].Serial != "kept" {
		t.Errorf("got %v", slots)
	}
	broken := errors.New("no randomness")
	if _, err := r.Reserve(ctx, 2026, []issuer.Want{{Length: 2}}, func() (uint32, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func blocks(t *testing.T, r Register) {
	draw := drawer()
	taken := map[uint32]bool{}
	for range 200 {
		slots, err := r.Reserve(context.Background(), 2026, []issuer.Want{{Length: 9}, {Length: 4}}, draw)
		must(t, err)
		for n, length := range []uint32{9, 4} {
			for k := range length {
				if taken[slots[n].Index+k] {
					t.Fatalf("entry %d was given twice", slots[n].Index+k)
				}
				taken[slots[n].Index+k] = true
			}
		}
	}
}

func batches(t *testing.T, r Register) {
	ctx := context.Background()
	b := batch("b", "key", made(t, r, nil, "1", "2"), made(t, r, nil, "3", "4"))
	b.Hash[0] = 7
	must(t, r.Issue(ctx, b))
	req, err := r.Request(ctx, "key")
	if err != nil || req.Hash != b.Hash || req.Batch != "b" || req.Left || !slices.Equal(req.Answer, b.Answer) {
		t.Errorf("request %+v, %v", req, err)
	}
	for _, id := range []string{b.Answer[1], b.Entries[1].License.Identifier.Base(), b.Entries[1].License.Number} {
		v, err := r.Current(ctx, id)
		if err != nil || v.Text != "text of "+b.Answer[1] || v.State != license.Valid || len(v.States) != 2 || !v.IssuedAt.Equal(at) {
			t.Errorf("by %s: %+v, %v", id, v, err)
		}
	}
	if of, err := r.CurrentOf(ctx, [][32]byte{b.Entries[0].Content, {}}); err != nil || of[0] != b.Answer[0] || of[1] != "" {
		t.Errorf("by content: %v, %v", of, err)
	}
	for _, e := range b.Entries {
		if got := entries(t, r, e.License); !slices.Equal(got, []license.State{license.Valid, license.Valid, license.Valid}) {
			t.Errorf("the entries of %s read %v", e.License.Identifier, got)
		}
	}
	for _, id := range []string{"", "nothing", "1.2.156.3005.2.x", "310105"} {
		if _, err := r.Current(ctx, id); !errors.Is(err, issuer.ErrNotFound) {
			t.Errorf("by %q: %v", id, err)
		}
	}
	if ids, err := r.Unfinished(ctx); err != nil || len(ids) != 0 {
		t.Errorf("unfinished %v, %v", ids, err)
	}
	if err := r.Void(ctx, "b", "tester", "", at); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("giving up what is issued: %v", err)
	}
	must(t, r.Issue(ctx, issuer.Batch{ID: "empty", Key: "empty", At: at, Answer: []string{"x"}}))
	if req, err := r.Request(ctx, "empty"); err != nil || !slices.Equal(req.Answer, []string{"x"}) {
		t.Errorf("an answer alone: %+v, %v", req, err)
	}
}

func wantConflict(t *testing.T, err error, kind issuer.ConflictKind) {
	t.Helper()
	var held *issuer.Conflict
	if !errors.As(err, &held) || held.Kind != kind || held.Left {
		t.Errorf("got %v (%+v), want a conflict of %s", err, held, kind)
	}
}

// claims refuses what another has, and leaves nothing of what was refused.
func claims(t *testing.T, r Register) {
	ctx := context.Background()
	first := batch("a", "key", made(t, r, nil, "1", "2"))
	must(t, r.Issue(ctx, first))
	refused := func(kind issuer.ConflictKind, b issuer.Batch) {
		t.Helper()
		wantConflict(t, r.Issue(ctx, b), kind)
		for _, e := range b.Entries {
			if _, err := r.Version(ctx, e.License.Identifier.String()); !errors.Is(err, issuer.ErrNotFound) {
				t.Errorf("something is left of it: %v", err)
			}
		}
	}
	refused(issuer.KeyHeld, batch("b", "key", made(t, r, nil, "8", "9")))
	refused(issuer.PermitHeld, batch("b", "", made(t, r, nil, "6", "7"), made(t, r, nil, "2", "3")))
	same := made(t, r, nil, "5", "6")
	same.Content = first.Entries[0].Content
	refused(issuer.ContentHeld, batch("b", "", same))
	s, err := r.Standing(ctx, []issuer.PermitKey{{Authority: "机关", Number: "1"}, {Authority: "别的机关", Number: "1"}, {Authority: "机关", Number: "3"}})
	if err != nil || s[0].Held != first.Entries[0].License.Identifier.Base() || s[1].Held != "" || s[0].State != license.Valid || s[0].Acted || s[2].Held != "" {
		t.Errorf("standing %+v, %v", s, err)
	}
	// A batch is also refused for what stands in it twice.
	wantConflict(t, r.Issue(ctx, batch("c", "", made(t, r, nil, "20"), made(t, r, nil, "20"))), issuer.PermitHeld)
	issued(t, r, "d", made(t, r, nil, "3", "6"))
}

func moved(t *testing.T, r Register) {
	ctx := context.Background()
	first := issued(t, r, "a", made(t, r, nil, "1", "2"))
	second := made(t, r, &first, "1")
	third := made(t, r, &first, "2")
	key := issuer.PermitKey{Authority: "机关", Number: "1"}
	carriers, err := r.Carriers(ctx, key)
	must(t, err)
	act := issuer.PermitAct{Key: key, From: license.Valid, To: license.Suspended, At: at, Carriers: carriers, Events: []metadata.Event{event(t, first, metadata.Status)}}
	must(t, r.ActOnPermit(ctx, act))
	if err := r.ActOnPermit(ctx, act); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("acting on what has another state: %v", err)
	}
	if err := r.Issue(ctx, batch("b", "", second)); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("issued with a state that has changed: %v", err)
	}
	second.States[0] = license.Suspended
	must(t, r.Issue(ctx, batch("b", "", second)))
	if got := entries(t, r, second.License); !slices.Equal(got, []license.State{license.Valid, license.Suspended}) {
		t.Errorf("the entries read %v", got)
	}
	act.From, act.To = license.Suspended, license.Valid
	if err := r.ActOnPermit(ctx, act); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("acting with carriers that have changed: %v", err)
	}
	wantConflict(t, r.Issue(ctx, batch("d", "", third)), issuer.VersionHeld)
	unreserved := made(t, r, nil, "30")
	unreserved.License.StatusIndex += issuer.ChunkSize / 2
	if err := r.Issue(ctx, batch("e", "", unreserved)); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("issued on a place that nobody has reserved: %v", err)
	}
	// A crash of the database can take a reservation away, and the serial is
	// given again.
	again := made(t, r, nil, "31")
	again.License.Identifier, again.License.Number = first.Identifier, first.Number
	if err := r.Issue(ctx, batch("f", "", made(t, r, nil, "32"), again)); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("issued under a serial that another has: %v", err)
	}
}

func supersede(t *testing.T, r Register) {
	ctx := context.Background()
	first := issued(t, r, "a", made(t, r, nil, "1", "2"))
	second := issued(t, r, "b", made(t, r, &first, "2", "3"))
	versions, err := r.Versions(ctx, first.Identifier.Base())
	if err != nil || len(versions) != 2 || versions[0].State != license.Superseded || versions[1].State != license.Valid {
		t.Fatalf("versions %+v, %v", versions, err)
	}
	v, err := r.Current(ctx, first.Identifier.String())
	if err != nil || v.License.Identifier != second.Identifier {
		t.Errorf("current %s, %v", v.License.Identifier, err)
	}
	for number, held := range map[string]bool{"1": false, "2": true, "3": true} {
		s, err := r.Standing(ctx, []issuer.PermitKey{{Authority: "机关", Number: number}})
		if err != nil || (s[0].Held != "") != held {
			t.Errorf("permit %s: %+v, %v", number, s, err)
		}
	}
	record, err := r.Record(ctx, first.Identifier.Base())
	if err != nil || len(record.Versions) != 2 || record.Versions[1].Identifier != second.Identifier.String() {
		t.Errorf("record %+v, %v", record, err)
	}
}
