//go:build amd64 || arm64

package signature

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"math/big"
	"sync"
	"sync/atomic"

	"filippo.io/nistec"
)

// knownKey verifies ECDSA signatures by a key that is asked for again and
// again. From the first worthwhile use on it has multiples of the key's point
// at hand, which spares all doublings: half of the time. What it accepts
// satisfies the equation of ECDSA (FIPS 186-5, 6.4.2) by the same arithmetic
// as the standard library's; what it does not accept, the standard library is
// asked to refuse.
type knownKey struct {
	key  *ecdsa.PublicKey
	uses atomic.Uint32

	once      sync.Once
	multiples *multiples
}

const (
	// worthwhile is how often a key was used when its multiples are computed,
	// which takes as long as some ten verifications. They take 156 kB.
	worthwhile = 16

	windowBits = 5
	windows    = (256 + windowBits - 1) / windowBits
)

// multiples holds j·2^(5i)·Q at [i][j-1].
type multiples [windows][1<<windowBits - 1]nistec.P256Point

func newKnownKey(key *ecdsa.PublicKey) *knownKey { return &knownKey{key: key} }

// verify says whether r ‖ s, 64 bytes, is a signature over a digest.
func (k *knownKey) verify(digest [sha256.Size]byte, sig []byte) bool {
	if k.uses.Load() >= worthwhile {
		k.once.Do(k.prepare)
		if k.multiples != nil && k.multiples.satisfied(digest, sig) {
			return true
		}
	} else {
		k.uses.Add(1)
	}
	return ecdsa.VerifyASN1(k.key, digest[:], der(sig))
}

// prepare computes the multiples. A key that this cannot be done for, which
// there is none of, is left to the standard library.
func (k *knownKey) prepare() {
	encoded, err := k.key.Bytes()
	if err != nil {
		return
	}
	power, err := nistec.NewP256Point().SetBytes(encoded)
	if err != nil {
		return
	}
	m := new(multiples)
	for i := range m {
		m[i][0].Set(power)
		for j := 1; j < len(m[i]); j++ {
			m[i][j].Add(&m[i][j-1], power)
		}
		power.Add(&m[i][len(m[i])-1], power)
	}
	k.multiples = m
}

// satisfied says whether the x coordinate of (e/s)·G + (r/s)·Q is r. Nothing
// here is secret, so it need not take the same time for all values.
func (m *multiples) satisfied(digest [sha256.Size]byte, sig []byte) bool {
	n := elliptic.P256().Params().N
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
	for i := range m {
		var j uint
		for bit := windowBits - 1; bit >= 0; bit-- {
			j = j<<1 | u2.Bit(i*windowBits+bit)
		}
		if j > 0 {
			sum.Add(sum, &m[i][j-1])
		}
	}
	x, err := sum.BytesX()
	if err != nil { // the point at infinity
		return false
	}
	found := new(big.Int).SetBytes(x)
	return found.Mod(found, n).Cmp(r) == 0
}
