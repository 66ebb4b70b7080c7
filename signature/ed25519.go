package signature

import (
	"crypto/ed25519"
	"fmt"
	"math/big"
	"slices"
)

// verifyEd25519 relies on what the standard library does: S must be below the
// group's order and R is compared byte by byte, so neither has a second form.
func verifyEd25519(raw string, message, sig []byte) error {
	if !ed25519.Verify(ed25519.PublicKey(raw), message, sig) {
		return ErrSignature
	}
	return nil
}

// checkEd25519 refuses what the standard library lets pass as a key:
//
//   - encodings that are not canonical (y ≥ p), which would give one key two
//     thumbprints;
//   - y that belong to no point;
//   - the eight points of small order, under which anybody can make signatures
//     that verify for many messages.
//
// Keys with a small-order part beside a proper one remain. Only the holder of
// the private key could have made such a key, and with it gains nothing over
// signing.
func checkEd25519(raw []byte) error {
	if len(raw) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: an Ed25519 key of %d bytes", ErrKey, len(raw))
	}
	bigEndian := slices.Clone(raw)
	slices.Reverse(bigEndian)
	bigEndian[0] &= 0x7f // the sign of x
	y := new(big.Int).SetBytes(bigEndian)
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	if y.Cmp(p) >= 0 {
		return fmt.Errorf("%w: Ed25519 key is not canonical", ErrKey)
	}
	// −x² + y² = 1 + dx²y², so x² = (y² − 1)/(dy² + 1) with d = −121665/121666.
	one := big.NewInt(1)
	d := new(big.Int).ModInverse(big.NewInt(121666), p)
	d.Mul(d, big.NewInt(-121665)).Mod(d, p)
	yy := new(big.Int).Mul(y, y)
	yy.Mod(yy, p)
	denominator := new(big.Int).Mul(d, yy)
	denominator.Add(denominator, one).Mod(denominator, p) // never zero: −1/d is no square
	xx := new(big.Int).ModInverse(denominator, p)
	xx.Mul(xx, new(big.Int).Sub(yy, one)).Mod(xx, p)
	if big.Jacobi(xx, p) < 0 {
		return fmt.Errorf("%w: Ed25519 key is no point", ErrKey)
	}
	// A point has small order when three doublings make it neutral: x is 0
	// (orders 1 and 2), y is 0 (order 4), or its double has y 0, that is
	// x² = −y² (order 8).
	order8 := new(big.Int).Add(xx, yy)
	if xx.Sign() == 0 || yy.Sign() == 0 || order8.Mod(order8, p).Sign() == 0 {
		return fmt.Errorf("%w: Ed25519 key of small order", ErrKey)
	}
	return nil
}
