//go:build !nosm2

package signature

import (
	"crypto/ecdsa"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
)

// sm2UserID is the default user id of GM/T 0009, which enters the hash.
const sm2UserID = "1234567812345678"

// sm2Point gives x ‖ y of a key on SM2's curve.
func sm2Point(key *ecdsa.PublicKey) ([]byte, error) {
	if key.Curve != sm2.P256() {
		return nil, fmt.Errorf("%w: a key on the curve %s", ErrAlgorithm, key.Params().Name)
	}
	point, err := sm2.PublicKeyToECDH(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return point.Bytes()[1:], nil
}

// sm2Key makes the key of the point x ‖ y; gmsm checks that it is on the curve
// and not the point at infinity.
func sm2Key(raw []byte) (*ecdsa.PublicKey, error) {
	if err := checkSM2(raw); err != nil {
		return nil, err
	}
	key, err := sm2.NewPublicKey(append([]byte{4}, raw...))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return key, nil
}

// verifySM2 takes 64 bytes r ‖ s. Both are checked to lie in 1 … n − 1, so
// neither has a second form. Unlike ECDSA, (r, n − s) does not verify, and the
// other s that would (−s − 2rd/(1+d)) cannot be computed without the private
// key d.
func verifySM2(key *ecdsa.PublicKey, message, sig []byte) error {
	if !sm2.VerifyASN1WithSM2(key, []byte(sm2UserID), message, der(sig)) {
		return ErrSignature
	}
	return nil
}
