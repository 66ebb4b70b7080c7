package issuer_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/register"
)

// TestReissue changes the key and reissues: a new version by the new key, with
// the same content, in the place of the old one; and nothing a second time.
func TestReissue(t *testing.T) {
	ctx := t.Context()
	store, err := register.Create(ctx, filepath.Join(t.TempDir(), "register.db"), register.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	actor := issuer.Operator("tester")
	config := issuertest.Config(t, store, issuertest.NewClock())
	before, err := issuer.New(config)
	if err != nil {
		t.Fatal(err)
	}
	var apps []catalog.Application
	for n := range 4 {
		apps = append(apps, issuertest.Numbered(t, n))
	}
	issued, err := before.Issue(ctx, apps, issuer.Order{Actor: actor})
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(issued))
	for n, v := range issued {
		ids[n] = v.License.Identifier.String()
	}
	for _, v := range reissue(t, before, ids, actor) {
		if !v.Repeated || v.License.Identifier.Version != 1 {
			t.Errorf("nothing has changed, and there is %+v", v.License.Identifier)
		}
	}

	config.Keys.License = issuertest.NewSigner(t)
	i, err := issuer.New(config)
	if err != nil {
		t.Fatal(err)
	}
	// Two at once, and each license twice in one request.
	var both [2][]issuer.Issued
	var wg sync.WaitGroup
	for n := range both {
		wg.Go(func() { both[n], _ = i.Reissue(context.Background(), append(ids[:len(ids):len(ids)], ids[0]), actor) })
	}
	wg.Wait()
	for n := range ids {
		v := both[0][n]
		_, code, err := payload.Find(v.Text)
		if err != nil {
			t.Fatal(err)
		}
		if v.License.Identifier.Version != 2 || code.KeyID != config.Keys.License.PublicKey().KeyID() || both[1][n].Text != v.Text ||
			v.License.Number != issued[n].License.Number || v.License.Holder != issued[n].License.Holder {
			t.Errorf("%d: %+v", n, v.License)
		}
		old, err := store.Version(ctx, ids[n])
		if err != nil || old.State != license.Superseded {
			t.Errorf("%d: the version before is %s, %v", n, old.State, err)
		}
	}
	if both[0][4].Text != both[0][0].Text {
		t.Error("one license named twice has two versions")
	}
	for n, v := range reissue(t, i, ids, actor) {
		if !v.Repeated || v.Text != both[0][n].Text {
			t.Errorf("a second time: %+v", v.License.Identifier)
		}
	}
	// The content is known by it: an application of before finds its license,
	// and the content can be changed and taken back.
	again, err := i.Issue(ctx, apps[:1], issuer.Order{Actor: actor})
	if err != nil || !again[0].Repeated || again[0].License.Identifier.Version != 2 {
		t.Errorf("the application again: %+v, %v", again, err)
	}

	// What stands in the way is said, and nothing is done.
	if _, err := i.Withdraw(ctx, ids[1], "歇业", issuer.Order{Actor: actor}); err != nil {
		t.Fatal(err)
	}
	if _, err := i.SetPermit(ctx, ids[2], apps[2].Permits[0].Number, issuer.Revoke, "检查", issuer.Order{Actor: actor}); err != nil {
		t.Fatal(err)
	}
	config.Keys.License = issuertest.NewSigner(t)
	if i, err = issuer.New(config); err != nil {
		t.Fatal(err)
	}
	_, err = i.Reissue(ctx, append(ids, "31010520269999999"), actor)
	var faults license.Faults
	if !errors.As(err, &faults) || len(faults) != 3 || faults[0].Field != "[1]" || faults[0].Reason != "license_withdrawn" ||
		faults[1].Field != "[2].permits[0].number" || faults[2].Reason != "license_not_found" {
		t.Errorf("%v", err)
	}
	if v := reissue(t, i, ids[:1], actor); v[0].License.Identifier.Version != 3 {
		t.Errorf("%+v", v[0].License.Identifier)
	}
	if _, err := i.Reissue(ctx, ids, issuer.Department("甲", "局")); err == nil {
		t.Error("a department reissues licenses")
	}
}

func reissue(t *testing.T, i *issuer.Issuer, ids []string, actor issuer.Actor) []issuer.Issued {
	t.Helper()
	issued, err := i.Reissue(t.Context(), ids, actor)
	if err != nil || len(issued) != len(ids) {
		t.Fatalf("%d, %v", len(issued), err)
	}
	return issued
}
