package verifier

import (
	"encoding/base64"
	"errors"
	"strings"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
	"yizheng/status"
	"yizheng/trust"
)

// readCode finds the code in the input.
func (e *examination) readCode(input string) bool {
	var err error
	e.prefix, e.code, err = payload.Find(input)
	var malformed *payload.MalformedError
	switch {
	case err == nil:
		e.check(FormatCheck, Passed, "")
		return true
	case isExport(input):
		return e.settle(NotALicense, FormatCheck, Failed, ExportedCredential)
	case errors.Is(err, payload.ErrUnreadable):
		return e.settle(Unreadable, FormatCheck, Failed, CheckDigits)
	case errors.Is(err, payload.ErrVersion):
		return e.settle(Unknown, FormatCheck, NotDone, VersionUnknown)
	case errors.As(err, &malformed):
		return e.judgeMalformed(input, malformed.Reason)
	}
	return e.settle(NotALicense, FormatCheck, Failed, NoCode)
}

// judgeMalformed tells what was cut off, and what has nothing to do with us,
// from what pretends to be a license.
func (e *examination) judgeMalformed(input, reason string) bool {
	switch reason {
	case payload.ReasonLength:
		return e.settle(Unreadable, FormatCheck, Failed, CheckDigits)
	case payload.ReasonJWS:
		switch ours, cut := claimsType(input); {
		case !ours: // somebody else's token
			return e.settle(NotALicense, FormatCheck, Failed, NoCode)
		case cut:
			return e.settle(Unreadable, FormatCheck, Failed, CheckDigits)
		}
	case payload.ReasonType:
		jws, err := signature.Parse(payload.WithoutSpace(input))
		if err != nil {
			break
		}
		if len(e.v.trust.KeysByID(jws.Header.KeyID)) == 0 {
			return e.settle(NotALicense, FormatCheck, Failed, NoCode)
		}
		e.check(FormatCheck, Passed, "")
		return e.settle(NotGenuine, SignatureCheck, Failed, TypeMismatch)
	}
	return e.settle(NotGenuine, FormatCheck, Failed, CodeMalformed)
}

// claimsType says whether a token that is not in its one accepted form calls
// itself a license all the same, and whether its end is missing.
func claimsType(token string) (ours, cut bool) {
	parts := strings.Split(payload.WithoutSpace(token), ".")
	header, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[0], "="))
	ours = err == nil && strings.Contains(string(header), `"`+payload.Type+`"`)
	return ours, len(parts[len(parts)-1]) < base64.RawURLEncoding.EncodedLen(signature.SignatureSize)
}

// checkSigner finds the keys that the code names: one, unless different lists
// name the same id.
func (e *examination) checkSigner() bool {
	named := e.v.trust.KeysByID(e.code.KeyID)
	if len(named) == 0 {
		return e.judgeStranger()
	}
	for _, k := range named {
		if k.Use == trust.UseLicense {
			e.keys = append(e.keys, k)
		}
	}
	if len(e.keys) == 0 {
		e.check(SignatureCheck, NotDone, KeyUse)
		return e.settle(NotGenuine, TrustCheck, Failed, KeyUse)
	}
	return true
}

// judgeStranger judges a code whose key is not on any list. Nothing in it is
// proven, so nothing of it is shown; but what it claims is enough to tell a
// forger, who names an issuer that we know, from an issuer that we do not.
func (e *examination) judgeStranger() bool {
	e.check(SignatureCheck, NotDone, KeyUnknown)
	d, held := e.v.dictionary(e.code.DictionaryID)
	if !held {
		return e.settle(Unknown, TrustCheck, NotDone, IssuerUnknown)
	}
	claimed, err := e.code.License(d)
	if err != nil {
		return e.settle(NotGenuine, FormatCheck, Failed, ClaimsMalformed)
	}
	e.by = e.v.trust.SpeakerOf(claimed.Region)
	_, gone := claimed.Region.Successor()
	known := gone || e.claimsKnownIssuer(claimed)
	switch {
	case e.by == nil && e.v.trust.Lost(claimed.Region), e.by != nil && e.by.Stated && e.by.List == nil:
		// Whoever lists the issuers of this region may well name the key.
		return e.settle(Unknown, TrustCheck, NotDone, TrustListRefused)
	case e.by != nil && e.by.List == nil:
		return e.settle(Unknown, TrustCheck, NotDone, TrustListMissing)
	case !known:
		return e.settle(Unknown, TrustCheck, NotDone, IssuerUnknown)
	}
	if e.by != nil {
		e.tick(e.by.SignedAt())
		if reason := e.trustStale(); reason != "" {
			// A newer list may well name the key.
			return e.settle(Unknown, TrustCheck, NotDone, reason)
		}
	}
	if gone {
		return e.settle(NotGenuine, TrustCheck, Failed, RegionAbolished)
	}
	return e.settle(NotGenuine, TrustCheck, Failed, KeyNotOfIssuer)
}

func (e *examination) claimsKnownIssuer(l *license.License) bool {
	for _, issuer := range e.v.trust.Issuers {
		if issuer.Region == l.Region || string(issuer.Code) == l.Identifier.Issuer || issuer.Named(l.Issuer) {
			return true
		}
	}
	return false
}

// checkSignature verifies by the algorithm of the trusted key; the one that a
// header names only has to agree. It leaves the keys whose signature it is.
func (e *examination) checkSignature() bool {
	var signed []trust.KeyOf
	var refusal Reason
	for _, k := range e.keys {
		reason := e.judgeSignature(k)
		if reason == "" {
			signed = append(signed, k)
		} else if refusal == "" {
			refusal = reason
		}
	}
	if len(signed) == 0 {
		return e.settle(NotGenuine, SignatureCheck, Failed, refusal)
	}
	e.keys = signed
	e.check(SignatureCheck, Passed, "")
	return true
}

