package library_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yizheng/issuer"
	"yizheng/library"
	"yizheng/library/metadata"
)

// post sends a filing as it is and gives status, reason and receipt.
func (s *site) post(key, bearer string, body []byte) (status int, reason, receipt string) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.server.URL+"/v1/filings", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Idempotency-Key", key)
	req.Header.Set("Authorization", "Bearer "+bearer)
	resp, err := s.server.Client().Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var answer struct{ Reason, Receipt string }
	if err := json.Unmarshal(b, &answer); err != nil {
		s.t.Fatalf("answer %q: %v", b, err)
	}
	return resp.StatusCode, answer.Reason, answer.Receipt
}

// filings gives the six events of a life, ready to be sent.
func (s *site) filings() (base string, bodies [][]byte) {
	s.t.Helper()
	base = s.life(1)
	queued, err := s.store.Filings(context.Background(), base)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, q := range queued {
		b, err := json.Marshal(q.Filing)
		if err != nil {
			s.t.Fatal(err)
		}
		bodies = append(bodies, b)
	}
	return base, bodies
}

func TestReceiverRefuses(t *testing.T) {
	s := newSite(t)
	base, bodies := s.filings()
	key := metadata.ID(base, 1)
	replaced := func(old, new string) []byte {
		b := bytes.Replace(bodies[0], []byte(old), []byte(new), 1)
		if bytes.Equal(b, bodies[0]) {
			t.Fatalf("nothing to replace: %s in %s", old, bodies[0])
		}
		return b
	}
	for name, c := range map[string]struct {
		body   []byte
		status int
		reason string
	}{
		"not JSON":              {[]byte("no"), 422, "schema"},
		"an unknown member":     {replaced(`"ZZMC"`, `"ZZZZ"`), 422, "schema"},
		"something after":       {append(bytes.Clone(bodies[0]), '1'), 422, "schema"},
		"an unknown kind":       {replaced(`"kind":"issue"`, `"kind":"burn"`), 422, "schema"},
		"another sequence":      {replaced(`"sequence":1`, `"sequence":2`), 422, "schema"},
		"a wrong check":         {wrongCheck(t, bodies[0]), 422, "identifier"},
		"a wrong credit code":   {replaced(`"CZZTDM":"9`, `"CZZTDM":"8`), 422, "credit_code"},
		"a change as first":     {replaced(`"kind":"issue"`, `"kind":"change"`), 422, "operation"},
		"no holder":             {replaced(`"CZZT":"`, `"CZZT":"","x":"`), 422, "schema"},
		"a day that is none":    {replaced(`"ZZBFRQ":"2026-07-01"`, `"ZZBFRQ":"2026-02-30"`), 422, "day"},
		"a state that is none":  {replaced(`"KZ_ZT":"01"`, `"KZ_ZT":"31"`), 422, "missing"},
		"another key":           {bodies[1], 422, "key"},
		"too much":              {bytes.Repeat([]byte(" "), metadata.MaxFiling+1), 413, "too_large"},
		"what is well, at last": {bodies[0], 201, ""},
	} {
		if c.status == 201 {
			continue
		}
		status, reason, _ := s.post(key, token, c.body)
		if status != c.status || reason != c.reason {
			t.Errorf("%s: got %d %s, want %d %s", name, status, reason, c.status, c.reason)
		}
	}
	if status, reason, _ := s.post(key, "another", bodies[0]); status != 401 || reason != "unauthorized" {
		t.Errorf("a wrong token: %d %s", status, reason)
	}
	if status, reason, _ := s.post(metadata.ID(base, 2), token, bodies[1]); status != 409 || reason != library.ReasonGap {
		t.Errorf("a gap: %d %s", status, reason)
	}
	status, _, first := s.post(key, token, bodies[0])
	if status != 201 || first == "" {
		t.Fatalf("a good filing: %d", status)
	}
	if status, _, again := s.post(key, token, bodies[0]); status != 200 || again != first {
		t.Errorf("again: %d, receipts %s and %s", status, first, again)
	}
	other := bytes.Replace(bodies[0], []byte(`"KZ_FDDBR":"`), []byte(`"KZ_FDDBR":"X`), 1)
	if status, reason, _ := s.post(key, token, other); status != 409 || reason != library.ReasonKeyReused {
		t.Errorf("another body: %d %s", status, reason)
	}
}

