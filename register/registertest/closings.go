package registertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"yizheng/issuer"
)

// closings keeps a key closed that was, and gives what it has signed.
func closings(t *testing.T, r Register) {
	ctx := context.Background()
	first := issued(t, r, "1", made(t, r, nil, "one"))
	other := made(t, r, nil, "three")
	other.KeyID = "another"
	must(t, r.CloseKey(ctx, issuer.ClosedKey{KeyID: "key", Since: at.Add(-time.Hour), At: at, Actor: "tester"}))
	must(t, r.CloseKey(ctx, issuer.ClosedKey{KeyID: "key", Since: at.Add(-time.Hour), At: at.Add(time.Hour), Actor: "somebody"}))
	if err := r.CloseKey(ctx, issuer.ClosedKey{KeyID: "key", Since: at, At: at, Actor: "tester"}); !errors.Is(err, issuer.ErrClosed) {
		t.Errorf("closed once more, since another instant: %v", err)
	}
	b := batch("2", "", other, made(t, r, nil, "two"))
	if err := r.Issue(ctx, b); !errors.Is(err, issuer.ErrKeyClosed) {
		t.Errorf("issued by a closed key: %v", err)
	}
	second := issued(t, r, "3", other)
	if got := signed(t, r, "key"); !slices.Equal(got, []string{"text of " + first.Identifier.String()}) {
		t.Errorf("the key has signed %q", got)
	}
	if got := signed(t, r, ""); len(got) != 2 || got[1] != "text of "+second.Identifier.String() {
		t.Errorf("all keys have signed %q", got)
	}

	must(t, r.PutClosing(ctx, "key", "d1", map[string][]byte{"d1": []byte("list"), "d2": nil}))
	must(t, r.PutClosing(ctx, "key", "d1", map[string][]byte{"d1": []byte("list"), "d2": nil}))
	if err := r.PutClosing(ctx, "key", "d3", map[string][]byte{"d3": []byte("another")}); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("another list of the key: %v", err)
	}
	if all, err := r.ClosedKeys(ctx); err != nil || len(all) != 1 || all[0] != (issuer.ClosedKey{KeyID: "key", Since: at.Add(-time.Hour), At: at, Actor: "tester", List: "d1"}) {
		t.Errorf("%+v, %v", all, err)
	}
	if part, err := r.ClosingPart(ctx, "d1"); err != nil || string(part) != "list" {
		t.Errorf("%q, %v", part, err)
	}
	if _, err := r.ClosingPart(ctx, "d3"); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("a part that was refused: %v", err)
	}
	var parts bytes.Buffer
	must(t, r.EachClosingPart(ctx, func(digest string, content []byte) error {
		_, err := fmt.Fprintf(&parts, "%s=%s ", digest, content)
		return err
	}))
	if parts.String() != "d1=list d2= " {
		t.Errorf("parts %q", parts.String())
	}
	must(t, r.CloseKey(ctx, issuer.ClosedKey{At: at, Actor: "tester"}))
	b = batch("4", "", made(t, r, nil, "four"))
	b.Entries[0].KeyID = "a third"
	if err := r.Issue(ctx, b); !errors.Is(err, issuer.ErrKeyClosed) {
		t.Errorf("issued where all keys are closed: %v", err)
	}
}

func signed(t *testing.T, r Register, key string) (texts []string) {
	t.Helper()
	must(t, r.EachSigned(context.Background(), key, func(text string) error {
		texts = append(texts, text)
		return nil
	}))
	return texts
}

// racingClosing closes a key while others issue by it: what is there when it is
// closed is all that ever will be.
func racingClosing(t *testing.T, nodes []Register) {
	ctx := context.Background()
	var mu sync.Mutex
	var count int
	var atClosing []string
	together(nodes, func(r Register, n int) {
		if n == 0 {
			for begun := false; !begun; { // not before somebody is at work
				mu.Lock()
				begun = count > 0
				mu.Unlock()
			}
			if err := r.CloseKey(ctx, issuer.ClosedKey{KeyID: "key", At: at, Actor: "tester"}); err != nil {
				t.Error(err)
				return
			}
			atClosing = signed(t, r, "key")
			return
		}
		for k := range 10 {
			b := batch(fmt.Sprintf("%d-%d", n, k), "", made(t, r, nil, fmt.Sprintf("%d-%d", n, k)))
			err := r.Issue(ctx, b)
			if errors.Is(err, issuer.ErrKeyClosed) {
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			count++
			mu.Unlock()
		}
	})
	after := signed(t, nodes[0], "key")
	if !slices.Equal(after, atClosing) || len(after) != count {
		t.Errorf("%d were there when the key was closed, %d are now, %d were issued", len(atClosing), len(after), count)
	}
}
