package payload

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"

	"yizheng/license"
)

// readClaims reads what appendClaims writes and nothing else: it finds the
// license, checks it as the encoder does, and writes it again to compare. So
// each license has one claims text, and each text that is accepted gives a
// license that can be written.
func readClaims(claims []byte) (*license.License, error) {
	if len(claims) > MaxClaims {
		return nil, malformed(ReasonSize, "claims of %d bytes, at most %d are allowed", len(claims), MaxClaims)
	}
	r := claimsReader{rest: claims}
	// Three bytes of UTF-8 stand for two of most claims. Texts cut from one
	// string cost one allocation.
	r.text.Grow(2 * len(claims))
	l := r.license()
	if r.err != nil {
		return nil, r.err
	}
	if err := checkLicense(l); err != nil {
		return nil, err
	}
	if !bytes.Equal(appendClaims(make([]byte, 0, len(claims)), l), claims) {
		return nil, malformed(ReasonCanonical, "the claims are not written in their one form")
	}
	return l, nil
}

// claimsReader takes the members off the claims one after the other. After
// the first error it gives zero values.
type claimsReader struct {
	rest []byte
	text strings.Builder
	buf  [256]byte
	err  error
}

func (r *claimsReader) license() *license.License {
	l := &license.License{}
	flags := r.byte()
	if flags >= 1<<flagsKnown {
		r.fail(ReasonCanonical, "unknown flags %#x", flags)
	}
	l.Demonstration = flags&flagDemonstration != 0
	l.Region = license.Region(r.string())
	l.Issuer = r.string()
	l.Identifier.Issuer = r.string()
	l.Identifier.Type = r.string()
	l.Catalogue = r.string()
	l.Industry = r.string()
	l.Identifier.Serial = r.string()
	if flags&flagNumber != 0 {
		l.Number = r.string()
	} else {
		l.Number = string(l.Region) + l.Identifier.Serial
	}
	l.Identifier.Version = int(r.uvarint(license.MaxVersion))
	l.StatusIndex = uint32(r.uvarint(math.MaxUint32))
	l.IssueDate = license.Date(r.uint16())
	l.Holder.Representative = r.string()
	l.Holder.Name = r.string()
	stem := r.string()
	l.Holder.Premises = r.string()
	if r.err != nil {
		return nil
	}
	code, err := license.NewCreditCode(stem)
	if err != nil {
		r.fail(ReasonCreditCode, "%v", err)
	}
	l.Holder.CreditCode = code
	l.Permits = make([]license.Permit, 0, 8)
	before := l.IssueDate
	for len(r.rest) > 0 && r.err == nil {
		if len(l.Permits) == MaxPermits {
			r.fail(ReasonPermits, "more than %d permits", MaxPermits)
			break
		}
		p := r.permit(before, l.Holder.Premises)
		l.Permits = append(l.Permits, p)
		before = p.ValidFrom
	}
	return l
}

func (r *claimsReader) permit(before license.Date, holderPremises string) license.Permit {
	terms := r.byte()
	p := license.Permit{
		Matter:    r.string(),
		Authority: r.string(),
		Number:    r.string(),
		Scope:     r.string(),
	}
	p.Commitment = terms&permitCommitment != 0
	p.ValidFrom = r.day(int64(before) + r.varint())
	if r.err != nil {
		return p
	}
	if code := terms & permitTerm; code == termExplicit {
		p.ValidUntil = r.day(int64(p.ValidFrom) + int64(r.uvarint(math.MaxUint16)))
	} else if until, ok := termUntil(p.ValidFrom, code); ok {
		p.ValidUntil = until
	} else {
		r.fail(ReasonDate, "term code %d from %s gives no day", code, p.ValidFrom)
	}
	if terms&permitMore == 0 {
		return p
	}
	more := r.byte()
	if more == 0 || more > moreKnown {
		r.fail(ReasonCanonical, "unknown flags %#x of a permit", more)
	}
	if more&moreConditions != 0 {
		p.Conditions = r.string()
	}
	switch {
	case more&morePremises != 0:
		p.Premises = r.string()
	case more&moreSamePremises != 0:
		p.Premises = holderPremises
	}
	return p
}

func (r *claimsReader) fail(reason, format string, args ...any) {
	if r.err == nil {
		r.err = malformed(reason, format, args...)
	}
	r.rest = nil
}

// take gives the next n bytes, nil where there are not so many.
func (r *claimsReader) take(n int) []byte {
	if len(r.rest) < n {
		r.fail(ReasonTruncated, "%d bytes are missing", n-len(r.rest))
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *claimsReader) byte() byte {
	b := r.take(1)
	if b == nil {
		return 0
	}
	return b[0]
}

func (r *claimsReader) uint16() uint16 {
	b := r.take(2)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint16(b)
}

func (r *claimsReader) uvarint(most uint64) uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > most {
		r.fail(ReasonNumber, "a number is missing or above %d", most)
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *claimsReader) varint() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 || v > math.MaxUint16 || v < -math.MaxUint16 {
		r.fail(ReasonNumber, "a number of days is missing or out of range")
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *claimsReader) day(n int64) license.Date {
	if n < 1 || n > math.MaxUint16 {
		r.fail(ReasonDate, "day %d does not exist", n)
		return 0
	}
	return license.Date(n)
}

func (r *claimsReader) string() string {
	text, n := readText(r.buf[:0], r.rest)
	if n == 0 {
		r.fail(ReasonTruncated, "a text has no end")
		return ""
	}
	r.rest = r.rest[n:]
	start := r.text.Len()
	r.text.Write(text)
	return r.text.String()[start:]
}
