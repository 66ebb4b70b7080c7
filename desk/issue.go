package desk

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/templates"
	pages "yizheng/templates/desk"
)

// task is what a form is for: a new license, or a further version of one.
type task struct {
	verb   string // issue, change or renew
	title  pages.Text
	number string           // of the license that is changed; empty for a new one
	before *license.License // the license that is changed
}

var newLicense = task{verb: "issue", title: pages.Text{ZH: "制发新证", EN: "Issue a license"}}

// ofLicense is the task of a change, or, as the address says, of a renewal.
func (d *Desk) ofLicense(q *request) (task, error) {
	v, err := d.found(q)
	if err != nil {
		return task{}, err
	}
	t := task{verb: "change", title: pages.Text{ZH: "变更", EN: "Change"}, number: v.License.Number}
	if q.r.URL.Query().Get("operation") == "renew" {
		t.verb, t.title = "renew", pages.Text{ZH: "延续", EN: "Renew"}
	}
	current, err := d.c.Register.Current(q.r.Context(), v.License.Number)
	t.before = &current.License
	return t, err
}

func (d *Desk) newPage(q *request) error {
	return d.form(q, newLicense, pages.ApplicationForm{Permits: make([]pages.PermitForm, 2)})
}
func (d *Desk) newLicense(q *request) error { return d.handIn(q, newLicense) }

func (d *Desk) changePage(q *request) error {
	t, err := d.ofLicense(q)
	if err != nil {
		return err
	}
	return d.form(q, t, formOf(*t.before))
}

func (d *Desk) change(q *request) error {
	t, err := d.ofLicense(q)
	if err != nil {
		return err
	}
	return d.handIn(q, t)
}

// form shows a form that is filled in for the first time, with a key of its
// own: however often it is sent, it issues once.
func (d *Desk) form(q *request, t task, f pages.ApplicationForm) error {
	var err error
	if f.Key, err = d.newKey(); err != nil {
		return err
	}
	return d.showForm(q, http.StatusOK, t, pages.FormPage{Form: f})
}

// handIn does with a form what its button says.
func (d *Desk) handIn(q *request, t task) error {
	c, err := d.c.Catalogue.On(d.today())
	if err != nil {
		return err
	}
	page := pages.FormPage{Form: readForm(q.r.PostForm)}
	do, which, _ := strings.Cut(q.r.PostForm.Get("do"), " ")
	switch do {
	case "add":
		if len(page.Form.Permits) < catalog.MaxPermits {
			page.Form.Permits = append(page.Form.Permits, pages.PermitForm{})
		}
	case "remove":
		if n, err := strconv.Atoi(which); err == nil && n >= 0 && n < len(page.Form.Permits) {
			page.Form.Permits = slices.Delete(page.Form.Permits, n, n+1)
		}
	case "matters":
		page.Form = withMatters(page.Form, c, d.today())
	default:
		return d.decide(q, t, c, page, do == "issue")
	}
	page.Form.Seen = ""
	return d.showForm(q, http.StatusOK, t, page)
}

// decide previews a form, and issues where that is asked for and what is asked
// for is what was seen.
func (d *Desk) decide(q *request, t task, c *catalog.Catalogue, page pages.FormPage, issue bool) error {
	page.Form.Permits = slices.DeleteFunc(page.Form.Permits, blank)
	app, faults := application(&page.Form, c)
	seen := digest(app)
	if issue && len(faults) == 0 && page.Form.Seen == seen {
		err := d.issue(q, t, page.Form.Key, app)
		if !errors.As(err, &faults) {
			return err
		}
	}
	draft, err := d.preview(q, t, app)
	var wrong license.Faults
	if errors.As(err, &wrong) {
		// Without a day of its own a permit only seems to lack one.
		for _, w := range wrong {
			if !hasField(faults, w.Field) {
				faults = append(faults, w)
			}
		}
		err = nil
	}
	if err != nil {
		return err
	}
	page.Faults = faults
	page.Form.Seen = ""
	status := http.StatusUnprocessableEntity
	if len(faults) == 0 {
		status, page.Form.Seen = http.StatusOK, seen
		page.Changed = issue
		if page.Preview, err = d.specimen(draft); err != nil {
			return err
		}
	}
	return d.showForm(q, status, t, page)
}

func hasField(faults license.Faults, field string) bool {
	for _, f := range faults {
		if f.Field == field && field != "" {
			return true
		}
	}
	return false
}

func (d *Desk) preview(q *request, t task, app catalog.Application) (issuer.Draft, error) {
	if t.number == "" {
		return d.c.Issuer.Preview(q.r.Context(), app)
	}
	return d.c.Issuer.PreviewChange(q.r.Context(), t.verb, t.number, app)
}

// specimenWidth is that of the picture beside the form, in pixels: more than
// twice what it is shown at.
const specimenWidth = templates.MinFace

// specimen shows what would be issued.
func (d *Desk) specimen(draft issuer.Draft) (*pages.Preview, error) {
	picture, err := d.c.Renderer.SpecimenPicture(draft.License, specimenWidth)
	if err != nil {
		return nil, err
	}
	return &pages.Preview{Picture: picture, Warnings: draft.Warnings, Existing: draft.Existing, Symbol: draft.Version, Level: draft.Level, License: draft.License}, nil
}

// issue issues what was asked for, once for each key.
func (d *Desk) issue(q *request, t task, key string, app catalog.Application) error {
	o, err := order(q, asOffice(q.who.Grant), key)
	if err != nil {
		return err
	}
	ctx := q.r.Context()
	var issued issuer.Issued
	what := "changed"
	switch t.verb {
	case "issue":
		var all []issuer.Issued
		if all, err = d.c.Issuer.Issue(ctx, []catalog.Application{app}, o); err == nil && len(all) == 1 {
			issued, what = all[0], "issued"
		}
	case "renew":
		issued, err = d.c.Issuer.Renew(ctx, t.number, app, o)
	default:
		issued, err = d.c.Issuer.Change(ctx, t.number, app, o)
	}
	if err != nil {
		return err
	}
	return d.done(q, issued.License.Number, what, issued.Repeated)
}

// showForm writes the page of a form.
func (d *Desk) showForm(q *request, status int, t task, page pages.FormPage) error {
	c, err := d.c.Catalogue.On(d.today())
	if err != nil {
		return err
	}
	for _, i := range c.Industries {
		page.Industries = append(page.Industries, i.Name)
	}
	for _, m := range c.Matters {
		page.Matters = append(page.Matters, m.Name)
	}
	for _, a := range c.Authorities {
		page.Authorities = append(page.Authorities, a.Name)
	}
	page.Verb, page.Number, page.Before, page.Token = t.verb, t.number, t.before, q.who.FormToken()
	page.Action, page.Most = Root+"/licenses/new", catalog.MaxPermits
	if t.number != "" {
		page.Action = Root + "/licenses/" + url.PathEscape(t.number) + "/change"
		if t.verb == "renew" {
			page.Action += "?operation=renew"
		}
	}
	return d.show(q, status, "form", t.title, page)
}
