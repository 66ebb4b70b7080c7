package registertest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"yizheng/issuer"
	"yizheng/library/metadata"
	"yizheng/license"
)

// Races runs what several nodes do to one register at once. open gives an
// empty register, opened the given number of times.
func Races(t *testing.T, open func(t *testing.T, times int) []Register) {
	for name, f := range map[string]func(*testing.T, []Register){
		"reservations never overlap":                   racingReservations,
		"a permit is claimed by one":                   racingClaims,
		"a key, a content and a version are one's own": racingBatches,
		"a permit is freed and claimed at once":        racingReleases,
		"acts and issues see each other":               racingActs,
		"a license is changed or withdrawn":            racingWithdrawals,
		"events have no gaps":                          racingEvents,
		"a list has one next sequence":                 racingLists,
		"a closed key has signed what it has":          racingClosing,
	} {
		t.Run(name, func(t *testing.T) { f(t, open(t, 2)) })
	}
}

// each is how many work on each opened register at once.
const each = 6

// together runs f on every register, each several times at once.
func together(nodes []Register, f func(r Register, n int)) {
	var wg sync.WaitGroup
	for n := range each * len(nodes) {
		wg.Go(func() { f(nodes[n%len(nodes)], n) })
	}
	wg.Wait()
}

// seeded gives numbers that look random, others for each seed. A small range
// makes blocks meet.
func seeded(seed int) func() (uint32, error) {
	state := uint32(seed)*2654435761 + 1
	return func() (uint32, error) {
		state = state*1664525 + 1013904223
		return state >> 16 & 511, nil
	}
}

func racingReservations(t *testing.T, nodes []Register) {
	var mu sync.Mutex
	var serials []string
	taken := map[uint32]bool{}
	const rounds = 5
	together(nodes, func(r Register, n int) {
		for range rounds {
			slots, err := r.Reserve(context.Background(), 2026, []issuer.Want{{Length: 3}, {Length: 2}, {Serial: "kept", Length: 2}}, seeded(n))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			serials = append(serials, slots[0].Serial, slots[1].Serial)
			for k, length := range []uint32{3, 2, 2} {
				for i := range length {
					if taken[slots[k].Index+i] {
						t.Errorf("entry %d was given twice", slots[k].Index+i)
					}
					taken[slots[k].Index+i] = true
				}
			}
			mu.Unlock()
		}
	})
	slices.Sort(serials)
	for n, s := range serials {
		if want := fmt.Sprintf("2026%07d", n+1); s != want {
			t.Fatalf("serial %d is %s, want %s", n, s, want)
		}
	}
	if len(serials) != 2*rounds*each*len(nodes) {
		t.Errorf("%d serials", len(serials))
	}
}

// wins counts those who got through; all others must have found a conflict of
// the kind, or that the register has moved.
type wins struct {
	t  *testing.T
	mu sync.Mutex
	of []int
}

func (w *wins) note(n int, err error, kinds ...issuer.ConflictKind) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var held *issuer.Conflict
	switch {
	case err == nil:
		w.of = append(w.of, n)
	case errors.As(err, &held) && slices.Contains(kinds, held.Kind), errors.Is(err, issuer.ErrMoved):
	default:
		w.t.Errorf("number %d: %v", n, err)
	}
}

func (w *wins) one() {
	w.t.Helper()
	if len(w.of) != 1 {
		w.t.Errorf("%d got through: %v", len(w.of), w.of)
	}
}

func racingClaims(t *testing.T, nodes []Register) {
	won := wins{t: t}
	// Each wants the permit of all and two of its own, in another order.
	entries := make([]issuer.Entry, each*len(nodes))
	for n := range entries {
		permits := []string{fmt.Sprint("a", n), "everybody's", fmt.Sprint("b", n), "shared"}
		if n%2 == 0 {
			slices.Reverse(permits)
		}
		entries[n] = made(t, nodes[0], nil, permits...)
	}
	together(nodes, func(r Register, n int) {
		won.note(n, r.Issue(context.Background(), batch(fmt.Sprint(n), "", entries[n])), issuer.PermitHeld)
	})
	won.one()
}

