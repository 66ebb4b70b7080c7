package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/status"
)

// TestUpdateLists brings a page that carries lists up to date in one request:
// whole lists at first, then what has changed, then nothing.
func TestUpdateLists(t *testing.T) {
	var w *world
	var number uint32
	w = newWorld(t, func(c *api.Config) {
		c.Copies = func(ctx context.Context, region license.Region) [][]byte {
			chunk, err := w.register.Chunk(ctx, number)
			if err != nil || region != issuertest.Region {
				return nil
			}
			return [][]byte{[]byte(chunk.Published.Token), []byte("a.b.c")}
		}
	})
	issued := w.issued(issuertest.Restaurant)
	number, _ = status.Locate(issued.License.StatusIndex)
	type answer struct {
		Lists []struct {
			Region, URI, Token string
			Delta              json.RawMessage
		}
	}
	ask := func(body string) answer {
		t.Helper()
		return decoded[answer](t, w.want(request{method: "POST", path: "/status/lists", media: "application/json", body: body}, 200, ""))
	}
	region := string(issuertest.Region)
	first := ask(`{"regions":["` + region + `","330400"]}`)
	if len(first.Lists) != 1 || first.Lists[0].Token == "" || first.Lists[0].Delta != nil || first.Lists[0].Region != region {
		t.Fatalf("%+v", first)
	}
	held := first.Lists[0]
	sequence, err := status.Sequence(held.Token)
	if err != nil {
		t.Fatal(err)
	}
	have := `{"regions":["` + region + `"],"have":{"` + held.URI + `":` + strconv.FormatUint(sequence, 10) + `}}`
	if same := ask(have); len(same.Lists) != 1 || same.Lists[0].Token != "" || same.Lists[0].Delta != nil || same.Lists[0].URI != held.URI {
		t.Errorf("nothing new: %+v", same)
	}
	w.want(request{method: "POST", path: "/v1/licenses/" + issued.License.Number + "/withdraw", token: w.asOffice(), media: "application/json", body: `{"reason":"r"}`}, 200, "")
	w.clock.Advance(time.Second)
	next := ask(have)
	if len(next.Lists) != 1 || next.Lists[0].Token != "" || len(next.Lists[0].Delta) == 0 {
		t.Fatalf("%+v", next)
	}
	token, err := status.ApplyJSON(held.Token, next.Lists[0].Delta)
	if whole := ask(`{"regions":["` + region + `"],"have":{"` + held.URI + `":0}}`); err != nil || whole.Lists[0].Token != token {
		t.Errorf("%v: the delta does not give the list", err)
	}
	for _, bad := range []string{`{"regions":[]}`, `{"regions":["x"]}`} {
		w.want(request{method: "POST", path: "/status/lists", media: "application/json", body: bad, wild: true}, 400, "invalid_parameter")
	}
	w.want(request{method: "POST", path: "/status/lists", media: "application/json", body: `{"regions":["310105"],"have":{"u":-1}}`, wild: true}, 400, "")
}

// TestSilentIssuersSideBySide: an issuer that does not answer holds up no other,
// and the lists come in the order of the regions that were asked for.
func TestSilentIssuersSideBySide(t *testing.T) {
	const regions = 6
	var waiting sync.WaitGroup
	waiting.Add(regions)
	w := newWorld(t, func(c *api.Config) {
		c.Copies = func(ctx context.Context, region license.Region) [][]byte {
			waiting.Done()
			all := make(chan struct{})
			go func() { waiting.Wait(); close(all) }()
			select {
			case <-all:
			case <-time.After(3 * time.Second):
				t.Errorf("%s is asked by itself", region)
			}
			return nil
		}
	})
	w.want(request{method: "POST", path: "/status/lists", media: "application/json", body: `{"regions":["310101","310104","310105","310106","310107","310109"]}`}, 200, "")
}

// TestBundle hands out what the node makes, for regions in order and each once.
func TestBundle(t *testing.T) {
	var asked []license.Region
	failing := false
	w := newWorld(t, func(c *api.Config) {
		c.Bundle = func(_ context.Context, regions []license.Region) ([]byte, error) {
			asked = regions
			if failing {
				return nil, errors.New("no key")
			}
			return []byte(`{"statement":"a.b.c","trust":{},"lists":[]}`), nil
		}
	})
	answer := w.want(request{method: "GET", path: "/v1/bundle?regions=330400,310105,330400"}, 200, "")
	if len(asked) != 2 || asked[0] != "310105" || asked[1] != "330400" || answer.Header().Get("ETag") == "" {
		t.Errorf("asked for %v", asked)
	}
	for _, bad := range []string{"", "?regions=", "?regions=x", "?regions=310105,"} {
		w.want(request{method: "GET", path: "/v1/bundle" + bad, wild: true}, 400, "invalid_parameter")
	}
	failing = true
	w.want(request{method: "GET", path: "/v1/bundle?regions=310105"}, 500, "internal")
	without := newWorld(t, func(c *api.Config) { c.Bundle = nil })
	without.want(request{method: "GET", path: "/v1/bundle?regions=310105", wild: true}, 404, "not_found")
}
