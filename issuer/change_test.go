package issuer_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/library/metadata"
	"yizheng/license"
)

func jsonOf(v any) ([]byte, error) { return json.Marshal(v) }

func TestChange(t *testing.T) {
	ctx := context.Background()
	store := open(t)
	i := issuertest.New(t, store, issuertest.NewClock())
	app := issuertest.Application(t, issuertest.Bookstore)
	first := issue(t, i, app)[0]
	base := first.License.Identifier.Base()
	changed := app
	changed.Permits = slices.Clone(app.Permits[:4]) // the signboard goes
	order := issuer.Order{Actor: operator, Key: "change 1"}

	second, err := i.Change(ctx, base, changed, order)
	if err != nil {
		t.Fatal(err)
	}
	if second.License.Identifier != first.License.Identifier.Next() || second.License.Number != first.License.Number {
		t.Errorf("got %s %s", second.License.Identifier, second.License.Number)
	}
	for name, id := range map[string]string{"number": first.License.Number, "base": base,
		"old version": first.License.Identifier.String(), "new version": second.License.Identifier.String()} {
		again, err := i.Change(ctx, id, changed, issuer.Order{Actor: operator})
		if err != nil || again.License.Identifier != second.License.Identifier || !again.Repeated {
			t.Errorf("by %s: got %s, %v", name, again.License.Identifier, err)
		}
	}
	old, err := store.Version(ctx, first.License.Identifier.String())
	if err != nil || old.State != license.Superseded {
		t.Errorf("the old version is %s, %v", old.State, err)
	}
	// The permit that went is free for another license.
	freed := issuertest.Numbered(t, 1)
	freed.Permits = append(freed.Permits, app.Permits[4])
	issue(t, i, freed)

	bad := changed
	bad.Holder.CreditCode = freed.Holder.CreditCode
	_, err = i.Change(ctx, base, bad, issuer.Order{Actor: operator})
	wantReason(t, err, "holder_changed")
	_, err = i.Change(ctx, base, app, issuer.Order{Actor: operator})
	wantReason(t, err, "permit_on_other_license")
	_, err = i.Change(ctx, base, issuertest.Application(t, issuertest.Gym), order)
	wantReason(t, err, "idempotency_key_reused")
	_, err = i.Change(ctx, "310105209900000001", app, issuer.Order{Actor: operator})
	wantReason(t, err, "license_not_found")
	moved := changed
	moved.Holder.Premises += "二楼"
	_, err = i.Renew(ctx, base, moved, issuer.Order{Actor: operator})
	wantReason(t, err, "nothing_renewed")

	kinds := []metadata.Kind{}
	filings, err := store.Filings(ctx, base)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range filings {
		kinds = append(kinds, f.Kind)
		if err := fileable(f.Filing); err != nil {
			t.Errorf("the library would refuse %s: %v", f.ID, err)
		}
	}
	if !slices.Equal(kinds, []metadata.Kind{metadata.Issue, metadata.Change}) {
		t.Errorf("filed %v", kinds)
	}
}

func TestRenew(t *testing.T) {
	ctx := context.Background()
	store := open(t)
	i := issuertest.New(t, store, issuertest.NewClock())
	app := issuertest.Application(t, issuertest.Bookstore)
	first := issue(t, i, app)[0]
	app.Permits = slices.Clone(app.Permits)
	app.Permits[4].ValidUntil = app.Permits[4].ValidUntil.AddYears(1)
	renewed, err := i.Renew(ctx, first.License.Number, app, issuer.Order{Actor: operator})
	if err != nil {
		t.Fatal(err)
	}
	if renewed.License.Identifier.Version != 2 {
		t.Errorf("got %s", renewed.License.Identifier)
	}
}

