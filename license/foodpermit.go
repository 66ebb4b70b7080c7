package license

import (
	"errors"
	"fmt"
	"strings"
)

// ErrFoodPermitNumber marks text that is no food business permit number.
var ErrFoodPermitNumber = errors.New("not a food business permit number")

// CheckFoodPermitNumber verifies the number of a food business permit
// (食品经营许可证): JY, the kind of business (1 sales, 2 catering, 3 canteen),
// six digits of the region of first grant, six of serial, and a check digit by
// ISO 7064 MOD 11,10 over the thirteen before it. The region is not looked
// up: a permit keeps that of an abolished district.
func CheckFoodPermitNumber(s string) error {
	digits, ok := strings.CutPrefix(s, "JY")
	if !ok || len(digits) != 14 || !allDigits(digits) {
		return fmt.Errorf("%w: %q is not JY and 14 digits", ErrFoodPermitNumber, s)
	}
	if digits[0] < '1' || digits[0] > '3' {
		return fmt.Errorf("%w: the kind in %s must be 1, 2 or 3", ErrFoodPermitNumber, s)
	}
	if check := mod1110(digits[:13]); digits[13] != check {
		return &CheckError{Text: s, Want: check, kind: ErrFoodPermitNumber}
	}
	return nil
}
