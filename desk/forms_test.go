package desk_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yizheng/issuer"
	"yizheng/issuer/issuertest"
)

// TestIssueForm goes through the form as somebody without JavaScript does.
func TestIssueForm(t *testing.T) {
	w := newWorld(t, nil)
	app := issuertest.Application(t, issuertest.Bookstore)
	b := w.as("office").get("/desk/licenses/new").want(http.StatusOK, "单项许可 2 项", "填好后点")
	key := b.hidden("key")
	send := func(do string, form url.Values) *browser {
		t.Helper()
		form.Set("do", do)
		form.Set("key", key)
		return b.post("/desk/licenses/new", form)
	}
	send("add", fields(app)).want(http.StatusOK, "单项许可 6 项")
	send("remove 0", fields(app)).want(http.StatusOK, "单项许可 4 项").never(app.Permits[0].Number)
	send("remove 99", fields(app)).want(http.StatusOK, "单项许可 5 项")
	send("remove x", fields(app)).want(http.StatusOK, "单项许可 5 项")
	send("matters", url.Values{"industry": {app.Industry}}).want(http.StatusOK, "出版物零售许可", culture)

	wrong := fields(app)
	wrong.Set("holder.creditCode", "91310104765234891D")
	wrong.Set("permits[1].validFrom", "2026-02-30")
	send("preview", wrong).want(http.StatusUnprocessableEntity, `href="#f-holder-creditCode"`, `href="#f-permits-1-validFrom"`, "日期应为", `aria-invalid="true"`).never("可以制发")
	send("issue", wrong).want(http.StatusUnprocessableEntity, "没有制发")

	send("preview", fields(app)).want(http.StatusOK, "可以制发", "data:image/png;base64,", `value="issue"`)
	seen := b.hidden("seen")
	changed := fields(app)
	changed.Set("seen", seen)
	changed.Set("holder.representative", "李四")
	send("issue", changed).want(http.StatusOK, "内容在预览之后有改动")
	if found := b.get("/desk/licenses"); strings.Contains(found.page, app.Holder.Name) {
		t.Fatal("what was not previewed is issued")
	}

	good := fields(app)
	good.Set("seen", seen)
	send("issue", good).want(http.StatusOK, "已制发。", app.Holder.Name)
	first := b.where
	// The second click, and a form that was kept open.
	send("issue", good).want(http.StatusOK, "没有重复办理")
	if strings.Split(b.where, "?")[0] != strings.Split(first, "?")[0] {
		t.Errorf("the second click leads to %s, the first to %s", b.where, first)
	}
	another := fields(app)
	another.Set("holder.premises", app.Holder.Premises+"二楼")
	another.Set("permits[0].number", another.Get("permits[0].number"))
	send("preview", fields(app)).want(http.StatusOK, "已有内容完全相同的现行证")
	b.get("/desk/licenses").want(http.StatusOK, app.Holder.Name)
	if strings.Count(b.page, `data-label="证编号"`) != 1 {
		t.Error("more than one license was issued")
	}
	for _, bad := range []string{"", "x", strings.Repeat("0", 33), strings.Repeat("z", 32)} {
		key = bad
		send("preview", fields(issuertest.Application(t, issuertest.Gym))).want(http.StatusOK)
		form := fields(issuertest.Application(t, issuertest.Gym))
		form.Set("seen", b.hidden("seen"))
		send("issue", form).want(http.StatusBadRequest, "没有办理任何事项")
	}
}

// TestChangeForm changes a license, and renews it.
func TestChangeForm(t *testing.T) {
	w := newWorld(t, nil)
	l := w.bookstore()
	app := issuertest.Application(t, issuertest.Bookstore)
	at := "/desk/licenses/" + l.Number + "/change"
	b := w.as("office").get(at).want(http.StatusOK, l.Holder.Premises, "readonly")
	key := b.hidden("key")
	do := func(at, what string, form url.Values) *browser {
		t.Helper()
		form.Set("do", what)
		form.Set("key", key)
		return b.post(at, form)
	}
	do(at, "preview", fields(app)).want(http.StatusOK, "已有内容完全相同的现行证")
	app.Holder.Premises += "二楼"
	do(at, "preview", fields(app)).want(http.StatusOK, "可以制发")
	form := fields(app)
	form.Set("seen", b.hidden("seen"))
	do(at, "issue", form).want(http.StatusOK, "新版本已制发", "第 2 版", "二楼")
	b.get("/desk/licenses/"+l.Identifier.String()).want(http.StatusOK, "这是旧版本", "已被取代").never("/withdraw")

	renew := at + "?operation=renew"
	key = b.get(renew).want(http.StatusOK, "延续至少须延长").hidden("key")
	do(renew, "preview", fields(app)).want(http.StatusOK)
	app.Holder.Premises += "西侧"
	do(renew, "preview", fields(app)).want(http.StatusUnprocessableEntity, "没有任何许可的有效期延长")
	app.Holder.CreditCode = "91310000631696382C"
	do(at, "preview", fields(app)).want(http.StatusUnprocessableEntity, "不同即为另一市场主体")
	if _, err := w.issuer.Withdraw(context.Background(), l.Number, "歇业", issuer.Order{Actor: issuer.Operator("x")}); err != nil {
		t.Fatal(err)
	}
	do(at, "preview", form).want(http.StatusUnprocessableEntity, "该证已撤回")
}
