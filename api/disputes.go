package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"yizheng/dispute"
	"yizheng/license"
)

// Disputes are about licenses: filed here, or with this office. dispute.Office
// is one; see there for each promise.
type Disputes interface {
	File(ctx context.Context, order dispute.Order) (k dispute.Kept, added bool, _ error)
	Receive(ctx context.Context, token string) (k dispute.Kept, added bool, _ error)
	Answer(ctx context.Context, id string, r dispute.Reply) (dispute.Kept, error)
	Find(ctx context.Context, id string) (dispute.Kept, error)
	List(ctx context.Context, f dispute.Filter) ([]dispute.Kept, error)
}

// receiveDispute takes in a signed statement from another deployment, and says
// what has become of it. The statement is all that is asked for: only a member
// of the federation can have signed it.
func (s *server) receiveDispute(c echo.Context) error {
	media, err := mediaType(c)
	if err != nil {
		return err
	}
	if media != dispute.MediaType {
		return fail(reasonMediaType, nil)
	}
	body, err := readBody(c)
	if err != nil {
		return err
	}
	k, added, err := s.c.Disputes.Receive(c.Request().Context(), string(body))
	if err != nil {
		return disputeFailure(err)
	}
	return c.JSON(created(!added), k.Receipt())
}

// disputeRequest is a dispute that an inspector files about a license that was
// checked.
type disputeRequest struct {
	Check     string         `json:"check"`
	Permit    string         `json:"permit"`
	Reason    dispute.Reason `json:"reason"`
	Text      string         `json:"text"`
	Name      string         `json:"name"`
	Telephone string         `json:"telephone"`
}

// filedDispute is a dispute, and whether it was there before.
type filedDispute struct {
	dispute.Kept
	Repeated bool `json:"repeated,omitempty"`
}

// fileDispute files a dispute in the name of the token's authority.
func (s *server) fileDispute(c echo.Context) error {
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	var r disputeRequest
	if err := decodeJSON(c, &r); err != nil {
		return err
	}
	g := grantOf(c)
	if g.Authority == "" {
		return fail(reasonAuthority, nil)
	}
	k, added, err := s.c.Disputes.File(c.Request().Context(), dispute.Order{
		Key: key, Check: r.Check, Permit: r.Permit, Reason: r.Reason, Text: r.Text,
		Contact: dispute.Contact{Organisation: g.Authority, Name: r.Name, Telephone: r.Telephone}, Actor: g.Subject,
	})
	if err != nil {
		return disputeFailure(err)
	}
	return c.JSON(created(!added), filedDispute{k, !added})
}

// listDisputes shows the disputes of both directions to the issuing office,
// and to others those that they filed.
func (s *server) listDisputes(c echo.Context) error {
	limit, err := limitParameter(c, 50, listed)
	if err != nil {
		return err
	}
	f := dispute.Filter{Direction: dispute.Direction(c.QueryParam("direction")), State: dispute.State(c.QueryParam("state")), License: c.QueryParam("license"), Limit: limit}
	if !slices.Contains([]dispute.Direction{"", dispute.Sent, dispute.Received}, f.Direction) ||
		!slices.Contains([]dispute.State{"", dispute.Waiting, dispute.Open, dispute.Answered, dispute.Refused}, f.State) {
		return fail(reasonParameter, nil)
	}
	if g := grantOf(c); !g.ActsFor(s.c.IssuerName) {
		if g.Authority == "" {
			return fail(reasonAuthority, nil)
		}
		f.Direction, f.Organisation = dispute.Sent, g.Authority
	}
	all, err := s.c.Disputes.List(c.Request().Context(), f)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"disputes": append([]dispute.Kept{}, all...)})
}

// showDispute shows one, to those to whom it is listed.
func (s *server) showDispute(c echo.Context) error {
	k, err := s.c.Disputes.Find(c.Request().Context(), c.Param("id"))
	if err != nil {
		return disputeFailure(err)
	}
	g := grantOf(c)
	filer := k.Direction == dispute.Sent && g.ActsFor(k.Statement.Contact.Organisation)
	if !filer && !g.ActsFor(s.c.IssuerName) {
		return disputeFailure(dispute.ErrNotFound)
	}
	return c.JSON(http.StatusOK, k)
}

// answerDispute answers a dispute that was filed with this office.
func (s *server) answerDispute(c echo.Context) error {
	if _, err := s.office(c); err != nil {
		return err
	}
	var r struct {
		Result dispute.Result `json:"result"`
		Text   string         `json:"text"`
		Act    string         `json:"act"`
	}
	if err := decodeJSON(c, &r); err != nil {
		return err
	}
	k, err := s.c.Disputes.Answer(c.Request().Context(), c.Param("id"), dispute.Reply{
		Result: r.Result, Text: r.Text, Act: r.Act, By: s.c.IssuerName, Actor: grantOf(c).Subject,
	})
	if err != nil {
		return disputeFailure(err)
	}
	return c.JSON(http.StatusOK, k)
}

// disputeFailure says under which reason an error of the dispute package is
// answered.
func disputeFailure(err error) error {
	var none *dispute.NoAddressError
	if errors.As(err, &none) {
		fault := license.Fault{Field: "check", Reason: "dispute_no_address",
			Message:   "Call " + joined(none.Name, none.Telephone, none.Address) + ".",
			MessageZH: "请联系" + joined(none.Name, none.Telephone, none.Address) + "。"}
		return &failure{Reason: "dispute_no_address", Faults: license.Faults{fault}, cause: err}
	}
	for _, known := range []struct {
		err    error
		reason string
	}{
		{dispute.ErrNotFound, "dispute_not_found"}, {dispute.ErrMalformed, "dispute_malformed"}, {dispute.ErrStranger, "dispute_stranger"},
		{dispute.ErrStale, "dispute_unverifiable"}, {dispute.ErrElsewhere, "dispute_elsewhere"}, {dispute.ErrLicense, "dispute_license_unknown"},
		{dispute.ErrPermit, "dispute_permit_unknown"}, {dispute.ErrTime, "dispute_time"}, {dispute.ErrDiffers, "dispute_differs"},
		{dispute.ErrTooMany, "dispute_too_many"}, {dispute.ErrCheck, "check_not_found"}, {dispute.ErrNotOwn, reasonOrganisation},
		{dispute.ErrReused, reasonKeyReused}, {dispute.ErrIssuer, "dispute_issuer_unknown"}, {dispute.ErrAnswered, "dispute_answered"},
	} {
		if errors.Is(err, known.err) {
			return fail(known.reason, err)
		}
	}
	return err
}

// joined puts what there is of a contact behind each other.
func joined(parts ...string) (s string) {
	for _, p := range parts {
		if p != "" && s != "" {
			s += ", "
		}
		s += p
	}
	return s
}
