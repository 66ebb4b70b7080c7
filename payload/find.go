package payload

import (
	"fmt"
	"strings"
	"unicode"
)

// MaxInput is the largest input that [Find] looks at, in bytes.
const MaxInput = 64 << 10

// codePath is what stands before the digits in the address of a code.
const codePath = "/v/"

// Lengths from which digits are taken for a code of ours that was misread,
// rather than for a telephone number, a bar code or somebody else's address.
const (
	likelyInAddress = 12  // after /v/, beginning with the magic
	likelyBare      = 20  // bare, beginning with the magic
	likelyCut       = 100 // without the magic: the start is missing
)

// Find gives the code in a text that was scanned, typed or pasted, with the
// statement that it may carry, and the address that stood before its digits, such as https://zheng.example/v/; no
// address gives the empty string. The address proves nothing.
//
// The text is one of: an address with any host whose path ends in /v/ and the
// digits, with or without a slash, a query or a fragment after them; the
// digits alone; a compact JWS. White space is ignored wherever it stands.
// Errors, one of: [ErrNotACode], [ErrUnreadable], [ErrVersion], [ErrMalformed].
func Find(input string) (prefix string, c Code, err error) {
	if len(input) > MaxInput {
		return "", Code{}, fmt.Errorf("%w: %d bytes, at most %d are looked at", ErrNotACode, len(input), MaxInput)
	}
	text := WithoutSpace(input)
	if strings.HasPrefix(text, "eyJ") && strings.Count(text, ".") == 2 {
		c, _, err = FromCompact(text)
		return "", c, err
	}
	prefix, rest := splitAddress(text)
	if !looksOurs(rest, prefix != "") {
		return "", Code{}, ErrNotACode
	}
	if err := checkAddress(prefix); err != nil {
		return "", Code{}, err
	}
	if !allDigits(rest) {
		return prefix, Code{}, fmt.Errorf("%w: other characters among the digits", ErrUnreadable)
	}
	version, b, err := decodeDigits(rest)
	if err != nil {
		return prefix, Code{}, err
	}
	c, err = fromBytes(version, b)
	return prefix, c, err
}

// splitAddress parts the address, to the last /v/ of its path, from what
// follows it, less a slash at the end. A text without /v/ has no address.
func splitAddress(text string) (prefix, rest string) {
	// Each character is looked for by itself and from the start, as this runs
	// over thousands of digits that have none.
	text, _, _ = strings.Cut(text, "?")
	text, _, _ = strings.Cut(text, "#")
	end := 0
	for {
		i := strings.Index(text[max(0, end-1):], codePath) // its last slash may be the next one's first
		switch {
		case i >= 0:
		case end == 0:
			return "", text
		default:
			return text[:end], strings.TrimRight(text[end:], "/")
		}
		end = max(0, end-1) + i + len(codePath)
	}
}

// checkAddress refuses what is no address of the web, and an address before
// which another code stands. The scheme may be missing.
func checkAddress(prefix string) error {
	for _, part := range strings.Split(prefix, codePath) {
		if looksOurs(part, false) {
			return fmt.Errorf("%w: more than one code; scan one at a time", ErrUnreadable)
		}
	}
	scheme, _, found := strings.Cut(prefix, "://")
	if found && !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return ErrNotACode
	}
	return nil
}

// looksOurs says whether s is, or once was, the digits of a code.
func looksOurs(s string, inAddress bool) bool {
	n := 0
	for n < len(s) && n < likelyCut && isDigit(s[n]) {
		n++
	}
	likely := likelyBare
	if inAddress {
		likely = likelyInAddress
	}
	return strings.HasPrefix(s, magic) && n >= likely || n >= likelyCut
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// WithoutSpace drops white space and the byte order mark, which scanners that
// type and files that were edited put in, as [Find] does.
func WithoutSpace(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\uFEFF' {
			return -1
		}
		return r
	}, s)
}
