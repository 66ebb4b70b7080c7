// Package qr draws the text of a license code as a QR symbol (ISO/IEC 18004).
// Start with [Encode].
//
// The text is an address, which takes 8 bits a character, and digits, which
// take 3⅓ each; so it is written as two segments. Error correction level M is
// used as long as the symbol stays readable in print, which is to version 25;
// larger texts fall to level L. The symbol comes without its quiet zone: leave
// four modules of white around it.
package qr

import (
	"errors"
	"fmt"

	"rsc.io/qr/coding"
)

// The largest symbols.
const (
	// MaxVersion is the largest version that is drawn. Beyond it the modules
	// of a printed code are too small for many cameras.
	MaxVersion = 30
	// MaxVersionM is the largest version at level M.
	MaxVersionM = 25
)

// Level is an error correction level: L restores about 7 % of a symbol, M
// about 15 %.
type Level string

// The levels that are used.
const (
	L Level = "L"
	M Level = "M"
)

// ErrTooLarge marks a text for which the largest symbol is too small;
// errors.As finds the [TooLargeError].
var ErrTooLarge = errors.New("too large for a QR symbol")

// TooLargeError says by how much a text is too large.
type TooLargeError struct {
	Digits int // of the text
	Most   int // what the largest symbol holds beside the prefix
}

// Error gives the figures.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%v: %d digits, %d more than the %d that version %d-%s holds",
		ErrTooLarge, e.Digits, e.Digits-e.Most, e.Most, MaxVersion, L)
}

// Is lets errors.Is find [ErrTooLarge].
func (e *TooLargeError) Is(target error) bool { return target == ErrTooLarge }

// Symbol is a QR symbol: a square of dark and light modules.
type Symbol struct {
	Version int
	Level   Level
	Size    int // modules on a side, without quiet zone
	Mask    int // the data mask, 0 to 7
	rows    []row
}

// At says whether the module in column x of row y is dark. Modules beyond the
// symbol are light.
func (s Symbol) At(x, y int) bool {
	return 0 <= x && x < s.Size && 0 <= y && y < s.Size && s.rows[y].at(x)
}

// Row gives the dark modules of row y: that of column x is bit x%64 of word
// x/64.
func (s Symbol) Row(y int) [3]uint64 { return s.rows[y] }

// Encode draws the prefix, printable ASCII, and the digits in the smallest
// symbol of level M up to [MaxVersionM], else of level L up to [MaxVersion].
// Beyond that the error is [ErrTooLarge].
func Encode(prefix, digits string) (Symbol, error) {
	for i := range len(prefix) {
		if prefix[i] <= ' ' || prefix[i] > '~' {
			return Symbol{}, fmt.Errorf("drawing QR symbol: byte %#x in the prefix is no printing ASCII", prefix[i])
		}
	}
	if err := coding.Num(digits).Check(); err != nil {
		return Symbol{}, fmt.Errorf("drawing QR symbol: %w", err)
	}
	version, level, ok := smallest(len(prefix), len(digits))
	if !ok {
		return Symbol{}, &TooLargeError{Digits: len(digits), Most: Budget(MaxVersion, L, len(prefix))}
	}
	var bits coding.Bits
	if prefix != "" {
		coding.String(prefix).Encode(&bits, coding.Version(version))
	}
	coding.Num(digits).Encode(&bits, coding.Version(version))
	bits.AddCheckBytes(coding.Version(version), level.coding())
	return layoutOf(version, level).draw(bits.Bytes()), nil
}

// Fit gives the version and level that [Encode] would take for so many
// characters; false where none is large enough.
func Fit(prefixLength, digits int) (version int, level Level, ok bool) {
	return smallest(prefixLength, digits)
}

// Budget is the most digits that a symbol holds beside a prefix of the given
// length; 0 where not even the prefix has room, or there is no such symbol.
func Budget(version int, level Level, prefixLength int) int {
	if version < 1 || version > MaxVersion {
		return 0
	}
	v := coding.Version(version)
	bits := v.DataBytes(level.coding())*8 - fixedBits(v, prefixLength)
	if bits <= 0 {
		return 0
	}
	digits := bits / 10 * 3
	switch rest := bits % 10; {
	case rest >= 7:
		digits += 2
	case rest >= 4:
		digits++
	}
	return digits
}

func smallest(prefixLength, digits int) (version int, level Level, ok bool) {
	for version = 1; version <= MaxVersionM; version++ {
		if digits <= Budget(version, M, prefixLength) {
			return version, M, true
		}
	}
	for version = 1; version <= MaxVersion; version++ {
		if digits <= Budget(version, L, prefixLength) {
			return version, L, true
		}
	}
	return 0, "", false
}

// fixedBits is what everything but the digits takes.
func fixedBits(v coding.Version, prefixLength int) int {
	bits := coding.Num("").Bits(v)
	if prefixLength > 0 {
		bits += coding.String("").Bits(v) + 8*prefixLength
	}
	return bits
}

func (l Level) coding() coding.Level {
	if l == L {
		return coding.L
	}
	return coding.M
}
