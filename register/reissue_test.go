package register_test

import (
	"context"
	"testing"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
)

// TestReissue wants a version with the content of the one before to take its
// place, and the content to be known by it.
func TestReissue(t *testing.T) { onBoth(t, testReissue) }

func testReissue(t *testing.T, s *register.Store) {
	ctx := context.Background()
	config := issuertest.Config(t, s, issuertest.NewClock())
	before := issueOne(t, s, issuertest.NewClock())
	app := catalog.Application{Industry: before.Industry, Holder: before.Holder, Permits: before.Permits}
	for version := 2; version < 4; version++ {
		config.Keys.License = issuertest.NewSigner(t)
		i, err := issuer.New(config)
		if err != nil {
			t.Fatal(err)
		}
		issued, err := i.Reissue(ctx, []string{before.Number}, operator)
		if err != nil || issued[0].License.Identifier.Version != version || issued[0].Repeated {
			t.Fatalf("version %d: %+v, %v", version, issued, err)
		}
		if again, err := i.Reissue(ctx, []string{before.Number}, operator); err != nil || again[0].Text != issued[0].Text {
			t.Errorf("a second time: %+v, %v", again, err)
		}
		same, err := i.Issue(ctx, []catalog.Application{app}, issuer.Order{Actor: operator})
		if err != nil || same[0].Text != issued[0].Text || !same[0].Repeated {
			t.Errorf("the same application: %+v, %v", same, err)
		}
	}
	versions, err := s.Versions(ctx, before.Identifier.Base())
	if err != nil || len(versions) != 3 {
		t.Fatalf("%d versions, %v", len(versions), err)
	}
	for _, v := range versions {
		id, err := license.ParseIdentifier(v.Identifier)
		if err != nil {
			t.Fatal(err)
		}
		want := license.Superseded
		if id.Version == 3 {
			want = license.Valid
		}
		if v.State != want {
			t.Errorf("version %d is %s", id.Version, v.State)
		}
	}
}
