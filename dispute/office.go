package dispute

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
)

// Limits of what an office takes in from elsewhere.
const (
	PerDay     = 100                 // disputes of one region in 24 hours
	Within     = 90 * 24 * time.Hour // how old a statement may be when it comes in: its deployment may have been off line
	clockAhead = 10 * time.Minute    // how far a clock elsewhere may be ahead of ours
)

// Config is what an [Office] needs.
type Config struct {
	Store  Store                // required
	Trust  func() *trust.Bundle // what counts now; required
	Region license.Region       // whose issuer it is; required
	Signer signature.Signer     // the issuer's, of the use record; required
	Clock  func() time.Time     // required
}

// Office files disputes about licenses of others, takes in those about its own
// and answers them. It is safe for concurrent use.
type Office struct{ c Config }

// New checks the configuration.
func New(c Config) (*Office, error) {
	if c.Store == nil || c.Trust == nil || !c.Region.WellFormed() || c.Signer == nil || c.Clock == nil {
		return nil, errors.New("configuring disputes: Store, Trust, Region, Signer and Clock are required")
	}
	return &Office{c}, nil
}

// Order is a dispute that somebody files.
type Order struct {
	Key     string // the same order under the same key is filed once; required
	Check   string // the check on record; required
	Permit  string // the number of one permit; empty for the whole license
	Reason  Reason
	Text    string
	Contact Contact // its organisation must be the one that made the check
	Actor   string  // for the audit trail
}

// File signs a statement and keeps it, to be sent by a courier. An order that
// was filed before gives what was kept then, and added is false. Its errors are
// [license.Faults], [ErrCheck], [ErrNotOwn], [ErrIssuer], [ErrReused], and a
// [*NoAddressError] where the issuer takes none.
func (o *Office) File(ctx context.Context, order Order) (k Kept, added bool, _ error) {
	v, err := o.c.Store.Verification(ctx, order.Check)
	if err != nil {
		return k, false, err
	}
	if v.Organisation != order.Contact.Organisation {
		return k, false, ErrNotOwn
	}
	now := o.now()
	id := sha256.Sum256(fmt.Appendf(nil, "%s %s", o.c.Region, order.Key))
	s := Statement{
		ID: hex.EncodeToString(id[:16]), From: o.c.Region, License: v.License, Permit: order.Permit,
		Check:  Check{ID: v.ID, At: v.At, Outcome: v.Outcome},
		Reason: order.Reason, Text: order.Text, Contact: order.Contact, Made: now,
	}
	if err := s.faults().Err(); err != nil {
		return k, false, err
	}
	to, err := o.Addressee(v.License)
	if err != nil {
		return k, false, err
	}
	s.To = to.Region
	token, err := sign(o.c.Signer, TypeStatement, s)
	if err != nil {
		return k, false, err
	}
	k, added, err = o.c.Store.AddDispute(ctx, Kept{
		Statement: s, Direction: Sent, State: Waiting, KeptAt: now, Signed: token, Next: now,
	}, order.Actor, 0, time.Time{})
	if s.Made = k.Statement.Made; err == nil && k.Statement != s {
		return Kept{}, false, ErrReused
	}
	return k, added, err
}

// Addressee gives the trust entry of the issuer of a license, who takes
// disputes about it: [ErrIssuer] or a [*NoAddressError] where nobody does.
func (o *Office) Addressee(id license.Identifier) (*trust.Issuer, error) {
	issuer := IssuerOf(o.c.Trust(), id)
	switch {
	case issuer == nil:
		return nil, ErrIssuer
	case issuer.Disputes == "":
		return nil, &NoAddressError{Name: issuer.Name, Address: issuer.Address, Telephone: issuer.Telephone}
	}
	return issuer, nil
}

// IssuerOf finds who issued a license: of the entries that have its credit
// code one whose region was not abolished. Nobody keeps a signer elsewhere from
// listing that code for a region of its own. So of several it is the one of the
// region that the code itself names (GB 32100, characters 3 to 8), and nobody
// where that is none of them.
func IssuerOf(b *trust.Bundle, id license.Identifier) *trust.Issuer {
	var living, gone []*trust.Issuer
	for _, i := range b.Issuers {
		if string(i.Code) != id.Issuer {
			continue
		}
		if _, abolished := i.Region.Successor(); abolished {
			gone = append(gone, i)
		} else {
			living = append(living, i)
		}
	}
	if len(living) == 0 {
		living = gone
	}
	if len(living) == 1 {
		return living[0]
	}
	for _, i := range living {
		if strings.HasPrefix(id.Issuer[2:], string(i.Region)) {
			return i
		}
	}
	return nil
}

