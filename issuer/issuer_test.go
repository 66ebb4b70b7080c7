package issuer_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/library/metadata"
	"yizheng/license"
	"yizheng/register"
)

var operator = issuer.Operator("window 3")

func open(tb testing.TB) *register.Store {
	tb.Helper()
	s, err := register.Create(context.Background(), filepath.Join(tb.TempDir(), "register.db"), register.Config{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func issue(tb testing.TB, i *issuer.Issuer, apps ...catalog.Application) []issuer.Issued {
	tb.Helper()
	issued, err := i.Issue(context.Background(), apps, issuer.Order{Actor: operator})
	if err != nil {
		tb.Fatalf("issuing: %v", err)
	}
	return issued
}

// wantReason checks that err is faults of which the first has the reason.
func wantReason(tb testing.TB, err error, reason string) {
	tb.Helper()
	var faults license.Faults
	if !errors.As(err, &faults) || len(faults) == 0 {
		tb.Fatalf("got %v, want a fault of the reason %s", err, reason)
	}
	if faults[0].Reason != reason {
		tb.Fatalf("got the reason %s (%s), want %s", faults[0].Reason, faults[0].Message, reason)
	}
	if faults[0].Message == "" || faults[0].MessageZH == "" {
		tb.Errorf("fault %s lacks a sentence: %+v", reason, faults[0])
	}
}

func TestIssueEachFixture(t *testing.T) {
	store := open(t)
	i := issuertest.New(t, store, issuertest.NewClock())
	for _, name := range []string{issuertest.Store, issuertest.Restaurant, issuertest.Bookstore, issuertest.Gym} {
		app := issuertest.Application(t, name)
		draft, err := i.Preview(context.Background(), app)
		if err != nil {
			t.Fatalf("%s: previewing: %v", name, err)
		}
		got := issue(t, i, app)[0]
		if got.Repeated || got.State != license.Valid {
			t.Errorf("%s: got state %s, repeated %v", name, got.State, got.Repeated)
		}
		if !strings.HasPrefix(got.Text, issuertest.Prefix+"86") {
			t.Errorf("%s: the text begins with %.40s", name, got.Text)
		}
		if want := "310105" + got.License.Identifier.Serial; got.License.Number != want {
			t.Errorf("%s: number %s, want %s", name, got.License.Number, want)
		}
		if len(draft.Text) < len(got.Text)-12 || len(draft.Text) > len(got.Text)+12 {
			t.Errorf("%s: previewed %d characters, issued %d", name, len(draft.Text), len(got.Text))
		}
		t.Logf("%s: version %d-%s, %d characters", name, draft.Version, draft.Level, len(got.Text))
		pending, err := store.Pending(context.Background(), got.License.Identifier.Base(), 10)
		if err != nil || len(pending) != 1 || pending[0].Kind != metadata.Issue {
			t.Errorf("%s: outbox %+v, %v", name, pending, err)
		}
		if err := fileable(pending[0].Filing); err != nil {
			t.Errorf("%s: the library would refuse the event: %v", name, err)
		}
	}
}

func TestIssueAgain(t *testing.T) {
	ctx := context.Background()
	store := open(t)
	i := issuertest.New(t, store, issuertest.NewClock())
	app := issuertest.Application(t, issuertest.Restaurant)
	order := issuer.Order{Actor: operator, Key: "k1"}
	first, err := i.Issue(ctx, []catalog.Application{app}, order)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]issuer.Order{"same key": order, "no key": {Actor: operator}, "another key": {Actor: operator, Key: "k2"}} {
		again, err := i.Issue(ctx, []catalog.Application{app}, o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if again[0].Text != first[0].Text || !again[0].Repeated {
			t.Errorf("%s: got another license, or not said to be repeated", name)
		}
	}
	if draft, err := i.Preview(ctx, app); err != nil || draft.Existing != first[0].License.Identifier.String() {
		t.Errorf("a preview of what is issued already: existing %q, %v", draft.Existing, err)
	}
	other := issuertest.Application(t, issuertest.Gym)
	_, err = i.Issue(ctx, []catalog.Application{other}, order)
	wantReason(t, err, "idempotency_key_reused")

	moved := app
	moved.Permits = append([]license.Permit(nil), app.Permits...)
	moved.Permits[0], moved.Permits[1] = moved.Permits[1], moved.Permits[0]
	if again := issue(t, i, moved); again[0].Text != first[0].Text {
		t.Error("another order of the same permits gave another license")
	}
	app.Holder.Premises += "二楼"
	_, err = i.Issue(ctx, []catalog.Application{app}, issuer.Order{Actor: operator})
	wantReason(t, err, "permit_on_other_license")
}

func TestIssueAllOrNone(t *testing.T) {
	ctx := context.Background()
	store := open(t)
	i := issuertest.New(t, store, issuertest.NewClock())
	good, bad := issuertest.Application(t, issuertest.Gym), issuertest.Application(t, issuertest.Restaurant)
	bad.Permits = bad.Permits[:1]
	_, err := i.Issue(ctx, []catalog.Application{good, bad}, issuer.Order{Actor: operator})
	var faults license.Faults
	if !errors.As(err, &faults) || !strings.HasPrefix(faults[0].Field, "[1]") {
		t.Fatalf("got %v, want a fault of the second application", err)
	}
	if found, err := store.ByHolder(ctx, good.Holder.CreditCode, 10); err != nil || len(found) != 0 {
		t.Errorf("the good one was issued: %v, %v", found, err)
	}
	clash := good
	clash.Holder.Premises += "二楼"
	_, err = i.Issue(ctx, []catalog.Application{good, clash}, issuer.Order{Actor: operator})
	wantReason(t, err, "permit_on_other_license")
	twice := issue(t, i, good, good)
	if twice[0].Text != twice[1].Text {
		t.Error("the same application twice in one request gave two licenses")
	}
	_, err = i.Issue(ctx, []catalog.Application{good}, issuer.Order{})
	wantReason(t, err, "not_the_issuer")
	_, err = i.Issue(ctx, nil, issuer.Order{Actor: operator})
	wantReason(t, err, "batch_size")
}

func fileable(f metadata.Filing) error {
	b, err := jsonOf(f)
	if err != nil {
		return err
	}
	_, _, err = metadata.ParseFiling(b)
	return err
}
