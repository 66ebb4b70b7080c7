package desk

import (
	"errors"
	"net/http"
	"net/url"

	"yizheng/holder"
	"yizheng/license"
	pages "yizheng/templates/desk"
)

// linksOf lists the open links of a license's holder.
func (d *Desk) linksOf(q *request, of license.CreditCode) ([]pages.HolderLink, error) {
	found, err := d.c.Links.Of(q.r.Context(), of)
	var open []pages.HolderLink
	for _, l := range found {
		if l.Open() {
			open = append(open, pages.HolderLink{ID: l.ID, MadeAt: l.MadeAt, MadeBy: l.MadeBy})
		}
	}
	return open, err
}

// makeLink makes a link by which the holder shows its licenses (亮证). It is a
// secret, and told on this page alone: no address and no log has it.
func (d *Desk) makeLink(q *request) error {
	v, err := d.found(q)
	if err != nil {
		return err
	}
	token, link, err := d.c.Links.Make(q.r.Context(), v.License.Holder.CreditCode, asOffice(q.who.Grant).String())
	if errors.Is(err, holder.ErrTooMany) {
		return license.Faults{{Reason: "holder_links_too_many", Message: "The holder has too many links: revoke some first.", MessageZH: "该持证人的亮证链接已达上限，请先收回一些。"}}
	}
	if err != nil {
		return err
	}
	page := pages.LinkPage{License: v.License, Address: d.c.URL + "/h/" + token.Secret(), ID: link.ID}
	return d.show(q, http.StatusOK, "link", pages.Text{ZH: "亮证链接", EN: "Holder’s link"}, page)
}

// revokeLink takes a link back. One that is not open any more stays so.
func (d *Desk) revokeLink(q *request) error {
	v, err := d.found(q)
	if err != nil {
		return err
	}
	err = d.c.Links.Revoke(q.r.Context(), v.License.Holder.CreditCode, q.r.PathValue("link"), asOffice(q.who.Grant).String())
	done := "revoked"
	if errors.Is(err, holder.ErrNoLink) {
		done, err = "before", nil
	}
	if err != nil {
		return err
	}
	return q.redirect(Root + "/licenses/" + url.PathEscape(v.License.Number) + "?done=" + done)
}
