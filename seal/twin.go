package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// lowS gives the one of two ECDSA signatures that verify alike, (r, s) and
// (r, n − s), that has the lower s. Whoever has one can write the other
// without the key, and a document would have a twin with another hash. Other
// signatures it leaves as they are.
func lowS(public crypto.PublicKey, value []byte) ([]byte, error) {
	key, ok := public.(*ecdsa.PublicKey)
	if !ok {
		return value, nil
	}
	var pair struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(value, &pair); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("reading the ECDSA signature: %w", errors.Join(err, trailing(rest)))
	}
	if n := key.Params().N; new(big.Int).Lsh(pair.S, 1).Cmp(n) > 0 {
		pair.S.Sub(n, pair.S)
	}
	return asn1.Marshal(pair)
}

// checkTwin refuses the twin that lowS does not give.
func checkTwin(public crypto.PublicKey, value []byte) error {
	low, err := lowS(public, value)
	if err == nil && !bytes.Equal(low, value) {
		err = errors.New("the ECDSA signature is not the one of the two that seals have")
	}
	return err
}