func racingBatches(t *testing.T, nodes []Register) {
	ctx := context.Background()
	entries := make([]issuer.Entry, each*len(nodes))
	for n := range entries {
		entries[n] = made(t, nodes[0], nil, fmt.Sprint("k", n))
	}
	keys := wins{t: t}
	together(nodes, func(r Register, n int) {
		keys.note(n, r.Issue(ctx, batch(fmt.Sprint("key", n), "the key", entries[n])), issuer.KeyHeld)
	})
	keys.one()
	contents := wins{t: t}
	for n := range entries {
		entries[n] = made(t, nodes[0], nil, fmt.Sprint("c", n))
		entries[n].Content = sha256.Sum256([]byte("the content"))
	}
	together(nodes, func(r Register, n int) {
		contents.note(n, r.Issue(ctx, batch(fmt.Sprint("content", n), "", entries[n])), issuer.ContentHeld)
	})
	contents.one()
	first := issued(t, nodes[0], "first", made(t, nodes[0], nil, "v"))
	for n := range entries {
		entries[n] = made(t, nodes[0], &first, "v", fmt.Sprint("v", n))
	}
	versions := wins{t: t}
	together(nodes, func(r Register, n int) {
		versions.note(n, r.Issue(ctx, batch(fmt.Sprint("version", n), "", entries[n])), issuer.VersionHeld)
	})
	versions.one()
}

// racingReleases withdraws licenses while others want their permits: each
// permit ends on one license, and whoever got through holds it.
func racingReleases(t *testing.T, nodes []Register) {
	ctx := context.Background()
	for round := range 4 {
		permit := fmt.Sprint("p", round)
		holder := issued(t, nodes[0], "holder"+permit, made(t, nodes[0], nil, permit))
		entries := make([]issuer.Entry, each*len(nodes))
		for n := range entries {
			entries[n] = made(t, nodes[0], nil, permit, fmt.Sprint(permit, n))
		}
		won := wins{t: t}
		together(nodes, func(r Register, n int) {
			if n == 0 {
				if err := r.Withdraw(ctx, issuer.Withdrawal{Identifier: holder.Identifier.String(), At: at, Event: event(t, holder, metadata.Status)}); err != nil {
					t.Error(err)
				}
				return
			}
			id := fmt.Sprint(permit, "-", n)
			won.note(n, r.Issue(ctx, batch(id, "", entries[n])), issuer.PermitHeld)
		})
		if len(won.of) > 1 {
			t.Fatalf("%d licenses got the permit", len(won.of))
		}
		if len(won.of) == 0 {
			continue
		}
		s, err := nodes[1].Standing(ctx, []issuer.PermitKey{{Authority: "机关", Number: permit}})
		if want := entries[won.of[0]].License.Identifier.Base(); err != nil || s[0].Held != want {
			t.Errorf("the permit is on %q, want %q, %v", s[0].Held, want, err)
		}
	}
}

// racingActs acts on a permit while versions that list it are issued:
// whatever comes first, each version's entry says what the permit's state is.
func racingActs(t *testing.T, nodes []Register) {
	ctx := context.Background()
	key := issuer.PermitKey{Authority: "机关", Number: "shared"}
	for round := range 6 {
		begun := made(t, nodes[0], nil, key.Number, fmt.Sprint("own", round))
		issueAnyhow(t, nodes[0], fmt.Sprint("first", round), begun)
		first := begun.License
		next := made(t, nodes[0], &first, key.Number)
		to := []license.State{license.Suspended, license.Valid}[round%2]
		from := []license.State{license.Valid, license.Suspended}[round%2]
		together(nodes, func(r Register, n int) {
			if n%2 == 0 {
				issueAnyhow(t, r, fmt.Sprint("next", round, "-", n), next)
				return
			}
			for {
				carriers, err := r.Carriers(ctx, key)
				if err != nil {
					t.Error(err)
					return
				}
				act := issuer.PermitAct{Key: key, From: from, To: to, At: at, Carriers: carriers}
				for range carriers {
					act.Events = append(act.Events, event(t, first, metadata.Status))
				}
				err = r.ActOnPermit(ctx, act)
				if err == nil {
					return
				}
				if !errors.Is(err, issuer.ErrMoved) {
					t.Error(err)
					return
				}
				if s, err := r.Standing(ctx, []issuer.PermitKey{key}); err != nil || s[0].State == to {
					return // another was first
				}
			}
		})
		for _, l := range []license.License{first, next.License} {
			if got := entries(t, nodes[1], l)[1]; got != to {
				t.Fatalf("round %d: the entry of version %d says %s, and the permit is %s", round, l.Identifier.Version, got, to)
			}
		}
		must(t, nodes[0].Withdraw(ctx, issuer.Withdrawal{Identifier: next.License.Identifier.String(), At: at, Event: event(t, first, metadata.Status)}))
		gapless(t, nodes[0], first.Identifier.Base())
	}
}

