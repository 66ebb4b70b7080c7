package trust

import (
	"errors"
	"fmt"
)

// Reason says in one stable word why a document was refused.
type Reason string

// The reasons.
const (
	Malformed        Reason = "trust_malformed"    // not the form that the documents have
	BadSignature     Reason = "trust_signature"    // fewer valid signatures than the threshold, or another typ
	Inconsistent     Reason = "trust_inconsistent" // well formed and signed, but breaks a rule
	RolledBack       Reason = "trust_rolled_back"  // older than what is held already
	BrokenChain      Reason = "trust_chain"        // a root document that does not follow on the one before
	OutsideTerritory Reason = "trust_territory"    // a signer speaks of a region that is not its own
	NotNamed         Reason = "trust_not_named"    // the statement of freshness does not name it
	Missing          Reason = "trust_missing"      // it should be there, and is not
)

// Error is why a document was refused.
type Error struct {
	Signer string // path of the signer; empty for the bundle and the anchor
	Part   string // "bundle", "anchor", "record", or a [Part]
	Reason Reason
	Err    error
}

// Error names the part and what is wrong with it.
func (e *Error) Error() string {
	of := ""
	if e.Signer != "" {
		of = " of " + e.Signer
	}
	return "trust: reading " + e.Part + of + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// faultOf turns err into an *Error about a part of a signer.
func faultOf(signer string, part Part, err error) *Error {
	e := *refuse(string(part), err)
	e.Signer, e.Part = signer, string(part)
	return &e
}

// refuse turns err into an *Error about part, keeping the reason it has.
func refuse(part string, err error) *Error {
	var rule inconsistency
	var already *Error
	switch {
	case errors.As(err, &already):
		return already
	case errors.As(err, &rule):
		return &Error{Part: part, Reason: Inconsistent, Err: err}
	case errors.Is(err, errSigned):
		return &Error{Part: part, Reason: BadSignature, Err: err}
	}
	return &Error{Part: part, Reason: Malformed, Err: err}
}

// inconsistency is a broken rule of a document.
type inconsistency string

func (i inconsistency) Error() string { return string(i) }

func breaks(format string, args ...any) error { return inconsistency(fmt.Sprintf(format, args...)) }

// errSigned marks errors of a document's signatures.
var errSigned = errors.New("checking signatures")
