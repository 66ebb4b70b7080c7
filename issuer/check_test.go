package issuer_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
)

// TestCheck wants CheckEach to say what Issue says, of each application by
// itself, and to take what is issued already for good.
func TestCheck(t *testing.T) {
	i := issuertest.New(t, open(t), issuertest.NewClock())
	app := issuertest.Application(t, issuertest.Restaurant)
	for _, when := range []string{"before", "after"} {
		if faults, err := i.CheckEach(t.Context(), []catalog.Application{app, app}); err != nil || len(faults[0]) > 0 || len(faults[1]) > 0 {
			t.Fatalf("%s it is issued: %v, %v", when, faults, err)
		}
		if _, err := i.Issue(t.Context(), []catalog.Application{app}, issuer.Order{Actor: operator}); err != nil {
			t.Fatal(err)
		}
	}
	app.Holder.Name += "二" // another license would list the same permits
	all, err := i.CheckEach(t.Context(), []catalog.Application{issuertest.Application(t, issuertest.Gym), app, issuertest.Application(t, issuertest.Restaurant)})
	if err != nil {
		t.Fatal(err)
	}
	if len(all[0]) > 0 || len(all[2]) > 0 {
		t.Errorf("what is good is faulty: %v", all)
	}
	faults := all[1]
	_, issueErr := i.Issue(t.Context(), []catalog.Application{app}, issuer.Order{Actor: operator})
	var same license.Faults
	if !errors.As(issueErr, &same) || faults.Error() != same.Error() {
		t.Errorf("CheckEach says %v, Issue %v", faults, issueErr)
	}
}

// TestTooLarge wants whoever writes more than a code holds to be told so, by
// however much it is, and what to shorten.
func TestTooLarge(t *testing.T) {
	i := issuertest.New(t, open(t), issuertest.NewClock())
	random := rand.New(rand.NewPCG(1, 2))
	for _, each := range []int{130, 250, 500} { // over the digits of a symbol, over the bytes of a code, far over them
		t.Run(fmt.Sprint(each), func(t *testing.T) {
			app := issuertest.Application(t, issuertest.Store)
			for n := range app.Permits {
				var scope strings.Builder
				for range each {
					scope.WriteRune(0x4E00 + random.Int32N(20000))
				}
				app.Permits[n].Scope = scope.String()
			}
			faults, err := i.CheckEach(t.Context(), []catalog.Application{app})
			if err != nil || len(faults[0]) == 0 {
				t.Fatalf("%v, %v", faults, err)
			}
			for _, f := range faults[0] {
				if f.Reason != "too_large" || !strings.Contains(f.Message, "permits[") || !strings.Contains(f.MessageZH, "请精简文字。最长的是第") {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}
