package payload

import (
	"fmt"
	"math/big"
	"strings"
)

// The digits: magic, one digit of format version, the decimal of the bytes as
// one big-endian integer, and five check digits. QR codes hold digits at 3⅓
// bits each, so this wastes one half of a hundredth, where base64 would waste
// a quarter.
const (
	magic     = "86"
	checkSize = 5

	// The versions: a license code alone, and one with a [Statement].
	versionPlain  = '1'
	versionStated = '2'

	frameSize = len(magic) + 1 + checkSize

	// checkModulus is the largest prime of five digits. The sum tells every
	// error in up to four neighbouring digits, and nearly all others.
	checkModulus = 99991

	// MaxDigits is what the largest QR symbol holds.
	MaxDigits = 7089
	// maxBytes is the most bytes whose digits are at most MaxDigits.
	maxBytes = 2940
)

// digitCount is the number of digits that n bytes always take: those of
// 256ⁿ−1. The fraction is log₁₀256 = 2.40823996531184958…, exact enough far
// beyond maxBytes.
func digitCount(n int) int {
	const scale = 1e12
	return int((int64(n)*2408239965312 + scale - 1) / scale)
}

// byteCount is the number of bytes that so many digits stand for.
func byteCount(digits int) (int, bool) {
	n := digits * 1000 / 2408
	for ; n >= 0 && digitCount(n) > digits; n-- {
	}
	return n, n >= 0 && digitCount(n) == digits
}

// encodeDigits writes b, of at most maxBytes bytes.
func encodeDigits(version byte, b []byte) string {
	integer := new(big.Int).SetBytes(b).String()
	var s strings.Builder
	s.Grow(digitCount(len(b)) + frameSize)
	s.WriteString(magic)
	s.WriteByte(version)
	for range digitCount(len(b)) - len(integer) {
		s.WriteByte('0')
	}
	s.WriteString(integer)
	fmt.Fprintf(&s, "%0*d", checkSize, checkSum(s.String()))
	return s.String()
}

// decodeDigits reads what encodeDigits writes, from a string of decimal digits
// and nothing else.
func decodeDigits(s string) (version byte, b []byte, err error) {
	body := len(s) - checkSize
	if body <= len(magic) || !strings.HasPrefix(s, magic) || len(s) > MaxDigits {
		return 0, nil, fmt.Errorf("%w: %d digits", ErrUnreadable, len(s))
	}
	if fmt.Sprintf("%0*d", checkSize, checkSum(s[:body])) != s[body:] {
		return 0, nil, fmt.Errorf("%w: check digits do not fit", ErrUnreadable)
	}
	version = s[len(magic)]
	if version != versionPlain && version != versionStated {
		return 0, nil, fmt.Errorf("%w: %c", ErrVersion, version)
	}
	integer := s[len(magic)+1 : body]
	n, ok := byteCount(len(integer))
	if !ok || n == 0 {
		return 0, nil, malformed(ReasonLength, "%d digits stand for no number of bytes", len(integer))
	}
	v, ok := new(big.Int).SetString(integer, 10)
	if !ok || v.BitLen() > 8*n {
		return 0, nil, malformed(ReasonRange, "the integer does not fit %d bytes", n)
	}
	return version, v.FillBytes(make([]byte, n)), nil
}

// checkSum is the remainder by checkModulus of the digits written after their
// own number, so that zeros lost at the start show.
func checkSum(digits string) int {
	r := uint64(len(digits))
	for len(digits) > 0 {
		n := min(len(digits), 12) // r stays below 10⁵·10¹²
		for i := range n {
			r = r*10 + uint64(digits[i]-'0')
		}
		r %= checkModulus
		digits = digits[n:]
	}
	return int(r)
}
