package api_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"yizheng/issuer/issuertest"
	"yizheng/status"
)

// TestStatusSince: whoever has a list that this node gave out is told what has
// changed since, and puts the newest list together from it; whoever has another
// is given all of it.
func TestStatusSince(t *testing.T) {
	w := newWorld(t, nil)
	issued := w.issued(issuertest.Restaurant)
	number, _ := status.Locate(issued.License.StatusIndex)
	path := "/status/" + strconv.Itoa(int(number))
	held := w.want(request{method: "GET", path: path}, 200, "").Body.String()
	sequence, err := status.Sequence(held)
	if err != nil {
		t.Fatal(err)
	}
	since := path + "?since=" + strconv.FormatUint(sequence, 10)
	w.want(request{method: "POST", path: "/v1/licenses/" + issued.License.Number + "/withdraw", token: w.asOffice(), media: "application/json", body: `{"reason":"r"}`}, 200, "")
	w.clock.Advance(time.Second)

	for range 2 { // made, and remembered
		answer := w.want(request{method: "GET", path: since}, 200, "")
		if media := answer.Header().Get("Content-Type"); media != status.DeltaType || answer.Body.Len() > 400 {
			t.Fatalf("%s of %d bytes", media, answer.Body.Len())
		}
		token, err := status.ApplyJSON(held, answer.Body.Bytes())
		whole := w.want(request{method: "GET", path: path}, 200, "")
		if err != nil || token != whole.Body.String() || answer.Header().Get("ETag") != "W/"+whole.Header().Get("ETag") {
			t.Errorf("%v, tag %s of %s", err, answer.Header().Get("ETag"), whole.Header().Get("ETag"))
		}
		for _, tag := range []string{answer.Header().Get("ETag"), whole.Header().Get("ETag")} {
			for _, asked := range []string{path, since} {
				w.want(request{method: "GET", path: asked, header: map[string]string{"If-None-Match": tag}}, 304, "")
			}
		}
	}
	for _, other := range []string{"0", "7", "9007199254740991"} { // never given out here
		answer := w.want(request{method: "GET", path: path + "?since=" + other}, 200, "")
		if answer.Header().Get("Content-Type") != "application/"+status.Type || !strings.HasPrefix(answer.Body.String(), "ey") {
			t.Errorf("since %s: %s", other, answer.Header().Get("Content-Type"))
		}
	}
	for _, bad := range []string{"x", "-1", "1.5", "99999999999999999999"} {
		w.want(request{method: "GET", path: path + "?since=" + bad, wild: true}, 400, "invalid_parameter")
	}
	w.want(request{method: "GET", path: "/status/99999?since=1"}, 404, "not_found")
}
