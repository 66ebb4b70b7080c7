package desk

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"yizheng/issuer"
	"yizheng/license"
	pages "yizheng/templates/desk"
)

func itoa(n int) string { return strconv.Itoa(n) }

// means say what an act comes to, before it is carried out.
var means = map[string]pages.Text{
	string(issuer.Suspend):   {ZH: "该许可自登记之时起显示为“已暂扣”，其他许可不受影响。可以恢复。", EN: "From now on the permit reads “suspended”; the others are not affected. It can be reinstated."},
	string(issuer.Reinstate): {ZH: "该许可恢复有效。", EN: "The permit is in force again."},
	string(issuer.Revoke):    {ZH: "吊销是终局的：该许可不能恢复，也不能再列入任何证。", EN: "Revoking is final: the permit is never in force again, and on no license."},
	string(issuer.Rescind):   {ZH: "撤销是终局的：该许可不能恢复，也不能再列入任何证。", EN: "Withdrawing a permit is final: it is never in force again, and on no license."},
	string(issuer.Cancel):    {ZH: "注销是终局的：该许可不能恢复，也不能再列入任何证。", EN: "Cancelling is final: the permit is never in force again, and on no license."},
}

// actPage asks for the reason of an act on a permit.
func (d *Desk) actPage(q *request) error {
	page, err := d.actOf(q)
	if err != nil {
		return err
	}
	return d.showAct(q, http.StatusOK, page)
}

// showAct writes the form of an act with a key of its own. Also a form that
// comes back with faults has a new one: by the one before nothing was done, or
// something else was, and the page says where that stands now.
func (d *Desk) showAct(q *request, status int, page pages.ActPage) (err error) {
	if page.Key, err = d.newKey(); err != nil {
		return err
	}
	return d.show(q, status, "act", page.Act.Text, page)
}

// actOf reads which act on which permit is meant: one of one's own authority.
func (d *Desk) actOf(q *request) (page pages.ActPage, _ error) {
	v, err := d.found(q)
	if err != nil {
		return page, err
	}
	act, known := choiceOf(q.r.FormValue("act"))
	n := slices.IndexFunc(v.License.Permits, func(p license.Permit) bool {
		return p.Number == q.r.FormValue("permit") && q.who.ActsFor(p.Authority)
	})
	if !known || n < 0 {
		return page, refuse(http.StatusNotFound, noPage, nil)
	}
	permits, _ := standings(v.License, v.States, v.State, d.today())
	return pages.ActPage{License: v.License, Permit: &v.License.Permits[n], State: permits[n], Act: act, Means: means[act.Act], Reason: q.trimmed("reason")}, nil
}

// act carries out a department's act on its own permit. The issuing office has
// no say here: whoever granted a permit answers for it (谁审批、谁负责).
func (d *Desk) act(q *request) error {
	page, err := d.actOf(q)
	if err != nil {
		return err
	}
	o, err := order(q, asDepartment(q.who.Grant), q.trimmed("key"))
	if err != nil {
		return err
	}
	acted, err := d.c.Issuer.SetPermit(q.r.Context(), page.License.Number, page.Permit.Number, issuer.Act(page.Act.Act), page.Reason, o)
	if errors.As(err, &page.Faults) {
		return d.showAct(q, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return d.done(q, page.License.Number, "acted", acted.Repeated)
}

// done goes on to a license's page, which says what was done.
func (d *Desk) done(q *request, number, what string, repeated bool) error {
	if repeated {
		what = "before"
	} else {
		d.c.Changed()
	}
	return q.redirect(Root + "/licenses/" + url.PathEscape(number) + "?done=" + what)
}

// withdrawal is the act of withdrawing the license itself.
var withdrawal = pages.ActChoice{Act: "license", Text: pages.Text{ZH: "撤回行业综合许可证", EN: "Withdraw the license"}, Final: true}

func (d *Desk) withdrawalOf(q *request) (pages.ActPage, error) {
	v, err := d.found(q)
	if err != nil {
		return pages.ActPage{}, err
	}
	_, whole := standings(v.License, v.States, v.State, d.today())
	return pages.ActPage{License: v.License, State: whole, Act: withdrawal, Reason: q.trimmed("reason"), Means: pages.Text{
		ZH: "撤回的只是这张行业综合许可证，不能恢复。其集成的各单项许可继续有效，直至作出许可的机关依法处理；持证人仍可凭各单项许可经营，也可以重新申请制发。",
		EN: "Only the integrated license is withdrawn, for good. The permits beneath it stay in force, each until its own authority acts on it; the holder goes on under them, and may apply for a new license."}}, nil
}

// withdrawPage asks for the reason of withdrawing a license.
func (d *Desk) withdrawPage(q *request) error {
	page, err := d.withdrawalOf(q)
	if err != nil {
		return err
	}
	return d.showAct(q, http.StatusOK, page)
}

// withdraw withdraws the integrated license. Its permits stay in force.
func (d *Desk) withdraw(q *request) error {
	page, err := d.withdrawalOf(q)
	if err != nil {
		return err
	}
	o, err := order(q, asOffice(q.who.Grant), q.trimmed("key"))
	if err != nil {
		return err
	}
	withdrawn, err := d.c.Issuer.Withdraw(q.r.Context(), page.License.Number, page.Reason, o)
	if errors.As(err, &page.Faults) {
		return d.showAct(q, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return d.done(q, page.License.Number, "withdrawn", withdrawn.Repeated)
}
