package issuer_test

import (
	"errors"
	"testing"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
)

// TestCheck wants Check to say what Issue says, and to take what is issued
// already for good.
func TestCheck(t *testing.T) {
	i := issuertest.New(t, open(t), issuertest.NewClock())
	app := issuertest.Application(t, issuertest.Restaurant)
	for _, when := range []string{"before", "after"} {
		if faults, _, err := i.Check(t.Context(), app); err != nil || len(faults) > 0 {
			t.Fatalf("%s it is issued: %v, %v", when, faults, err)
		}
		if _, err := i.Issue(t.Context(), []catalog.Application{app}, issuer.Order{Actor: operator}); err != nil {
			t.Fatal(err)
		}
	}
	app.Holder.Name += "二" // another license would list the same permits
	faults, _, err := i.Check(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	_, issueErr := i.Issue(t.Context(), []catalog.Application{app}, issuer.Order{Actor: operator})
	var same license.Faults
	if !errors.As(issueErr, &same) || faults.Error() != same.Error() {
		t.Errorf("Check says %v, Issue %v", faults, issueErr)
	}
}
