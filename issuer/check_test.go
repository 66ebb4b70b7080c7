package issuer_test

import (
	"errors"
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
