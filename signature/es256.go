package signature

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"fmt"
)

// ecdsaKey gives the point x ‖ y as the standard library's key, which checks
// that it is on the curve and not the point at infinity.
func ecdsaKey(raw []byte) (*ecdsa.PublicKey, error) {
	if len(raw) != 64 {
		return nil, fmt.Errorf("%w: a point of %d bytes", ErrKey, len(raw))
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{4}, raw...))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return key, nil
}

// halfOrder is (n − 1)/2 of P-256's order n, the greatest low S.
const halfOrder = "\x7f\xff\xff\xff\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff" +
	"\xde\x73\x7d\x56\xd3\x8b\xcf\x42\x79\xdc\xe5\x61\x7e\x31\x92\xa8"

// verifyES256 takes 64 bytes r ‖ s. Whoever has (r, s) can write (r, n − s)
// without the key; only the one with the lower s is a signature here.
func verifyES256(key *es256Key, message, sig []byte) error {
	if bytes.Compare(sig[32:], []byte(halfOrder)) > 0 {
		return ErrHighS
	}
	if !key.verify(sha256.Sum256(message), sig) {
		return ErrSignature
	}
	return nil
}

// der writes r ‖ s as the ASN.1 that the standard library takes.
func der(sig []byte) []byte {
	b := make([]byte, 2, 72)
	b[0] = 0x30 // SEQUENCE
	for _, n := range [][]byte{sig[:32], sig[32:]} {
		for len(n) > 1 && n[0] == 0 {
			n = n[1:]
		}
		pad := n[0] >> 7 // a first bit of one would make the INTEGER negative
		b = append(b, 0x02, byte(len(n))+pad)
		b = append(b, make([]byte, pad)...)
		b = append(b, n...)
	}
	b[1] = byte(len(b) - 2)
	return b
}
