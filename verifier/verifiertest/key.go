package verifiertest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"math/big"

	"github.com/emmansun/gmsm/sm2"

	"yizheng/signature"
)

// Key is a test key. It is made from a public name, so whoever can read can
// sign with it; and it signs the same bytes the same way each time.
type Key struct {
	public signature.PublicKey
	sign   func(message []byte) ([]byte, error)
}

var _ signature.Signer = (*Key)(nil)

// NewKey makes the test key of a name: the SHA-256 of "yizheng test key,
// worthless: " and the name is its seed or, counted modulo the order, its
// scalar.
func NewKey(alg signature.Algorithm, name string) (*Key, error) {
	seed := sha256.Sum256([]byte("yizheng test key, worthless: " + name))
	switch alg {
	case signature.ES256:
		return newES256(seed)
	case signature.EdDSA:
		return newEdDSA(seed)
	case signature.SM2:
		return newSM2(seed)
	}
	return nil, fmt.Errorf("making a test key: no algorithm %q", alg)
}

// PublicKey is what verifies.
func (k *Key) PublicKey() signature.PublicKey { return k.public }

// Sign gives the 64 bytes that package signature verifies.
func (k *Key) Sign(message []byte) ([]byte, error) { return k.sign(message) }

func newES256(seed [32]byte) (*Key, error) {
	order := elliptic.P256().Params().N
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar(seed, order).FillBytes(make([]byte, 32)))
	if err != nil {
		return nil, err
	}
	public, err := signature.NewPublicKey(&private.PublicKey)
	if err != nil {
		return nil, err
	}
	return &Key{public, func(message []byte) ([]byte, error) {
		digest := sha256.Sum256(message)
		// No source of randomness: RFC 6979, the same signature each time.
		encoded, err := private.Sign(nil, digest[:], crypto.SHA256)
		if err != nil {
			return nil, err
		}
		var sig struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(encoded, &sig); err != nil {
			return nil, err
		}
		raw := pair(sig.R, sig.S)
		if sig.S.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
			raw = Twin(raw)
		}
		return raw, nil
	}}, nil
}

// Twin gives the other ES256 signature that verifies over the same bytes: the
// one with n − s.
func Twin(sig []byte) []byte {
	s := new(big.Int).SetBytes(sig[32:])
	return pair(new(big.Int).SetBytes(sig[:32]), s.Sub(elliptic.P256().Params().N, s))
}

func newEdDSA(seed [32]byte) (*Key, error) {
	private := ed25519.NewKeyFromSeed(seed[:])
	public, err := signature.NewPublicKey(private.Public())
	if err != nil {
		return nil, err
	}
	return &Key{public, func(message []byte) ([]byte, error) { return ed25519.Sign(private, message), nil }}, nil
}

// newSM2 signs by GB/T 32918.2 with a nonce made from key and message, since
// the library has no way without randomness.
func newSM2(seed [32]byte) (*Key, error) {
	order := sm2.P256().Params().N
	d := scalar(seed, order)
	private, err := sm2.NewPrivateKeyFromInt(d)
	if err != nil {
		return nil, err
	}
	public, err := signature.NewPublicKey(&private.PublicKey)
	if err != nil {
		return nil, err
	}
	return &Key{public, func(message []byte) ([]byte, error) {
		digest, err := sm2.CalculateSM2Hash(&private.PublicKey, message, []byte("1234567812345678"))
		if err != nil {
			return nil, err
		}
		e := new(big.Int).SetBytes(digest)
		for try := uint32(0); ; try++ {
			k := scalar(sha256.Sum256(binary.BigEndian.AppendUint32(append(seed[:], digest...), try)), order)
			point, err := sm2.NewPrivateKeyFromInt(k)
			if err != nil {
				return nil, err
			}
			r := new(big.Int).Add(e, point.X)
			r.Mod(r, order)
			if r.Sign() == 0 || new(big.Int).Add(r, k).Cmp(order) == 0 {
				continue
			}
			// s = (k − r·d) / (1 + d)
			s := new(big.Int).Mul(r, d)
			s.Sub(k, s)
			s.Mul(s, new(big.Int).ModInverse(new(big.Int).Add(d, big.NewInt(1)), order))
			s.Mod(s, order)
			if s.Sign() != 0 {
				return pair(r, s), nil
			}
		}
	}}, nil
}

// scalar maps a seed into 1 … order − 2.
func scalar(seed [32]byte, order *big.Int) *big.Int {
	n := new(big.Int).SetBytes(seed[:])
	n.Mod(n, new(big.Int).Sub(order, big.NewInt(3)))
	return n.Add(n, big.NewInt(1))
}

func pair(r, s *big.Int) []byte {
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}
