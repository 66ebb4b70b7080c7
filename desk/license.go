package desk

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"yizheng/issuer"
	"yizheng/license"
	"yizheng/register"
	"yizheng/templates"
	pages "yizheng/templates/desk"
)

// found gives the version that the address names: that very one by its full
// identifier, else the newest. One that somebody does not see is not there.
func (d *Desk) found(q *request) (issuer.Version, error) {
	id := q.r.PathValue("id")
	find := d.c.Register.Current
	if _, err := license.ParseIdentifier(id); err == nil {
		find = d.c.Register.Version
	}
	v, err := find(q.r.Context(), id)
	if err == nil && !d.sees(q, v.License) {
		err = issuer.ErrNotFound
	}
	return v, err
}

// versions gives all versions of a license of which one is at hand, with the
// permits of each.
func (d *Desk) versions(ctx context.Context, one issuer.Version) ([]issuer.Version, error) {
	recorded, err := d.c.Register.Versions(ctx, one.License.Identifier.Base())
	if err != nil {
		return nil, err
	}
	versions := make([]issuer.Version, len(recorded))
	for n, r := range recorded {
		versions[n] = one
		if r.Identifier == one.License.Identifier.String() {
			continue
		}
		if versions[n], err = d.c.Register.Version(ctx, r.Identifier); err != nil {
			return nil, err
		}
	}
	return versions, nil
}

// checksShown is how many checks a license's page shows.
const checksShown = 50

// license shows all that is known of a license.
func (d *Desk) license(q *request) error {
	v, err := d.found(q)
	if err != nil {
		return err
	}
	ctx, base := q.r.Context(), v.License.Identifier.Base()
	versions, err := d.versions(ctx, v)
	if err != nil {
		return err
	}
	page := pages.LicensePage{License: v.License, IssuedAt: v.IssuedAt, Issues: d.may(q.who.Grant, toIssue),
		SeesChecks: d.may(q.who.Grant, toSeeChecks), SeesFilings: d.may(q.who.Grant, toSeeFilings)}
	for _, one := range slices.Backward(versions) {
		page.Versions = append(page.Versions, pages.VersionLine{Identifier: one.License.Identifier, State: one.State, IssuedAt: one.IssuedAt,
			Shown: one.License.Identifier == v.License.Identifier})
	}
	page.Newest = versions[len(versions)-1].License.Identifier == v.License.Identifier
	page.State = d.permitsOf(q, v, &page)
	if d.may(q.who.Grant, toOversee) {
		page.Files = files(v.License.Identifier.String())
	}
	if page.Issues {
		page.Token = q.who.FormToken()
		if page.Links, err = d.linksOf(q, v.License.Holder.CreditCode); err != nil {
			return err
		}
	}
	if page.Trail, err = d.trail(q, versions); err != nil {
		return err
	}
	if page.SeesChecks {
		if page.Checks, err = d.c.Register.Verifications(ctx, base, checksShown); err != nil {
			return err
		}
	}
	if page.SeesFilings {
		queued, err := d.c.Register.Filings(ctx, base)
		if err != nil {
			return err
		}
		for _, one := range slices.Backward(queued) {
			page.Filings = append(page.Filings, filing(one))
		}
	}
	return d.show(q, http.StatusOK, "license", pages.Text{ZH: v.License.Holder.Name, EN: v.License.Number}, page)
}

// permitsOf shows the permits that somebody sees, with what they may do, and
// gives the state of the whole.
func (d *Desk) permitsOf(q *request, v issuer.Version, page *pages.LicensePage) license.State {
	permits, whole := standings(v.License, v.States, v.State, d.today())
	own := d.own(q.who.Grant)
	for n, p := range v.License.Permits {
		if own != nil && !slices.Contains(own, p.Authority) {
			page.Hidden++
			continue
		}
		shown := pages.PermitView{Permit: p, State: permits[n]}
		if page.Newest && d.may(q.who.Grant, toAct) && q.who.ActsFor(p.Authority) {
			shown.Acts = actsOn(v.States[n])
		}
		page.Permits = append(page.Permits, shown)
	}
	return whole
}

// trail gathers what was done to a license and to the permits that somebody
// sees of it, the newest first.
func (d *Desk) trail(q *request, versions []issuer.Version) ([]pages.Act, error) {
	own := d.own(q.who.Grant)
	subjects := map[string]string{} // and what each is called
	for _, v := range versions {
		if own == nil {
			subjects[v.License.Identifier.String()] = "第" + itoa(int(v.License.Identifier.Version)) + "版"
		}
		for _, p := range v.License.Permits {
			if own == nil || slices.Contains(own, p.Authority) {
				subjects[p.Authority+" "+p.Number] = p.Matter + " " + p.Number
			}
		}
	}
	var all []register.Audited
	for subject := range subjects {
		some, err := d.c.Register.Audit(q.r.Context(), subject)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b register.Audited) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(b.Subject, a.Subject), strings.Compare(b.Act, a.Act))
	})
	trail := make([]pages.Act, len(all))
	for n, a := range all {
		did, known := what[a.Act]
		if !known {
			did = pages.Text{ZH: a.Act, EN: a.Act}
		}
		trail[n] = pages.Act{At: a.At, Actor: a.Actor, What: did, On: subjects[a.Subject], Detail: a.Detail}
	}
	return trail, nil
}

// files are what a version can be had as.
func files(identifier string) []pages.File {
	at := Root + "/licenses/" + url.PathEscape(identifier) + "/files/"
	return []pages.File{
		{Text: pages.Text{ZH: "正本（已盖章 PDF）", EN: "Original, sealed PDF"}, Address: at + "original.pdf"},
		{Text: pages.Text{ZH: "正本，中英文", EN: "Original in both languages"}, Address: at + "original-bilingual.pdf"},
		{Text: pages.Text{ZH: "副本", EN: "Duplicate"}, Address: at + "duplicate.pdf"},
		{Text: pages.Text{ZH: "柜台立牌", EN: "Sign for the counter"}, Address: at + "counter.pdf"},
		{Text: pages.Text{ZH: "手机卡片", EN: "Card for a phone"}, Address: at + "card.png"},
		{Text: pages.Text{ZH: "二维码", EN: "The code"}, Address: at + "code.svg"},
	}
}

// sealed are the files that are documents; the others are drawn.
var sealed = map[string]struct{ form, language string }{
	"original.pdf": {}, "original-bilingual.pdf": {language: "zh-en"}, "duplicate.pdf": {form: "duplicate"},
}

var media = map[string]string{"card.png": "image/png", "code.svg": "image/svg+xml", "code.png": "image/png", "counter.pdf": "application/pdf"}

// licenseFile answers with a document or a drawing of a version.
func (d *Desk) licenseFile(q *request) error {
	v, err := d.found(q)
	if err != nil {
		return err
	}
	name := q.r.PathValue("name")
	kind := media[name]
	var content []byte
	if of, isSealed := sealed[name]; isSealed {
		edition, err := templates.ParseEdition(of.form, of.language)
		if err != nil {
			return err
		}
		kind = "application/pdf"
		if content, err = d.c.Renderer.Document(q.r.Context(), v, edition); err != nil {
			return err
		}
	} else if kind != "" {
		if content, err = d.c.Renderer.Draw(v, name, templates.Edition{}, 0); err != nil {
			return err
		}
	} else {
		return refuse(http.StatusNotFound, noPage, nil)
	}
	h := q.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `inline; filename="`+v.License.Identifier.String()+"-"+name+`"`)
	q.written = true
	_, err = q.w.Write(content)
	return err
}