func (e *examination) judgeSignature(k trust.KeyOf) Reason {
	algorithm := k.PublicKey.Algorithm()
	if e.code.Stated != "" && e.code.Stated != algorithm {
		return AlgorithmMismatch
	}
	err := k.PublicKey.Verify(e.code.SigningInput(algorithm), e.code.Signature)
	switch {
	case err == nil:
		return ""
	case errors.Is(err, signature.ErrHighS):
		return SignatureHighS
	}
	return SignatureInvalid
}

// readClaims decodes what was signed. Failing here is not forgery: an issuer
// has signed it, and this verifier cannot read it.
func (e *examination) readClaims() bool {
	d, held := e.v.dictionary(e.code.DictionaryID)
	if !held {
		return e.settle(Unknown, FormatCheck, NotDone, DictionaryUnknown)
	}
	l, err := e.code.License(d)
	if err != nil || len(l.Permits) == 0 {
		return e.settle(Unknown, FormatCheck, NotDone, ClaimsMalformed)
	}
	e.license = l
	return true
}

// checkIssuer asks whether the entry may vouch for what the license says. That
// the list itself counts still, checkFreshness asks.
func (e *examination) checkIssuer() bool {
	l := e.license
	e.key = e.keys[0]
	for _, k := range e.keys {
		if k.Issuer.Region == l.Region {
			e.key = k
		}
	}
	issuer := e.key.Issuer
	e.by = e.key.By
	e.setClock()
	refuse := func(reason Reason) bool { return e.settle(NotGenuine, TrustCheck, Failed, reason) }
	_, gone := issuer.Region.Successor()
	switch {
	case gone && issuer.Closing == "":
		return refuse(RegionAbolished)
	case l.Region != issuer.Region:
		return refuse(IssuerRegion)
	case l.Identifier.Issuer != string(issuer.Code), l.Identifier.Type != issuer.TypeCode, !issuer.Named(l.Issuer):
		return e.disown(IssuerMismatch)
	case !e.key.SignsOn(l.IssueDate), !issuer.IssuesOn(l.IssueDate):
		return e.disown(KeyNotValidThen)
	case !e.checkClosing(e.key.Closing, e.code.KeyID), !e.checkClosing(issuer.Closing, ""):
		return false
	}
	if l.Demonstration || issuer.Demonstration {
		e.warn(IsDemonstration)
	}
	if e.prefix != "" && !sameHost(e.prefix, issuer.VerifyURL) {
		e.warn(HostNotIssuers)
	}
	return true
}

// setClock moves the clock on by all that is held for the license, before anything
// is judged by the age of the trust list. Reading it moves the clock again: newer
// may have been added meanwhile.
func (e *examination) setClock() {
	issuer := e.key.Issuer
	e.tick(e.by.SignedAt())
	if record, held := e.v.lists.record(issuer, e.license.Identifier.Base()); held {
		e.tick(record.Issued)
	}
	first, last := e.entries()
	if e.moment != nil || last >= 1<<32 {
		return
	}
	from, _ := status.Locate(uint32(first))
	to, _ := status.Locate(uint32(last))
	for chunk := from; chunk <= to; chunk++ {
		if list, reason := e.v.lists.list(issuer, status.Address(issuer.StatusBase, chunk)); reason == "" {
			e.tick(list.IssuedAt)
		}
	}
}

// disown calls the license forged by what the trust list says of its issuer and
// keys, unless that list counts no more: a newer one may well have another name,
// a longer term or a longer closing list.
func (e *examination) disown(reason Reason) bool {
	if stale := e.trustStale(); stale != "" {
		return e.settle(Unknown, TrustCheck, NotDone, stale)
	}
	return e.settle(NotGenuine, TrustCheck, Failed, reason)
}

// checkFreshness asks whether the trust list counts still. It runs once every
// list that the license needs has set the clock.
func (e *examination) checkFreshness() {
	if today := license.DateOf(e.at); !today.IsZero() && !e.key.Issuer.IssuesOn(today) {
		e.warn(IssuerEntryEnded)
	}
	if reason := e.trustStale(); reason != "" {
		e.check(TrustCheck, NotDone, reason)
		return
	}
	e.check(TrustCheck, Passed, "")
}

// trustStale says why the list of e.by does not count, if so.
func (e *examination) trustStale() Reason {
	p := e.by
	if e.v.lists.rolledBack(p, trust.ListPart) {
		return TrustRolledBack
	}
	return e.v.stale(e.at, p, p.List.Term, trust.ListPart, TrustListExpired, TrustListTooOld)
}

// sameHost compares two addresses by scheme, host and port; the one around a code
// may have no scheme. The address proves nothing; a wrong one is still a thing to
// tell.
func sameHost(prefix, own string) bool {
	scheme, host := origin(own)
	of, at := origin(prefix)
	if of == "" {
		of = scheme
	}
	return of == scheme && withoutPort(of, at) == withoutPort(scheme, host)
}

// origin is what stands before the path of an address, in small letters.
func origin(address string) (scheme, host string) {
	scheme, host, found := strings.Cut(strings.ToLower(address), "://")
	if !found {
		scheme, host = "", scheme
	}
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	return scheme, host
}

// withoutPort leaves out the port that the scheme has anyway.
func withoutPort(scheme, host string) string {
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}
