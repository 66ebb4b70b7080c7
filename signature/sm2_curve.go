package signature

import (
	"fmt"
	"math/big"
)

// The field's prime and the coefficient b of SM2's curve y² = x³ − 3x + b
// (GB/T 32918.5-2017).
const (
	sm2Prime = "fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff"
	sm2B     = "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"
)

// checkSM2 says whether x ‖ y is a point on SM2's curve. It needs no gmsm, so
// that builds with and without it accept the same keys. The point at infinity
// has no such form.
func checkSM2(raw []byte) error {
	if len(raw) != 64 {
		return fmt.Errorf("%w: a point of %d bytes", ErrKey, len(raw))
	}
	p, _ := new(big.Int).SetString(sm2Prime, 16)
	b, _ := new(big.Int).SetString(sm2B, 16)
	x, y := new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])
	if x.Cmp(p) >= 0 || y.Cmp(p) >= 0 {
		return fmt.Errorf("%w: coordinate is not canonical", ErrKey)
	}
	right := new(big.Int).Mul(x, x)
	right.Sub(right, big.NewInt(3)).Mul(right, x).Add(right, b).Mod(right, p)
	left := new(big.Int).Mul(y, y)
	if left.Mod(left, p).Cmp(right) != 0 {
		return fmt.Errorf("%w: point is not on SM2's curve", ErrKey)
	}
	return nil
}
