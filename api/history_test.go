package api_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/issuer/issuertest"
	"yizheng/status"
)

// TestStatusAt gives a list as it was before an act, and says where there is
// none.
func TestStatusAt(t *testing.T) {
	var w *world
	w = newWorld(t, func(c *api.Config) {
		c.History = func(ctx context.Context, number uint32, at time.Time) (string, error) {
			return w.issuer.ListAt(ctx, w.register, number, at)
		}
	})
	issued := w.issued(issuertest.Restaurant)
	number, offset := status.Locate(issued.License.StatusIndex)
	before := w.clock.Now().Unix()
	w.clock.Advance(24 * time.Hour)
	w.want(request{method: "POST", path: "/v1/licenses/" + issued.License.Number + "/withdraw", token: w.asOffice(), media: "application/json", body: `{"reason":"r"}`}, 200, "")
	w.clock.Advance(time.Hour)
	path := "/status/" + strconv.Itoa(int(number)) + "?time="
	for at, want := range map[int64]status.Value{before: status.Valid, before + 3600: status.Valid, w.clock.Now().Unix(): status.Withdrawn} {
		answer := w.want(request{method: "GET", path: path + strconv.FormatInt(at, 10)}, 200, "")
		claimed, err := status.Peek(answer.Body.String())
		if err != nil {
			t.Fatal(err)
		}
		list, err := status.Parse(answer.Body.String(), w.bundle.KeysByID(claimed.KeyID)[0].PublicKey)
		if err != nil || list.At(offset) != want || list.IssuedAt.Unix() != at {
			t.Errorf("at %d: %v, %v, want %v", at, list.At(offset), err, want)
		}
	}
	for at, want := range map[string]int{"0": 406, strconv.FormatInt(w.clock.Now().Unix()+1, 10): 406, "68719476736": 406} {
		w.want(request{method: "GET", path: path + at}, want, "time_not_kept")
	}
	for _, bad := range []string{"x", "-1", "1.5", "68719476737"} {
		w.want(request{method: "GET", path: path + bad, wild: true}, 400, "invalid_parameter")
	}
	w.want(request{method: "GET", path: "/status/99999?time=" + strconv.FormatInt(before, 10)}, 404, "not_found")
	newWorld(t, nil).want(request{method: "GET", path: "/status/0?time=1"}, 406, "time_not_kept")
}
