package status

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"yizheng/signature"
)

// Bounds on what a list says of itself.
const (
	// MaxLifetime is the longest time from iat to exp.
	MaxLifetime = 31 * 24 * time.Hour
	// MaxToken is the longest token that is read, in bytes. A list of values
	// that compress worst has 44 000.
	MaxToken = 48 << 10
	// MaxSubject is the longest subject, in bytes.
	MaxSubject = 256

	maxSequence = 1<<53 - 1 // the largest that every JSON reader keeps exactly
	maxTime     = 1 << 36   // seconds; the year 4147
)

// bitsPerEntry is the draft's "bits".
const bitsPerEntry = 4

// claims has the members of the payload in the order in which they are
// written. All of them are needed, others are refused: one list, one text.
type claims struct {
	Expires    int64      `json:"exp"` // seconds since 1970, UTC
	IssuedAt   int64      `json:"iat"`
	Sequence   uint64     `json:"seq"` // ours: a later list of the subject has a higher one
	StatusList statusList `json:"status_list"`
	Subject    string     `json:"sub"`
	TTL        int64      `json:"ttl"` // seconds for which a copy may be kept
}

type statusList struct {
	Bits int    `json:"bits"`
	List string `json:"lst"` // base64url of the zlib form of the packed entries
}

// check holds the claims against the bounds. It does not ask what time it is.
func (c claims) check() error {
	switch lifetime := c.Expires - c.IssuedAt; {
	case c.IssuedAt <= 0 || c.IssuedAt > maxTime:
		return fmt.Errorf("%w: iat %d", ErrClaims, c.IssuedAt)
	case c.Expires > maxTime || lifetime <= 0 || lifetime > int64(MaxLifetime/time.Second):
		return fmt.Errorf("%w: from iat %d to exp %d", ErrClaims, c.IssuedAt, c.Expires)
	case c.TTL < 1 || c.TTL > lifetime:
		return fmt.Errorf("%w: ttl %d of a lifetime of %d", ErrClaims, c.TTL, lifetime)
	case c.Sequence < 1 || c.Sequence > maxSequence:
		return fmt.Errorf("%w: seq %d", ErrClaims, c.Sequence)
	case !isSubject(c.Subject):
		return fmt.Errorf("%w: sub %.64q", ErrClaims, c.Subject)
	}
	return nil
}

// isSubject says whether s can be an address that JSON writes in one way.
func isSubject(s string) bool {
	if s == "" || len(s) > MaxSubject {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ', c >= 0x7f:
			return false
		case c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}

// parseClaims reads the canonical JSON of the claims and nothing else.
func parseClaims(payload []byte) (claims, error) {
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return claims{}, fmt.Errorf("%w: no status list", signature.ErrMalformed)
	}
	canonical, err := json.Marshal(c)
	if err != nil {
		return claims{}, fmt.Errorf("%w: no status list", signature.ErrMalformed)
	}
	if !bytes.Equal(canonical, payload) {
		return claims{}, fmt.Errorf("%w: status list is not in canonical form", signature.ErrMalformed)
	}
	if c.StatusList.Bits != bitsPerEntry {
		return claims{}, fmt.Errorf("%w: %d bits an entry", signature.ErrMalformed, c.StatusList.Bits)
	}
	return c, c.check()
}