// Receive takes in a statement from elsewhere. One that is held already is
// given as it is, so that whoever holds a statement asks with it what became
// of it. Its errors are [ErrMalformed], [ErrStranger], [ErrStale],
// [ErrElsewhere], [ErrTime], [ErrLicense], [ErrPermit], [ErrDiffers] and
// [ErrTooMany].
func (o *Office) Receive(ctx context.Context, token string) (k Kept, added bool, _ error) {
	var s Statement
	if _, err := read(token, &s); err != nil {
		return k, false, err
	}
	held, err := o.c.Store.Dispute(ctx, Received, s.ID)
	if err == nil && held.Signed == token {
		// It was verified when it came in. Its key may have been given up since.
		return held, false, nil
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return k, false, err
	}
	now := o.now()
	if s, err = openStatement(token, o.c.Trust(), now); err != nil {
		return k, false, err
	}
	if s.To != o.c.Region {
		return k, false, ErrElsewhere
	}
	if k, added, err = o.takeIn(ctx, s, token, now); err != nil {
		return Kept{}, false, err
	}
	if k.Signed != token {
		return Kept{}, false, ErrDiffers
	}
	return k, added, nil
}

func (o *Office) takeIn(ctx context.Context, s Statement, token string, now time.Time) (Kept, bool, error) {
	if s.Made.Before(now.Add(-Within)) || s.Made.After(now.Add(clockAhead)) {
		return Kept{}, false, ErrTime
	}
	permits, err := o.c.Store.PermitNumbers(ctx, s.License.String())
	if err != nil {
		return Kept{}, false, err
	}
	if s.Permit != "" && !slices.Contains(permits, s.Permit) {
		return Kept{}, false, ErrPermit
	}
	return o.c.Store.AddDispute(ctx, Kept{
		Statement: s, Direction: Received, State: Open, KeptAt: now, ReceivedAt: now, Signed: token,
	}, "region "+string(s.From), PerDay, now.Add(-24*time.Hour))
}

// Reply is what an officer answers.
type Reply struct {
	Result Result
	Text   string
	Act    string // the act that followed, where one did
	By     string // the office
	Actor  string // for the audit trail
}

// Answer signs the answer to a dispute that was filed with this office, and
// keeps it until it is asked for. Its errors are [license.Faults],
// [ErrNotFound], and [ErrAnswered] where it has another answer; the same one
// again changes nothing.
func (o *Office) Answer(ctx context.Context, id string, r Reply) (Kept, error) {
	k, err := o.c.Store.Dispute(ctx, Received, id)
	if err != nil {
		return k, err
	}
	now := o.now()
	a := Answer{
		Dispute: id, Statement: digest(k.Signed), From: o.c.Region, To: k.Statement.From, License: k.Statement.License,
		Received: k.ReceivedAt, Result: r.Result, Text: r.Text, Act: r.Act, By: r.By, Made: now,
	}
	if err := a.faults().Err(); err != nil {
		return Kept{}, err
	}
	token, err := sign(o.c.Signer, TypeAnswer, a)
	if err != nil {
		return Kept{}, err
	}
	answered := o.c.Store.AnswerDispute(ctx, Received, id, token, r.Actor, k.ReceivedAt, now)
	if answered != nil && !errors.Is(answered, ErrAnswered) {
		return Kept{}, answered
	}
	if k, err = o.c.Store.Dispute(ctx, Received, id); err != nil {
		return Kept{}, err
	}
	if a.Made = k.Answer.Made; *k.Answer != a {
		return Kept{}, ErrAnswered
	}
	return k, nil
}

// Find gives a dispute by its ID: one that was filed with this office before
// one that was filed here; [ErrNotFound].
func (o *Office) Find(ctx context.Context, id string) (Kept, error) {
	k, err := o.c.Store.Dispute(ctx, Received, id)
	if errors.Is(err, ErrNotFound) {
		return o.c.Store.Dispute(ctx, Sent, id)
	}
	return k, err
}

// List gives the disputes that the filter names, the newest first.
func (o *Office) List(ctx context.Context, f Filter) ([]Kept, error) {
	return o.c.Store.Disputes(ctx, f)
}

func (o *Office) now() time.Time { return o.c.Clock().UTC().Truncate(time.Second) }
