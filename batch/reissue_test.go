package batch_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"yizheng/batch"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
)

// listed gives what the register has.
func (w *world) listed() iter.Seq2[batch.Listed, error] {
	return func(yield func(batch.Listed, error) bool) {
		all, err := w.store.After(context.Background(), "", 1_000_000)
		if err != nil {
			yield(batch.Listed{}, err)
		}
		for _, c := range all {
			id, err := license.ParseIdentifier(c.Identifier)
			if !yield(batch.Listed{Identifier: id, Number: c.Number, Holder: c.Holder, Industry: c.Industry, IssuedAt: c.IssuedAt, KeyID: c.KeyID, Catalogue: c.Catalogue}, err) {
				return
			}
		}
	}
}

// TestReissue stops a reissue on the way and goes on: each license gets one new
// version, but for the one that has a fault.
func TestReissue(t *testing.T) {
	w := newWorld(t)
	const rows = 410 // three groups
	if _, err := w.run(t, w.file(t, "a.jsonl", rows)).Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := ""
	var one batch.Listed
	for l, err := range w.listed() {
		if err != nil {
			t.Fatal(err)
		}
		old, one = l.KeyID, l
	}
	actor := issuer.Operator("tester")
	v, err := w.store.Version(t.Context(), one.Identifier.String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.issuer.SetPermit(t.Context(), one.Number, v.License.Permits[0].Number, issuer.Revoke, "检查", issuer.Order{Actor: actor}); err != nil {
		t.Fatal(err)
	}
	config := issuertest.Config(t, w.store, issuertest.NewClock())
	config.Keys.License = issuertest.NewSigner(t)
	i, err := issuer.New(config)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	filter := batch.Filter{KeyID: old, Catalogue: one.Catalogue}
	run := func(ctx context.Context, each func()) (batch.Reissues, error) {
		return batch.Reissue(ctx, i, actor, w.listed(), filter, 1, nil, func(r batch.Reissued) error {
			if len(r.Faults) == 0 && !r.After.Repeated {
				seen[r.Before.Number]++
			}
			each()
			return nil
		})
	}
	ctx, stop := context.WithCancel(t.Context())
	first, err := run(ctx, stop)
	if !errors.Is(err, batch.ErrStopped) || first.Reissued == 0 || first.Reissued == rows {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := run(t.Context(), func() {})
	if err != nil || first.Reissued+second.Reissued != rows-1 || second.Refused != 1 {
		t.Fatalf("%+v, then %+v, %v", first, second, err)
	}
	if len(seen) != rows-1 {
		t.Errorf("%d licenses were reissued", len(seen))
	}
	for l := range w.listed() {
		if version := l.Identifier.Version; seen[l.Number] > 1 || l.Number != one.Number && version != 2 || l.Number == one.Number && version != 1 {
			t.Errorf("%s has version %d, and was reissued %d times", l.Number, version, seen[l.Number])
		}
	}
	filter = batch.Filter{Identifiers: map[string]bool{one.Number: true}, KeyID: "none"}
	if none, err := run(t.Context(), func() {}); err != nil || none.Selected != 0 {
		t.Errorf("%+v, %v", none, err)
	}
}
