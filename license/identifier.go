package license

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Identifier is the identifier of an electronic license (电子证照标识) of
// GB/T 36904-2018. Versions of one license share all of it but Version, and
// so the check character.
type Identifier struct {
	Type    string // type code: credit code of the authority that defined the type, and 3 digits
	Issuer  string // credit code of the issuing organ
	Serial  string // the issuer's own serial: 1 to 32 digits and capital letters
	Version int    // 1 to 999
}

// ErrIdentifier marks text or fields that make no license identifier.
var ErrIdentifier = errors.New("not a license identifier")

const (
	// IdentifierRoot is the object identifier under which GB/T 36904 places
	// electronic licenses.
	IdentifierRoot = "1.2.156.3005.2"
	// MaxSerial is the most characters that the serial of an identifier has.
	MaxSerial = 32
	// MaxVersion is the last version that three digits can state.
	MaxVersion = 999

	typeCodeLength = creditCodeLength + 3
)

// ParseIdentifier reads the dotted form with its check character. Credit
// codes within it are verified too; their letters are capitals.
func ParseIdentifier(s string) (Identifier, error) {
	rest, ok := strings.CutPrefix(s, IdentifierRoot+".")
	parts := strings.Split(rest, ".")
	if !ok || len(parts) != 5 {
		return Identifier{}, fmt.Errorf("%w: %q is not %s.TYPE.ISSUER.SERIAL.VERSION.CHECK", ErrIdentifier, s, IdentifierRoot)
	}
	if len(parts[3]) != 3 || !allDigits(parts[3]) {
		return Identifier{}, fmt.Errorf("%w: version %q is not three digits", ErrIdentifier, parts[3])
	}
	version, err := strconv.Atoi(parts[3])
	if err != nil {
		return Identifier{}, fmt.Errorf("%w: version: %w", ErrIdentifier, err)
	}
	id := Identifier{Type: parts[0], Issuer: parts[1], Serial: parts[2], Version: version}
	if err := id.Validate(); err != nil {
		return Identifier{}, err
	}
	if check := string(rune(id.Check())); parts[4] != check {
		return Identifier{}, fmt.Errorf("%w: the check character of %s must be %s", ErrIdentifier, s, check)
	}
	return id, nil
}

// Validate says what in the fields of id breaks the standard, if anything.
func (id Identifier) Validate() error {
	if err := CheckTypeCode(id.Type); err != nil {
		return err
	}
	if _, err := ParseCreditCode(id.Issuer); err != nil {
		return fmt.Errorf("%w: issuer code: %w", ErrIdentifier, err)
	}
	if _, ok := mod3736(id.Serial); !ok || id.Serial == "" || len(id.Serial) > MaxSerial {
		return fmt.Errorf("%w: serial %q is not 1 to %d digits and capital letters", ErrIdentifier, id.Serial, MaxSerial)
	}
	if id.Version < 1 || id.Version > MaxVersion {
		return fmt.Errorf("%w: version %d is not 1 to %d", ErrIdentifier, id.Version, MaxVersion)
	}
	return nil
}

// CheckTypeCode holds text to the form of a type code (证照类型代码): the
// credit code of the organ that defines the license, and three digits. The
// error wraps [ErrIdentifier].
func CheckTypeCode(s string) error {
	if len(s) != typeCodeLength || !allDigits(s[creditCodeLength:]) {
		return fmt.Errorf("%w: type code %q is not a credit code and 3 digits", ErrIdentifier, s)
	}
	if _, err := ParseCreditCode(s[:creditCodeLength]); err != nil {
		return fmt.Errorf("%w: type code: %w", ErrIdentifier, err)
	}
	return nil
}

// IsZero says whether id is no identifier.
func (id Identifier) IsZero() bool { return id == Identifier{} }

// Check is the check character, ISO 7064 MOD 37,36 over type, issuer, serial
// and version without dots and root; 0 where they hold other characters than
// digits and capital letters.
func (id Identifier) Check() byte {
	check, _ := mod3736(id.Type, id.Issuer, id.Serial, id.version())
	return check
}

// version is Version in three digits.
func (id Identifier) version() string {
	s := strconv.Itoa(id.Version)
	return "000"[min(len(s), 3):] + s
}

// Base is what all versions of one license share: the root, type, issuer and
// serial, with neither version nor check character.
func (id Identifier) Base() string {
	return IdentifierRoot + "." + id.Type + "." + id.Issuer + "." + id.Serial
}

// Next is the identifier of the version after this one. [Identifier.Validate]
// refuses it when id was the last that can be stated.
func (id Identifier) Next() Identifier {
	id.Version++
	return id
}

// String gives the dotted form, and the empty string for no identifier.
func (id Identifier) String() string {
	if id.IsZero() {
		return ""
	}
	return id.Base() + "." + id.version() + "." + string(rune(id.Check()))
}

// MarshalText gives the dotted form.
func (id Identifier) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the dotted form.
func (id *Identifier) UnmarshalText(b []byte) error {
	parsed, err := ParseIdentifier(string(b))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}
