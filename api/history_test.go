package api_test

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/status"
	"yizheng/templates/answer"
	"yizheng/verifier"
)

// TestVerifyAsOf asks whether a license was valid, of days and of instants: by
// the interface for programs, and on the page.
func TestVerifyAsOf(t *testing.T) {
	w := newWorld(t, nil)
	issued := w.issued(issuertest.Restaurant)
	w.publish()
	address, _ := strings.CutPrefix(issued.Text, "https://zheng.example")
	began := w.clock.Now()
	w.clock.Advance(48 * time.Hour)
	w.want(request{method: "POST", path: "/v1/licenses/" + issued.License.Number + "/withdraw", token: w.asOffice(), media: "application/json", body: `{"reason":"r"}`}, 200, "")
	w.publish()
	w.clock.Advance(48 * time.Hour)
	w.publish()
	now := w.clock.Now()
	day := func(t time.Time) string { return license.DateOf(t).String() }
	end := func(t time.Time) time.Time { return license.DateOf(t).Start().Add(24*time.Hour - time.Second) }
	for _, tt := range []struct {
		asked   string
		asOf    time.Time
		outcome verifier.Outcome
		reason  verifier.Reason // of the check that decides
	}{
		{began.Add(time.Hour).Format(time.RFC3339), began.Add(time.Hour), verifier.Valid, ""},
		{began.Add(time.Hour).In(time.FixedZone("", 8*3600)).Format(time.RFC3339), began.Add(time.Hour), verifier.Valid, ""},
		{day(began), end(began), verifier.Valid, ""},
		{day(began.Add(48 * time.Hour)), end(began.Add(48 * time.Hour)), verifier.Invalid, "withdrawn"},
		{day(now), now.Add(-time.Second), verifier.Invalid, "withdrawn"},
		{day(began.Add(-24 * time.Hour)), end(began.Add(-24 * time.Hour)), verifier.Invalid, "not_issued_then"},
		{"2000-01-01", license.Date(1).Start().Add(24*time.Hour - time.Second), verifier.Invalid, "not_issued_then"},
		{day(now.Add(24 * time.Hour)), end(now.Add(24 * time.Hour)), verifier.Unknown, "time_ahead"},
	} {
		query := "?time=" + url.QueryEscape(tt.asked)
		for _, r := range []request{
			{method: "GET", path: address + query, accept: "application/json"},
			{method: "POST", path: "/v1/verify" + query, media: "application/json", body: `{"text":"` + issued.Text + `"}`},
			{method: "POST", path: "/v1/verify" + query, media: "text/plain", body: issued.Text},
		} {
			got := decoded[verifier.Result](t, w.want(r, 200, ""))
			at := slices.IndexFunc(got.Checks, func(c verifier.Check) bool { return c.Reason == tt.reason })
			if got.Outcome != tt.outcome || at < 0 || !got.AsOf.Equal(tt.asOf) || !got.At.Equal(now) ||
				got.Check(verifier.PresentationCheck) != (verifier.Check{Name: verifier.PresentationCheck, Status: verifier.NotDone, Reason: verifier.AsOfPast}) {
				t.Errorf("%s %s: %s as of %v at %v, %+v, want %s, %s", r.method, tt.asked, got.Outcome, got.AsOf, got.At, got.Checks, tt.outcome, tt.reason)
			}
		}
		page := w.want(request{method: "GET", path: address + query, accept: "text/html"}, 200, "").Body.String()
		if !strings.Contains(page, "不是现在的结论：截至 "+answer.Clock(tt.asOf)) || strings.Contains(page, `class="badge good"><`+"svg") && strings.Contains(page, ">有效 <") ||
			!strings.Contains(page, `href="/v/86`) {
			t.Errorf("%s: the page could be taken for today's answer", tt.asked)
		}
	}
	for _, bad := range []string{"yesterday", "2026-13-01", "1777593600", "1999-12-31", "2026-05-01T09:00:00", "9999-01-01T00:00:00Z"} {
		w.want(request{method: "GET", path: address + "?time=" + bad, accept: "application/json", wild: true}, 400, "invalid_parameter")
		w.want(request{method: "POST", path: "/v1/verify?time=" + bad, media: "text/plain", body: issued.Text, wild: true}, 400, "invalid_parameter")
	}
	if today := w.want(request{method: "GET", path: address, accept: "text/html"}, 200, "").Body.String(); strings.Contains(today, "不是现在的结论") || !strings.Contains(today, `type="date" name="time"`) {
		t.Error("the page of today says that it is not, or offers no look back")
	}
}

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
	for at, want := range map[int64]status.Value{before: status.Valid, before + 3600: status.Valid, w.clock.Now().Unix() - 60: status.Withdrawn, w.clock.Now().Unix(): status.Withdrawn} {
		answer := w.want(request{method: "GET", path: path + strconv.FormatInt(at, 10)}, 200, "")
		// What may still change in the same second is kept by nobody.
		kept := answer.Header().Get("Cache-Control")
		if recent := at > w.clock.Now().Unix()-60; recent != (kept == "no-store") || !recent && kept != "public, max-age=3600" {
			t.Errorf("at %d it is kept %q", at, kept)
		}
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
