package verifier

import (
	"encoding/base64"
	"time"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/trust"
)

// Presentation is what a live code (亮证) says of itself, under the issuer's
// signature.
type Presentation struct {
	At  time.Time `json:"at"`  // when it was made, by the issuer's clock
	Age int64     `json:"age"` // seconds from At to Result.At; negative where At is ahead
	ID  string    `json:"id"`  // no two are alike: what a verifier remembers to let it count once
}

// Copy is what a derived copy (加注件) says of itself, under the issuer's
// signature.
type Copy struct {
	Made      time.Time    `json:"made"`
	Until     license.Date `json:"until"` // the last day on which it counts
	Maker     string       `json:"maker"` // the holder, where nobody else is named
	Recipient string       `json:"recipient"`
	Purpose   string       `json:"purpose"`
}

// checkStatement says what is wrong with who signed the statement and what
// was signed; empty for nothing.
func (e *examination) checkStatement(made time.Time) Reason {
	s := e.code.Statement
	key, known := e.v.trust.KeyIn(e.key.Issuer.Region, s.KeyID)
	switch {
	case known && key.Use != trust.UsePresentation:
		return StatementKey
	case !known || !key.SignsOn(license.DateOf(made)):
		if stale := e.trustStale(); stale != "" {
			return stale // a newer list may well name the key, or a longer term for it
		}
		return StatementKey
	}
	if key.PublicKey.Verify(e.code.StatementInput(key.PublicKey.Algorithm()), s.Signature) != nil {
		return StatementSignature
	}
	return ""
}

// checkCopy judges the annotation of a derived copy. It is part of what is
// shown, so a false one makes the copy a forgery, whatever the license is.
func (e *examination) checkCopy() bool {
	if e.code.Statement == nil {
		return true
	}
	c, is := e.code.Statement.Content.(payload.Copy)
	if !is {
		return true
	}
	switch reason := e.checkStatement(c.Made); reason {
	case "":
	case StatementSignature:
		return e.settle(NotGenuine, SignatureCheck, Failed, reason)
	case StatementKey:
		return e.settle(NotGenuine, TrustCheck, Failed, reason)
	default:
		return e.settle(Unknown, TrustCheck, NotDone, reason)
	}
	if c.Maker == "" {
		c.Maker = e.license.Holder.Name
	}
	e.copy = &Copy{Made: c.Made, Until: c.Until, Maker: c.Maker, Recipient: c.Recipient, Purpose: c.Purpose}
	return true
}

// checkPresentation judges whether the code was made just now. It says nothing
// of the license: a stale or false presentation leaves the outcome as it is.
func (e *examination) checkPresentation() {
	if e.static() || e.moment != nil {
		return
	}
	p := e.code.Statement.Content.(payload.Presentation)
	switch reason := e.checkStatement(p.At); reason {
	case "":
	case StatementSignature, StatementKey:
		e.check(PresentationCheck, Failed, reason)
		return
	default:
		e.check(PresentationCheck, NotDone, reason)
		return
	}
	age := e.at.Sub(p.At)
	e.presentation = &Presentation{
		At: p.At, Age: int64(age / time.Second), ID: e.code.Statement.KeyID + "." + base64.RawURLEncoding.EncodeToString(p.Nonce[:]),
	}
	switch stale := e.trustStale(); {
	case stale != "":
		e.check(PresentationCheck, NotDone, stale)
	case e.at.Sub(e.now) > payload.PresentationLeeway:
		// What was signed proves this clock slow, and nothing says by how much.
		e.check(PresentationCheck, NotDone, ClockBehind)
	case age < -payload.PresentationLeeway:
		e.check(PresentationCheck, NotDone, PresentationAhead)
	case age >= payload.PresentationLife+payload.PresentationLeeway:
		e.check(PresentationCheck, Failed, PresentationStale)
	default:
		e.check(PresentationCheck, Passed, "")
	}
}