func TestActs(t *testing.T) {
	ctx := context.Background()
	store := open(t)
	i := issuertest.New(t, store, issuertest.NewClock())
	app := issuertest.Application(t, issuertest.Bookstore)
	first := issue(t, i, app)[0]
	base := first.License.Identifier.Base()
	number := app.Permits[0].Number
	department := issuer.Department("token 7", app.Permits[0].Authority)

	act := func(a issuer.Act) (issuer.PermitActed, error) {
		return i.SetPermit(ctx, base, number, a, "检查发现问题", issuer.Order{Actor: department})
	}
	_, err := act(issuer.Reinstate)
	wantReason(t, err, "permit_not_suspended")
	_, err = i.SetPermit(ctx, base, number, issuer.Suspend, "x", issuer.Order{Actor: issuer.Department("token 8", app.Permits[1].Authority)})
	wantReason(t, err, "not_the_authority")
	_, err = i.SetPermit(ctx, base, number, issuer.Suspend, "x", issuer.Order{Actor: issuer.Actor{}})
	wantReason(t, err, "not_the_authority")
	_, err = i.SetPermit(ctx, base, number, "close", "x", issuer.Order{Actor: department})
	wantReason(t, err, "unknown_act")
	_, err = i.SetPermit(ctx, base, number, issuer.Suspend, "", issuer.Order{Actor: department})
	wantReason(t, err, "reason_missing")
	_, err = i.SetPermit(ctx, base, "没有", issuer.Suspend, "x", issuer.Order{Actor: department})
	wantReason(t, err, "permit_not_found")

	for n, step := range []struct {
		act      issuer.Act
		repeated bool
		state    license.State
	}{
		{issuer.Suspend, false, license.Suspended}, {issuer.Suspend, true, license.Suspended},
		{issuer.Reinstate, false, license.Valid}, {issuer.Reinstate, true, license.Valid},
		{issuer.Suspend, false, license.Suspended},
	} {
		got, err := act(step.act)
		if err != nil || got.State != step.state || got.Repeated != step.repeated {
			t.Errorf("step %d: got %s, repeated %v, %v", n, got.State, got.Repeated, err)
		}
	}
	// A suspended permit stays suspended in the next version.
	app.Holder.Premises += "二楼"
	second, err := i.Change(ctx, base, app, issuer.Order{Actor: operator})
	if err != nil || second.Permits[0] != license.Suspended {
		t.Fatalf("the new version has %v, %v", second.Permits, err)
	}
	if got, err := act(issuer.Revoke); err != nil || got.State != license.Revoked {
		t.Fatalf("revoking: %v, %v", got, err)
	}
	for _, a := range []issuer.Act{issuer.Reinstate, issuer.Suspend, issuer.Rescind, issuer.Cancel} {
		_, err := act(a)
		want := "permit_final"
		if a == issuer.Reinstate {
			want = "permit_not_suspended"
		}
		wantReason(t, err, want)
	}
	// Every version that lists it says so.
	for _, l := range []license.License{first.License, second.License} {
		chunk, err := store.Chunk(ctx, l.StatusIndex/issuer.ChunkSize)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(chunk.Blocks, func(b issuer.Block) bool { return b.Offset == l.StatusIndex%issuer.ChunkSize })
		if at < 0 || chunk.Blocks[at].States[1] != license.Revoked {
			t.Errorf("version %d: its entry is not revoked", l.Identifier.Version)
		}
	}
	// What ended does not come back.
	app.Holder.Premises += "西侧"
	_, err = i.Change(ctx, base, app, issuer.Order{Actor: operator})
	wantReason(t, err, "permit_revoked")

	filings, err := store.Filings(ctx, base)
	if err != nil || len(filings) != 6 {
		t.Errorf("%d events were filed, want 6: %v", len(filings), err)
	}
}

func TestWithdraw(t *testing.T) {
	ctx := context.Background()
	store := open(t)
	i := issuertest.New(t, store, issuertest.NewClock())
	app := issuertest.Application(t, issuertest.Gym)
	first := issue(t, i, app)[0]
	base := first.License.Identifier.Base()
	for n := range 2 {
		got, err := i.Withdraw(ctx, base, "市场主体申请", issuer.Order{Actor: operator})
		if err != nil || got.State != license.Withdrawn || got.Repeated != (n == 1) || got.Notice == "" {
			t.Fatalf("time %d: %+v, %v", n, got, err)
		}
		for _, s := range got.Permits {
			if s != license.Valid {
				t.Errorf("a permit became %s", s)
			}
		}
	}
	_, err := i.Change(ctx, base, app, issuer.Order{Actor: operator})
	wantReason(t, err, "license_withdrawn")
	again := issue(t, i, app)[0]
	if again.License.Identifier.Base() == base {
		t.Error("a serial was used twice")
	}
	_, err = i.Withdraw(ctx, base, "x", issuer.Order{Actor: issuer.Department("token", app.Permits[0].Authority)})
	wantReason(t, err, "not_the_issuer")
	// The department's act still reaches the withdrawn license's entries.
	if _, err := i.SetPermit(ctx, again.License.Number, app.Permits[0].Number, issuer.Cancel, "注销", issuer.Order{Actor: operator}); err != nil {
		t.Fatal(err)
	}
	v, err := store.Version(ctx, first.License.Identifier.String())
	if err != nil || v.States[0] != license.Cancelled {
		t.Errorf("the old license's permit is %v, %v", v.States, err)
	}
}
