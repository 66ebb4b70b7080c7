package verifier

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
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
		jws, err := signature.Parse(strings.Join(strings.Fields(input), ""))
		if err != nil {
			break
		}
		if _, ours := e.v.trust.KeyByID(jws.Header.KeyID); !ours {
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
	parts := strings.Split(strings.Join(strings.Fields(token), ""), ".")
	header, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[0], "="))
	ours = err == nil && strings.Contains(string(header), `"`+payload.Type+`"`)
	return ours, len(parts[len(parts)-1]) < base64.RawURLEncoding.EncodedLen(signature.SignatureSize)
}

// checkSigner finds the key that the code names.
func (e *examination) checkSigner() bool {
	key, known := e.v.trust.KeyByID(e.code.KeyID)
	if !known {
		return e.judgeStranger()
	}
	e.key = key
	if key.Use != trust.UseLicense {
		e.check(SignatureCheck, NotDone, KeyUse)
		return e.settle(NotGenuine, TrustCheck, Failed, KeyUse)
	}
	return true
}

// judgeStranger judges a code whose key is not on the list. Nothing in it is
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
	if _, gone := claimed.Region.Successor(); gone {
		return e.settle(NotGenuine, TrustCheck, Failed, RegionAbolished)
	}
	if !e.claimsKnownIssuer(claimed) {
		return e.settle(Unknown, TrustCheck, NotDone, IssuerUnknown)
	}
	if reason := e.trustStale(); reason != "" {
		// A newer list may well name the key.
		return e.settle(Unknown, TrustCheck, NotDone, reason)
	}
	return e.settle(NotGenuine, TrustCheck, Failed, KeyNotOfIssuer)
}

func (e *examination) claimsKnownIssuer(l *license.License) bool {
	if e.v.trust.IssuerOf(l.Region) != nil {
		return true
	}
	for i := range e.v.trust.List.Issuers {
		issuer := &e.v.trust.List.Issuers[i]
		if string(issuer.Code) == l.Identifier.Issuer || issuer.Named(l.Issuer) {
			return true
		}
	}
	return false
}

// checkSignature verifies by the algorithm of the trusted key; the one that a
// header names only has to agree.
func (e *examination) checkSignature() bool {
	algorithm := e.key.PublicKey.Algorithm()
	if e.code.Stated != "" && e.code.Stated != algorithm {
		return e.settle(NotGenuine, SignatureCheck, Failed, AlgorithmMismatch)
	}
	err := e.key.PublicKey.Verify(e.code.SigningInput(algorithm), e.code.Signature)
	switch {
	case err == nil:
		e.check(SignatureCheck, Passed, "")
		return true
	case errors.Is(err, signature.ErrHighS):
		return e.settle(NotGenuine, SignatureCheck, Failed, SignatureHighS)
	}
	return e.settle(NotGenuine, SignatureCheck, Failed, SignatureInvalid)
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
	l, issuer := e.license, e.key.Issuer
	refuse := func(reason Reason) bool { return e.settle(NotGenuine, TrustCheck, Failed, reason) }
	if _, gone := issuer.Region.Successor(); gone {
		return refuse(RegionAbolished)
	}
	switch {
	case l.Region != issuer.Region:
		return refuse(IssuerRegion)
	case l.Identifier.Issuer != string(issuer.Code), l.Identifier.Type != issuer.TypeCode, !issuer.Named(l.Issuer):
		return refuse(IssuerMismatch)
	case !e.key.SignsOn(l.IssueDate), !issuer.IssuesOn(l.IssueDate):
		return refuse(KeyNotValidThen)
	}
	if l.Demonstration || issuer.Demonstration {
		e.warn(IsDemonstration)
	}
	if e.prefix != "" && !sameHost(e.prefix, issuer.VerifyURL) {
		e.warn(HostNotIssuers)
	}
	return true
}

// checkFreshness asks whether the trust list counts still. It runs once every
// list that the license needs has set the clock.
func (e *examination) checkFreshness() {
	if !e.key.Issuer.IssuesOn(license.DateOf(e.at)) {
		e.warn(IssuerEntryEnded)
	}
	if reason := e.trustStale(); reason != "" {
		e.check(TrustCheck, NotDone, reason)
		return
	}
	e.check(TrustCheck, Passed, "")
}

// trustStale says why the trust list does not count, if so.
func (e *examination) trustStale() Reason {
	switch l := e.v.trust.List; {
	case e.v.lists.rolledBack(listName, l.Sequence):
		return TrustRolledBack
	case !e.at.Before(l.Expires):
		return TrustListExpired
	case e.at.Sub(l.Issued) > e.v.limits.Trust:
		return TrustListTooOld
	}
	return ""
}

// sameHost compares two addresses by scheme and host. The address proves
// nothing; a wrong one is still a thing to tell.
func sameHost(prefix, own string) bool {
	if prefix == own {
		return true
	}
	p, err := url.Parse(prefix)
	if err != nil {
		return false
	}
	o, err := url.Parse(own)
	return err == nil && strings.EqualFold(p.Scheme, o.Scheme) && strings.EqualFold(p.Host, o.Host)
}
