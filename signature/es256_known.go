//go:build amd64 || arm64

package signature

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"math/big"
	"sync"
	"sync/atomic"

	"filippo.io/nistec"
)

// es256Key verifies ECDSA signatures by a key that may be asked for again and
// again. From the first worthwhile use on it has multiples of the key's point
// at hand, which spares all doublings: half of the time. What it accepts
// satisfies the equation of ECDSA (FIPS 186-5, 6.4.2) by the same arithmetic
// as the standard library's; what it does not accept, the standard library is
// asked to refuse.
type es256Key struct {
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

// newES256Key makes the key of the point x ‖ y.
func newES256Key(raw []byte) (*es256Key, error) {
	key, err := ecdsaKey(raw)
	if err != nil {
		return nil, err
	}
	return &es256Key{key: key}, nil
}

// verify says whether r ‖ s, 64 bytes, is a signature over a digest.
func (k *es256Key) verify(digest [sha256.Size]byte, sig []byte) bool {
	if k.uses.Load() >= worthwhile {
		k.once.Do(k.prepare)
		if k.multiples != nil && satisfied(digest, sig, k.multiples.add) {
			return true
		}
	} else {
		k.uses.Add(1)
	}
	return ecdsa.VerifyASN1(k.key, digest[:], der(sig))
}

// prepare computes the multiples. A key that this cannot be done for, which
// there is none of, is left to the standard library.
func (k *es256Key) prepare() {
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

// add is a multiplier by these multiples.
func (m *multiples) add(sum *nistec.P256Point, u *big.Int) error {
	for i := range m {
		var j uint
		for bit := windowBits - 1; bit >= 0; bit-- {
			j = j<<1 | u.Bit(i*windowBits+bit)
		}
		if j > 0 {
			sum.Add(sum, &m[i][j-1])
		}
	}
	return nil
}
