//go:build !amd64 && !arm64

package signature

import (
	"crypto/ecdsa"
	"crypto/sha256"
)

// knownKey verifies by the standard library: where there is no assembly for
// it, as in a browser, multiples of the key gain nothing for their size.
type knownKey struct{ key *ecdsa.PublicKey }

func newKnownKey(key *ecdsa.PublicKey) *knownKey { return &knownKey{key} }

func (k *knownKey) verify(digest [sha256.Size]byte, sig []byte) bool {
	return ecdsa.VerifyASN1(k.key, digest[:], der(sig))
}
