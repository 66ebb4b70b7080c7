package payload

import (
	"errors"
	"fmt"
)

// What can be wrong with an input to [Find], in the order in which it is
// found out. They call for different acts, so they are told apart: look for
// another code, scan again, update the program, distrust.
var (
	// ErrNotACode marks input in which there is no code of ours.
	ErrNotACode = errors.New("no license code in the input")
	// ErrUnreadable marks a code of ours that was misread or cut off: its
	// check digits do not fit. Scanning again may help.
	ErrUnreadable = errors.New("license code cannot be read")
	// ErrVersion marks a whole code of a later format.
	ErrVersion = errors.New("unknown format version")
	// ErrMalformed marks what no encoder writes although its check digits
	// fit; errors.As finds the [MalformedError].
	ErrMalformed = errors.New("malformed license code")
)

// The reasons of a [MalformedError]. They are stable; docs/format.md says in
// which order a decoder finds them.
const (
	ReasonLength     = "length"      // the number of digits or bytes is none that an encoder writes
	ReasonRange      = "range"       // the integer does not fit the bytes that its digits stand for
	ReasonJWS        = "jws"         // the compact JWS is not in its one accepted form
	ReasonType       = "type"        // the JWS is signed as something else than a license
	ReasonDictionary = "dictionary"  // the dictionary is not the one that the code names
	ReasonDeflate    = "deflate"     // the DEFLATE stream is broken
	ReasonSize       = "size"        // the claims are larger than allowed
	ReasonTrailing   = "trailing"    // bytes follow the DEFLATE stream
	ReasonTruncated  = "truncated"   // the claims end within a member
	ReasonNumber     = "number"      // a number is out of its range
	ReasonText       = "text"        // a text is too long, or not allowed
	ReasonRegion     = "region"      // the region is not six digits
	ReasonIdentifier = "identifier"  // the identifier breaks GB/T 36904
	ReasonCreditCode = "credit_code" // the holder's code breaks GB 32100
	ReasonDate       = "date"        // a date does not exist
	ReasonPermits    = "permits"     // no permit, or more than MaxPermits
	ReasonCanonical  = "canonical"   // the claims are not written in their one accepted form
)

// MalformedError says why something with good check digits is still no
// license code.
type MalformedError struct {
	Reason string // one of the Reason constants
	Detail string // English, no full stop
}

// Error gives reason and detail.
func (e *MalformedError) Error() string {
	return fmt.Sprintf("%v: %s: %s", ErrMalformed, e.Reason, e.Detail)
}

// Is lets errors.Is find [ErrMalformed].
func (e *MalformedError) Is(target error) bool { return target == ErrMalformed }

func malformed(reason, format string, args ...any) error {
	return &MalformedError{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}
