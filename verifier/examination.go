package verifier

import (
	"slices"
	"time"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/status"
	"yizheng/trust"
)

// examination is one verification under way. Its steps run in the order in
// which Verify calls them; a step that settles the outcome says so by false.
type examination struct {
	v   *Verifier
	now time.Time // as it was given
	at  time.Time // as signed lists may have moved it on

	moment *Moment // the one that is asked for; nil for now

	prefix    string
	code      payload.Code
	keys      []trust.KeyOf      // those that may have signed
	key       trust.KeyOf        // the one that did
	by        *trust.Publication // by which the issuer is believed, or would be
	ruling    *trust.Publication // by which it was decided whether the license is recognised
	license   *license.License
	standing  standing
	permits   []Permit
	state     license.State
	successor *license.Identifier

	presentation *Presentation
	copy         *Copy

	wanted string // address of the part of a closing list that is not held

	outcome    Outcome
	checks     [len(checkOrder)]Check
	warnings   []Reason
	agreements []trust.Agreement
	status     *status.List
	record     *trust.Record
}

// checkOrder is the order of the checks in a result.
var checkOrder = [...]CheckName{
	FormatCheck, SignatureCheck, TrustCheck, RecognitionCheck, StatusCheck, ValidityCheck, PresentationCheck,
}

func (e *examination) check(name CheckName, status CheckStatus, reason Reason) {
	e.checks[slices.Index(checkOrder[:], name)] = Check{Name: name, Status: status, Reason: reason}
}

func (e *examination) checked(name CheckName) CheckStatus {
	return e.checks[slices.Index(checkOrder[:], name)].Status
}

// settle ends the examination before the license was known to be genuine.
func (e *examination) settle(o Outcome, name CheckName, status CheckStatus, reason Reason) bool {
	e.outcome = o
	e.check(name, status, reason)
	return false
}

func (e *examination) warn(reason Reason) {
	if !slices.Contains(e.warnings, reason) {
		e.warnings = append(e.warnings, reason)
	}
}

// tick moves the clock on to an instant that a signed list proves to be past.
// A verifier that was offline for months, or whose battery ran out, has a
// wrong clock; what was signed cannot lie in the future.
func (e *examination) tick(proven time.Time) {
	if !proven.After(e.at) {
		return
	}
	if proven.Sub(e.at) > e.v.limits.Clock {
		e.warn(ClockBehind)
	}
	e.at = proven.UTC()
}

// result fills in what was not reached and gives the answer.
func (e *examination) result() Result {
	for i, name := range checkOrder {
		if e.checks[i].Status == "" {
			e.checks[i] = Check{Name: name, Status: NotDone}
		}
	}
	switch {
	case e.moment != nil:
		e.check(PresentationCheck, NotDone, AsOfPast)
	case e.static():
		e.check(PresentationCheck, NotDone, StaticCode)
	}
	r := Result{
		Outcome:      e.outcome,
		Checks:       e.checks[:],
		Presentation: e.presentation,
		Copy:         e.copy,
		Warnings:     e.warnings,
		Lists:        e.sources(),
		At:           e.at,
		Wanted:       e.wanted,
	}
	if e.moment != nil {
		r.AsOf = e.moment.at
	}
	if e.permits != nil {
		r.License = e.describe()
		r.Agreements = e.agreements
		r.Authorities = e.authorities()
	}
	return r
}

// static says whether the code can be copied and still be what it is: every
// one but a live code.
func (e *examination) static() bool {
	if e.code.Statement == nil {
		return true
	}
	_, live := e.code.Statement.Content.(payload.Presentation)
	return !live
}

// sources says what the answer rests on. Where it is about no issuer, that is
// what the signer for the verifier's own region says.
func (e *examination) sources() (s Sources) {
	p := e.by
	if p == nil {
		p = e.v.trust.SpeakerOf(e.v.region)
	}
	if p != nil && p.Freshness != nil {
		if p.List != nil {
			s.Trust = e.source(p, p.List.Term, trust.ListPart)
		}
		if p.Directory != nil {
			s.Authorities = e.source(p, p.Directory.Term, trust.AuthoritiesPart)
		}
	}
	if p := e.ruling; p != nil && p.Policy != nil {
		s.Policy = e.source(p, p.Policy.Term, trust.PolicyPart)
	}
	if l := e.status; l != nil {
		s.Status = &Source{URI: l.Subject, Sequence: l.Sequence, Issued: l.IssuedAt, Age: e.age(l.IssuedAt), Expires: l.Expires}
	}
	if c := e.record; c != nil {
		s.Record = &Source{URI: c.License, Sequence: c.Sequence, Issued: c.Issued, Age: e.age(c.Issued)}
	}
	return s
}

// source is a document of a signer: as old as the statement that it counts
// still, and good for as long as everything that it rests on.
func (e *examination) source(p *trust.Publication, t trust.Term, part trust.Part) *Source {
	end, _ := p.Ends(t, part)
	return &Source{Signer: t.Signer, Sequence: t.Sequence, Issued: p.Freshness.Issued, Age: e.age(p.Freshness.Issued), Expires: end}
}

func (e *examination) age(issued time.Time) int64 { return int64(e.at.Sub(issued) / time.Second) }

// describe is the license for the result. It is called for genuine ones only.
func (e *examination) describe() *License {
	l, issuer := e.license, e.key.Issuer
	return &License{
		Identifier: l.Identifier,
		Number:     l.Number,
		Version:    l.Identifier.Version,
		Region:     l.Region,
		Issuer:     l.Issuer,
		Contact: Contact{
			Code: issuer.Code, Address: issuer.Address, Telephone: issuer.Telephone, VerifyURL: issuer.VerifyURL,
		},
		Industry:      l.Industry,
		Catalogue:     l.Catalogue,
		Holder:        l.Holder,
		IssueDate:     l.IssueDate,
		State:         e.state,
		SupersededBy:  e.successor,
		Demonstration: l.Demonstration || issuer.Demonstration,
		Permits:       e.permits,
		Claims:        *l,
	}
}

// authorities gives the directory's entries for the permits, each once.
func (e *examination) authorities() []license.Authority {
	out := make([]license.Authority, 0, len(e.permits))
	for _, p := range e.permits {
		if slices.ContainsFunc(out, func(a license.Authority) bool { return a.Name == p.Authority }) {
			continue
		}
		if a, ok := e.by.Authority(p.Authority); ok {
			out = append(out, a)
		}
	}
	return out
}
