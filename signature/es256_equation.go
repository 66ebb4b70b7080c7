package signature

import (
	"crypto/sha256"
	"math/big"

	"filippo.io/nistec"
)

// order is P-256's n, the number of its points (FIPS 186-5, SP 800-186).
const order = "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff" +
	"\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51"

// multiplier adds u·Q to a sum, for the point Q of a key.
type multiplier func(sum *nistec.P256Point, u *big.Int) error

// times multiplies a point as it is.
func times(q *nistec.P256Point) multiplier {
	return func(sum *nistec.P256Point, u *big.Int) error {
		product, err := nistec.NewP256Point().ScalarMult(q, u.FillBytes(make([]byte, 32)))
		if err != nil {
			return err
		}
		sum.Add(sum, product)
		return nil
	}
}

// satisfied says whether the x coordinate of (e/s)·G + (r/s)·Q is r, the
// equation of ECDSA (FIPS 186-5, 6.4.2). Nothing here is secret, so it need
// not take the same time for all values.
func satisfied(digest [sha256.Size]byte, sig []byte, add multiplier) bool {
	n := new(big.Int).SetBytes([]byte(order))
	r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
	if r.Sign() == 0 || s.Sign() == 0 || r.Cmp(n) >= 0 || s.Cmp(n) >= 0 {
		return false
	}
	inverse := new(big.Int).ModInverse(s, n)
	u1 := new(big.Int).SetBytes(digest[:])
	u1.Mul(u1, inverse).Mod(u1, n)
	u2 := inverse.Mul(r, inverse)
	u2.Mod(u2, n)

	sum, err := nistec.NewP256Point().ScalarBaseMult(u1.FillBytes(make([]byte, 32)))
	if err != nil {
		return false
	}
	if err := add(sum, u2); err != nil {
		return false
	}
	x, err := sum.BytesX()
	if err != nil { // the point at infinity
		return false
	}
	found := new(big.Int).SetBytes(x)
	return found.Mod(found, n).Cmp(r) == 0
}
