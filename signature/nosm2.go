//go:build nosm2

package signature

import (
	"crypto/ecdsa"
	"fmt"
)

// A build without SM2 still reads SM2's public keys, so that a trust list that
// names one can be used for all its other keys. It verifies nothing by them.

func sm2Point(*ecdsa.PublicKey) ([]byte, error) {
	return nil, fmt.Errorf("%w: SM2 is not built in", ErrAlgorithm)
}

func sm2Key(raw []byte) (*ecdsa.PublicKey, error) { return nil, checkSM2(raw) }

func verifySM2(*ecdsa.PublicKey, []byte, []byte) error {
	return fmt.Errorf("%w: SM2 is not built in", ErrAlgorithm)
}
