package registertest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"yizheng/holder"
	"yizheng/license"
)

// links keeps holder links, finds them by their hash alone, and takes them
// back once.
func links(t *testing.T, r Register) {
	ctx := context.Background()
	const one, other = license.CreditCode("91310000631696382C"), license.CreditCode("91310105MA7BKL2P8K")
	link := func(n int, of license.CreditCode) holder.Link {
		return holder.Link{ID: fmt.Sprintf("%012x", n), Holder: of, Hash: sha256.Sum256([]byte{byte(n)}), MadeAt: at.Add(time.Duration(n) * time.Minute), MadeBy: "tester"}
	}
	for n := range 3 {
		must(t, r.AddLink(ctx, link(n, one), 3))
	}
	if err := r.AddLink(ctx, link(3, one), 3); !errors.Is(err, holder.ErrTooMany) {
		t.Errorf("a fourth link of three: %v", err)
	}
	must(t, r.AddLink(ctx, link(4, other), 3))
	if err := r.AddLink(ctx, link(4, other), 3); err == nil {
		t.Error("a link was written twice")
	}
	got, err := r.LinkByHash(ctx, link(1, one).Hash)
	must(t, err)
	if got != link(1, one) || !got.Open() {
		t.Errorf("%+v", got)
	}
	if _, err := r.LinkByHash(ctx, sha256.Sum256([]byte("nobody's"))); !errors.Is(err, holder.ErrNoLink) {
		t.Errorf("nobody's link: %v", err)
	}
	if err := r.RevokeLink(ctx, other, link(1, one).ID, "tester", at); !errors.Is(err, holder.ErrNoLink) {
		t.Errorf("another holder's link: %v", err)
	}
	must(t, r.RevokeLink(ctx, one, link(1, one).ID, "somebody", at.Add(time.Hour)))
	if err := r.RevokeLink(ctx, one, link(1, one).ID, "somebody", at.Add(time.Hour)); !errors.Is(err, holder.ErrNoLink) {
		t.Errorf("revoked twice: %v", err)
	}
	got, err = r.LinkByHash(ctx, link(1, one).Hash)
	must(t, err)
	if got.Open() || !got.RevokedAt.Equal(at.Add(time.Hour)) || got.RevokedBy != "somebody" {
		t.Errorf("%+v", got)
	}
	must(t, r.AddLink(ctx, link(3, one), 3)) // there is room again
	all, err := r.Links(ctx, one)
	must(t, err)
	if len(all) != 4 || all[0].ID != link(3, one).ID || all[3].ID != link(0, one).ID {
		t.Errorf("%+v", all)
	}
	if none, err := r.Links(ctx, "91350100M000100Y43"); err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
}
