package license

import (
	"errors"
	"fmt"
	"strings"
)

// CreditCode is a unified social credit code (统一社会信用代码) of
// GB 32100-2015: 18 characters, the last of which checks the others. Its six
// digits from the third on are the region of first registration, which a
// moved or renamed holder keeps, so nothing may be concluded from them.
type CreditCode string

// ErrCreditCode marks text that is no unified social credit code.
var ErrCreditCode = errors.New("not a unified social credit code")

// creditAlphabet leaves out I, O, S, V and Z, as the standard does.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

const creditCodeLength = 18

// ParseCreditCode reads a credit code and verifies its check character.
func ParseCreditCode(s string) (CreditCode, error) {
	if len(s) != creditCodeLength {
		return "", fmt.Errorf("%w: %q has not 18 characters", ErrCreditCode, s)
	}
	check, err := creditCheck(s[:creditCodeLength-1])
	if err != nil {
		return "", err
	}
	if s[creditCodeLength-1] != check {
		return "", &CheckError{Text: s, Want: check, kind: ErrCreditCode}
	}
	return CreditCode(s), nil
}

// NewCreditCode appends the check character to the 17 characters before it.
func NewCreditCode(stem string) (CreditCode, error) {
	if len(stem) != creditCodeLength-1 {
		return "", fmt.Errorf("%w: %q has not 17 characters", ErrCreditCode, stem)
	}
	check, err := creditCheck(stem)
	if err != nil {
		return "", err
	}
	return CreditCode(stem + string(rune(check))), nil
}

// creditCheck is (31 − Σ cᵢ·3ⁱ mod 31) mod 31 as a character.
func creditCheck(stem string) (byte, error) {
	sum, weight := 0, 1
	for i := range len(stem) {
		value := strings.IndexByte(creditAlphabet, stem[i])
		if value < 0 {
			return 0, fmt.Errorf("%w: character %d of %q is not allowed", ErrCreditCode, i+1, stem)
		}
		sum += value * weight
		weight = weight * 3 % 31
	}
	return creditAlphabet[(31-sum%31)%31], nil
}
