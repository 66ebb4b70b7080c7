package desk_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yizheng/catalog"
	"yizheng/issuer/issuertest"
	"yizheng/license"
)

// TestLibrary shows what is stuck with its reason, and sends it again.
func TestLibrary(t *testing.T) {
	w := newWorld(t, nil)
	b := w.as("office").get("/desk/library").want(http.StatusOK, "全部已归集", "没有滞留件")
	l, other := w.bookstore(), w.issued(issuertest.Application(t, issuertest.Gym))[0].License
	w.dead(l)
	ctx := context.Background()
	if err := w.register.Failed(ctx, other.Identifier.Base(), 1, "the library is away", w.clock.Now().Add(time.Hour), false); err != nil {
		t.Fatal(err)
	}
	b.get("/desk/library").want(http.StatusOK, "缺少证照类型名称", "重投", "the library is away", "立即重试", l.Identifier.Base())
	w.as("reader").get("/desk/library").want(http.StatusForbidden, "library:read")
	b.post("/desk/library/hurry", url.Values{"license": {other.Identifier.Base()}}).want(http.StatusOK, "已安排立即重试")
	send := func(form url.Values, says string) {
		t.Helper()
		b.post("/desk/library/replay", form).want(http.StatusOK, says)
	}
	one := func() url.Values { return url.Values{"license": {l.Identifier.Base()}, "sequence": {"1"}} }
	send(one(), "已重新投递")
	send(one(), "没有重复办理")
	b.never("缺少证照类型名称</td>")
	w.dead(l)
	send(url.Values{"all": {"yes"}}, "已重新投递")
	b.want(http.StatusOK, "没有滞留件")
	b.post("/desk/library/replay", url.Values{"license": {"x"}, "sequence": {"one"}}).want(http.StatusBadRequest)
	trail, err := w.register.Audit(ctx, l.Identifier.Base()+"/1")
	if err != nil || len(trail) != 2 || !strings.Contains(trail[0].Actor, "窗口3") {
		t.Errorf("the audit trail has %v, %v", trail, err)
	}
}

// TestLibraryPages goes through a long backlog.
func TestLibraryPages(t *testing.T) {
	w := newWorld(t, nil)
	var apps []catalog.Application
	for n := range 35 {
		apps = append(apps, issuertest.Numbered(t, n))
	}
	w.issued(apps...)
	b := w.as("office").get("/desk/library").want(http.StatusOK, `rel="next"`)
	first := strings.Count(b.page, "立即重试")
	next := strings.ReplaceAll(between(t, b.page, `rel="next" href="`, `"`), "&amp;", "&")
	b.get(next).want(http.StatusOK, "回到第一页").never(`rel="next"`)
	if second := strings.Count(b.page, "立即重试"); first != 30 || second != 5 {
		t.Errorf("pages of %d and %d", first, second)
	}
}

func between(t *testing.T, s, from, to string) string {
	t.Helper()
	_, after, found := strings.Cut(s, from)
	middle, _, ended := strings.Cut(after, to)
	if !found || !ended {
		t.Fatalf("there is no %s", from)
	}
	return middle
}

// TestExpiring lists what ends soon, the first ones first, and to a department
// its own.
func TestExpiring(t *testing.T) {
	w := newWorld(t, nil)
	w.as("office").get("/desk/expiring").want(http.StatusOK, "没有许可到期")
	l := w.bookstore()
	var soonest license.Permit
	for _, p := range l.Permits {
		if !p.ValidUntil.IsZero() && (soonest.ValidUntil.IsZero() || p.ValidUntil < soonest.ValidUntil) {
			soonest = p
		}
	}
	w.clock.Advance(soonest.ValidUntil.Start().Sub(w.clock.Now()) - 10*24*time.Hour)
	b := w.as("office").get("/desk/expiring").want(http.StatusOK, soonest.Number, soonest.ValidUntil.String(), "还有 10 天", "operation=renew")
	b.get("/desk").want(http.StatusOK, "tile warn")
	b.get("/desk/expiring?days=9999").want(http.StatusOK, `aria-current="page">30`)
	w.clock.Advance(10 * 24 * time.Hour)
	w.as("office").get("/desk/expiring").want(http.StatusOK, "今天最后一天")
	for name, authority := range map[string]string{"market": market, "culture": culture} {
		b := w.as(name).get("/desk/expiring?days=180").want(http.StatusOK).never("operation=renew")
		if sees := strings.Contains(b.page, soonest.Number); sees != (authority == soonest.Authority) {
			t.Errorf("%s sees a permit of %s: %v", name, soonest.Authority, sees)
		}
	}
	w.clock.Advance(24 * time.Hour)
	w.as("office").get("/desk/expiring").want(http.StatusOK).never(soonest.Number)
	w.as("office").get("/desk/licenses/"+l.Number).want(http.StatusOK, "已过期")
}

// TestStatistics counts, and says so in a table as well.
func TestStatistics(t *testing.T) {
	w := newWorld(t, nil)
	w.as("office").get("/desk/statistics").want(http.StatusOK, "这一年还没有")
	l := w.bookstore()
	for n, outcome := range []string{"valid", "valid", "partially_valid"} {
		err := w.register.AddVerification(context.Background(), license.Verification{ID: string(rune('a' + n)), License: l.Identifier, Outcome: outcome, At: w.clock.Now(),
			Region: issuertest.Region, Purpose: "检查", Organisation: market, Operator: "甲"})
		if err != nil {
			t.Fatal(err)
		}
	}
	month := license.DateOf(w.clock.Now()).String()[:7]
	b := w.as("office").get("/desk/statistics").want(http.StatusOK, l.Industry,
		`<th scope="row">`+month+`</th><td class="number">3</td>`, `<th scope="row">有效 Valid</th>`,
		`<th scope="row">部分有效 Partially valid</th>`, `<th scope="row">`+office+`</th>`, `<td class="number">2</td>`)
	if n, m := strings.Count(b.page, `class="plot"`), strings.Count(b.page, `class="figures bars"`); n != 2 || m != 3 {
		t.Errorf("%d plots of columns, %d of rows", n, m)
	}
	w.as("reader").get("/desk/statistics").want(http.StatusOK, l.Industry).never("核验，按结论")
	w.as("market").get("/desk/statistics").want(http.StatusForbidden)
}

// TestCountAhead: what was counted ahead of a day that is over is not counted
// by who looks at the statistics.
func TestCountAhead(t *testing.T) {
	w := newWorld(t, nil)
	l := w.bookstore()
	w.clock.Advance(48 * time.Hour)
	if err := w.desk.CountAhead(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.register.SQLite().Exec(`UPDATE versions SET issued_at = 1`); err != nil { // who counts misses it
		t.Fatal(err)
	}
	w.as("office").get("/desk/statistics").want(http.StatusOK, `<th scope="row">`+l.Industry+`</th>`)
}