// wrongCheck changes the identifier's check character.
func wrongCheck(t *testing.T, body []byte) []byte {
	t.Helper()
	var f struct {
		Body struct{ ZZBS string }
	}
	if err := json.Unmarshal(body, &f); err != nil {
		t.Fatal(err)
	}
	id := f.Body.ZZBS
	last := byte('A')
	if id[len(id)-1] == last {
		last = 'B'
	}
	return bytes.Replace(body, []byte(id), append([]byte(id[:len(id)-1]), last), 1)
}

// TestReceiverRefusesWhatDoesNotFollow sends events out of their sense.
func TestReceiverRefusesWhatDoesNotFollow(t *testing.T) {
	s := newSite(t)
	base, bodies := s.filings() // issue, suspension, change, two documents, verification
	if status, _, _ := s.post(metadata.ID(base, 1), token, bodies[0]); status != 201 {
		t.Fatalf("got %d", status)
	}
	second := func(n int) []byte {
		var f metadata.Filing
		if err := json.Unmarshal(bodies[n], &f); err != nil {
			t.Fatal(err)
		}
		f.ID, f.Sequence = metadata.ID(base, 2), 2
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	otherPermit := bytes.Replace(second(1), []byte(`"KZ_XKZBH":"`), []byte(`"KZ_XKZBH":"X`), 1)
	for name, c := range map[string]struct {
		body   []byte
		reason string
	}{
		"a second issue":                {second(0), "predecessor"},
		"a document of a later version": {second(4), "version"},
		"another permit":                {otherPermit, "permit"},
	} {
		if status, reason, _ := s.post(metadata.ID(base, 2), token, c.body); status != 422 || reason != c.reason {
			t.Errorf("%s: got %d %s, want 422 %s", name, status, reason, c.reason)
		}
	}
}

func TestControl(t *testing.T) {
	s := newSite(t)
	for body, want := range map[string]int{
		`{"failure":"broken","times":1}`: 204, `{"failure":"odd"}`: 400, `{"fail":"broken"}`: 400, `{}`: 204,
	} {
		req, err := http.NewRequest(http.MethodPut, s.server.URL+"/control", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", body, resp.StatusCode, want)
		}
	}
}

func TestReconcile(t *testing.T) {
	ctx := context.Background()
	s := newSite(t)
	lost, behind, state, fine, waiting := s.life(1), s.life(2), s.life(3), s.life(4), ""
	for _, base := range []string{lost, behind, state, fine} {
		s.deliver(base, 1)
	}
	waiting = s.life(5)
	r := library.Reconciler{Ledger: s.store, Library: s.client, Clock: s.clock.Now}
	found, err := r.Reconcile(ctx)
	if err != nil || found.Agreed != 4 || found.Pending != 1 || len(found.Differences) != 0 {
		t.Fatalf("before: %+v, %v", found, err)
	}

	// The library loses all of one license, the last events of another, and a
	// state and a digest of a third.
	tamper(t, s, `DELETE FROM filings WHERE license = ?`, lost)
	tamper(t, s, `DELETE FROM standings WHERE license = ?`, lost)
	tamper(t, s, `DELETE FROM filings WHERE sequence > 4 AND license = ?`, behind)
	tamper(t, s, `UPDATE standings SET sequence = 4, summary = json_set(summary, '$.sequence', 4) WHERE license = ?`, behind)
	tamper(t, s, `UPDATE standings SET summary = json_set(summary, '$.permits[0].state', '01', '$.document', '') WHERE license = ?`, state)

	dry := r
	dry.DryRun = true
	for n, reconciler := range []library.Reconciler{dry, r} {
		found, err = reconciler.Reconcile(ctx)
		if err != nil {
			t.Fatal(err)
		}
		reasons := map[string]string{}
		for _, d := range found.Differences {
			reasons[d.License] = d.Reason
			if d.Queued != (n == 1) {
				t.Errorf("%s was queued: %v", d.License, d.Queued)
			}
		}
		want := map[string]string{lost: library.DiffMissing, behind: library.DiffBehind, state: library.DiffState}
		for license, reason := range want {
			if reasons[license] != reason {
				t.Errorf("%s: %s, want %s", license, reasons[license], reason)
			}
		}
		if len(reasons) != len(want) || found.Agreed != 1 || found.Pending != 1 || found.Compared != 5 {
			t.Errorf("found %+v", found)
		}
	}
	for _, base := range []string{lost, behind, state, waiting} {
		s.deliver(base, 2)
	}
	s.wantExactly(lost, 6)
	s.wantExactly(behind, 6)
	s.wantExactly(state, 8)
	if found, err = r.Reconcile(ctx); err != nil || found.Agreed != 5 || len(found.Differences) != 0 {
		t.Errorf("after: %+v, %v", found, err)
	}
}

// meddling is a register in which something happens while it is compared.
type meddling struct {
	library.Ledger
	looked, restating func()
}

func (m meddling) Standings(ctx context.Context, after string, limit int) ([]metadata.Standing, error) {
	page, err := m.Ledger.Standings(ctx, after, limit)
	m.looked()
	return page, err
}

func (m meddling) Restate(ctx context.Context, license string, last int64, events []metadata.Event) error {
	m.restating()
	return m.Ledger.Restate(ctx, license, last, events)
}

// TestReconcileBesideFiling compares while licenses change and are filed.
func TestReconcileBesideFiling(t *testing.T) {
	ctx := context.Background()
	s := newSite(t)
	bases := []string{s.life(1), s.life(2), s.life(3)}
	slices.Sort(bases)
	for _, base := range bases {
		s.deliver(base, 1)
	}
	withdraw := func(base string) {
		if _, err := s.issuer.Withdraw(ctx, base, "市场主体申请", issuer.Order{Actor: operator}); err != nil {
			t.Fatal(err)
		}
	}
	looks := 0
	r := library.Reconciler{Library: s.client, Clock: s.clock.Now, Ledger: meddling{Ledger: s.store, restating: func() {}, looked: func() {
		if looks++; looks == 1 {
			withdraw(bases[0])
			s.deliver(bases[0], 2)
		}
	}}}
	found, err := r.Reconcile(ctx)
	if err != nil || found.Compared != 3 || found.Agreed != 3 || len(found.Differences) != 0 {
		t.Errorf("filed between the two pages: %+v, %v", found, err)
	}

	// Digests differ, and a license changes before that is repaired.
	for _, base := range bases[1:] {
		tamper(t, s, `UPDATE standings SET summary = json_set(summary, '$.document', '') WHERE license = ?`, base)
	}
	repairs := 0
	r.Ledger = meddling{Ledger: s.store, looked: func() {}, restating: func() {
		if repairs++; repairs == 1 {
			withdraw(bases[1])
		}
	}}
	found, err = r.Reconcile(ctx)
	if err != nil || found.Compared != 3 || found.Agreed != 1 || len(found.Differences) != 2 {
		t.Fatalf("changed before it was repaired: %+v, %v", found, err)
	}
	if d := found.Differences[0]; d.License != bases[1] || d.Reason != library.DiffMoved || d.Queued {
		t.Errorf("what changed meanwhile: %+v", d)
	}
	if d := found.Differences[1]; d.License != bases[2] || d.Reason != library.DiffDocument || !d.Queued {
		t.Errorf("what follows it: %+v", d)
	}
}

// tamper writes into the library's books behind its back.
func tamper(t *testing.T, s *site, statement, license string) {
	t.Helper()
	if err := s.receiver.Exec(statement, license); err != nil {
		t.Fatal(err)
	}
}

// TestLibraryThatLostEventsIsRewound delivers to a library that was restored
// from an old copy, without reconciling.
func TestLibraryThatLostEventsIsRewound(t *testing.T) {
	s := newSite(t)
	base := s.life(1)
	s.deliver(base, 1)
	tamper(t, s, `DELETE FROM filings WHERE sequence > 2 AND license = ?`, base)
	tamper(t, s, `DELETE FROM standings WHERE license = ?`, base)
	tamper(t, s, `DELETE FROM filings WHERE license = ?`, base)
	if _, err := s.issuer.Withdraw(context.Background(), base, "市场主体申请", issuer.Order{Actor: operator}); err != nil {
		t.Fatal(err)
	}
	s.deliver(base, 2)
	s.wantExactly(base, 7)
}

func TestClientIsStrict(t *testing.T) {
	for _, address := range []string{"", "ftp://x", "http://u:p@x/", "https://x/?q=1", "://"} {
		if _, err := library.NewClient(address, "", nil, 0); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
	server, err := library.NewClient("http://127.0.0.1:1", "", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Summaries(context.Background(), "", 1); !errors.Is(err, library.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}

func TestReceiverKeepsItsBooks(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "l.db")
	for range 2 {
		r, err := library.NewReceiver(ctx, library.ReceiverConfig{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