// issueAnyhow issues an entry with the states of the moment, as often as they
// change, until it is there, by whose hand ever.
func issueAnyhow(t *testing.T, r Register, id string, e issuer.Entry) {
	ctx := context.Background()
	for {
		var keys []issuer.PermitKey
		for _, p := range e.License.Permits {
			keys = append(keys, issuer.PermitKey{Authority: p.Authority, Number: p.Number})
		}
		standing, err := r.Standing(ctx, keys)
		if err != nil {
			t.Error(err)
			return
		}
		e.States = make([]license.State, len(standing))
		for n, s := range standing {
			e.States[n] = s.State
		}
		err = r.Issue(ctx, batch(id, "", e))
		var held *issuer.Conflict
		if err == nil || errors.As(err, &held) && held.Kind == issuer.VersionHeld {
			return
		}
		if !errors.Is(err, issuer.ErrMoved) {
			t.Error(err)
			return
		}
	}
}

// racingWithdrawals changes and withdraws one license at once: it ends
// withdrawn or changed, and no claim is left of what did not come about.
func racingWithdrawals(t *testing.T, nodes []Register) {
	ctx := context.Background()
	for round := range 4 {
		first := issued(t, nodes[0], fmt.Sprint("w", round), made(t, nodes[0], nil, fmt.Sprint("w", round)))
		next := made(t, nodes[0], &first, fmt.Sprint("w", round), fmt.Sprint("x", round))
		won := wins{t: t}
		var wg sync.WaitGroup
		wg.Go(func() {
			won.note(0, nodes[0].Issue(ctx, batch(fmt.Sprint("wn", round), "", next)), issuer.VersionHeld)
		})
		wg.Go(func() {
			err := nodes[1].Withdraw(ctx, issuer.Withdrawal{Identifier: first.Identifier.String(), At: at, Event: event(t, first, metadata.Status)})
			won.note(1, err, issuer.VersionHeld)
		})
		wg.Wait()
		if len(won.of) == 2 {
			t.Fatal("one license was both changed and withdrawn")
		}
		issued(t, nodes[1], fmt.Sprint("free", round), made(t, nodes[1], nil, fmt.Sprint("y", round)))
		s, err := nodes[1].Standing(ctx, []issuer.PermitKey{{Authority: "机关", Number: fmt.Sprint("x", round)}})
		if changed := slices.Equal(won.of, []int{0}); err != nil || (s[0].Held != "") != changed {
			t.Errorf("round %d: %v got through, and the permit is on %q, %v", round, won.of, s[0].Held, err)
		}
		gapless(t, nodes[0], first.Identifier.Base())
	}
}

// gapless wants the events of a license numbered from 1 without a gap.
func gapless(t *testing.T, r Register, base string) int {
	t.Helper()
	filed, err := r.Pending(context.Background(), base, 10_000)
	must(t, err)
	for n, q := range filed {
		if q.Sequence != int64(n+1) {
			t.Fatalf("event %d of %s has sequence %d", n, base, q.Sequence)
		}
	}
	return len(filed)
}

func racingEvents(t *testing.T, nodes []Register) {
	ctx := context.Background()
	l := issued(t, nodes[0], "e", made(t, nodes[0], nil, "1"))
	base := l.Identifier.Base()
	const rounds = 5
	restated := wins{t: t}
	together(nodes, func(r Register, n int) {
		for k := range rounds {
			v := license.Verification{ID: fmt.Sprint(n, "-", k), License: l.Identifier, Outcome: "valid", At: at,
				Region: "310105", Purpose: "检查", Organisation: "局", Operator: "甲"}
			if err := r.AddVerification(ctx, v); err != nil {
				t.Error(err)
			}
			if err := r.AddVerification(ctx, v); err != nil { // the same again
				t.Error(err)
			}
		}
		restated.note(n, r.Restate(ctx, base, 1, []metadata.Event{event(t, l, metadata.Status)}))
	})
	if want, got := 1+rounds*each*len(nodes)+len(restated.of), gapless(t, nodes[0], base); got != want {
		t.Errorf("%d events, want %d", got, want)
	}
	if len(restated.of) > 1 {
		t.Errorf("%d restated what has moved on", len(restated.of))
	}
}

func racingLists(t *testing.T, nodes []Register) {
	ctx := context.Background()
	l := issued(t, nodes[0], "l", made(t, nodes[0], nil, "1"))
	number := l.StatusIndex / issuer.ChunkSize
	won := wins{t: t}
	together(nodes, func(r Register, n int) {
		c, err := r.Chunk(ctx, number)
		if err != nil {
			t.Error(err)
			return
		}
		if c.Published.Sequence > 0 {
			return
		}
		won.note(n, r.PutList(ctx, number, issuer.Published{Sequence: 1, Built: c.Change, Token: fmt.Sprint(n), IssuedAt: at, ExpiresAt: at}))
	})
	won.one()
	if c, err := nodes[1].Chunk(ctx, number); err != nil || len(won.of) == 1 && c.Published.Token != fmt.Sprint(won.of[0]) {
		t.Errorf("the list is %q, %v", c.Published.Token, err)
	}
}
