package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// PublicKey is a checked public key with its algorithm: a point on its curve,
// not the point at infinity, and for Ed25519 canonical and not of small order.
// Make one with [NewPublicKey] or from JSON. The zero PublicKey verifies
// nothing. It is safe for concurrent use and is compared with [PublicKey.Equal]
// or by its thumbprint, never with ==.
type PublicKey struct {
	algorithm  Algorithm
	raw        string // x ‖ y, or Ed25519's 32 bytes
	thumbprint [sha256.Size]byte
	es256      *es256Key        // parsed once
	sm2        *ecdsa.PublicKey // parsed once; nil in a build without SM2
}

// NewPublicKey takes an *ecdsa.PublicKey on P-256 or on SM2's curve, or an
// ed25519.PublicKey. The error is [ErrKey], or [ErrAlgorithm] for keys of
// other kinds.
func NewPublicKey(key crypto.PublicKey) (PublicKey, error) {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		if key == nil || key.Curve == nil {
			return PublicKey{}, fmt.Errorf("%w: no point", ErrKey)
		}
		if key.Curve != elliptic.P256() {
			raw, err := sm2Point(key)
			if err != nil {
				return PublicKey{}, err
			}
			return newPublicKey(SM2, raw)
		}
		point, err := key.Bytes()
		if err != nil {
			return PublicKey{}, fmt.Errorf("%w: %w", ErrKey, err)
		}
		return newPublicKey(ES256, point[1:])
	case ed25519.PublicKey:
		return newPublicKey(EdDSA, key)
	default:
		return PublicKey{}, fmt.Errorf("%w: a key of type %T", ErrAlgorithm, key)
	}
}

// newPublicKey checks raw and computes what is kept of it.
func newPublicKey(alg Algorithm, raw []byte) (PublicKey, error) {
	k := PublicKey{algorithm: alg, raw: string(raw)}
	var err error
	switch alg {
	case ES256:
		k.es256, err = newES256Key(raw)
	case EdDSA:
		err = checkEd25519(raw)
	case SM2:
		k.sm2, err = sm2Key(raw)
	default:
		err = fmt.Errorf("%w: %q", ErrAlgorithm, alg)
	}
	if err != nil {
		return PublicKey{}, err
	}
	k.thumbprint = sha256.Sum256(k.thumbprintInput())
	return k, nil
}

// IsZero says whether k is the zero PublicKey, no key at all.
func (k PublicKey) IsZero() bool { return k.algorithm == "" }

// Algorithm is the one algorithm that the key is for.
func (k PublicKey) Algorithm() Algorithm { return k.algorithm }

// Thumbprint is the SHA-256 thumbprint of RFC 7638. Use it as a map's key.
func (k PublicKey) Thumbprint() [32]byte { return k.thumbprint }

// KeyIDSize is how many bytes of the thumbprint a key id has.
const KeyIDSize = 6

// KeyID is the base64url of the thumbprint's first six bytes: 8 characters. It
// finds a key; it proves nothing, as two keys may share it. It is empty for
// the zero key.
func (k PublicKey) KeyID() string {
	if k.IsZero() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(k.thumbprint[:KeyIDSize])
}

// Equal says whether both are the same key for the same algorithm.
func (k PublicKey) Equal(other PublicKey) bool {
	return k.algorithm == other.algorithm && k.raw == other.raw
}

// Verify says whether sig is this key's signature over message, which is
// hashed here. A signature is 64 bytes: r ‖ s for ES256 and SM2, R ‖ S for
// EdDSA. Each message that a key signed once has no second signature that
// others could make of the first. Errors: [ErrSignature], [ErrHighS], [ErrKey]
// for the zero key, [ErrAlgorithm] for SM2 in a build without it.
func (k PublicKey) Verify(message, sig []byte) error {
	if k.IsZero() {
		return fmt.Errorf("%w: no key", ErrKey)
	}
	if len(sig) != SignatureSize {
		return fmt.Errorf("%w: %d bytes", ErrSignature, len(sig))
	}
	switch k.algorithm {
	case ES256:
		return verifyES256(k.es256, message, sig)
	case EdDSA:
		return verifyEd25519(k.raw, message, sig)
	default:
		return verifySM2(k.sm2, message, sig)
	}
}

// CryptoKey gives the key in the standard library's form: an *ecdsa.PublicKey
// for ES256 and SM2, an ed25519.PublicKey for EdDSA, a copy in either case. It
// is nil for the zero key, and for SM2 in a build without it.
func (k PublicKey) CryptoKey() crypto.PublicKey {
	switch k.algorithm {
	case EdDSA:
		return ed25519.PublicKey(k.raw)
	case ES256:
		return ecdsaCopy(ecdsaKey([]byte(k.raw)))
	case SM2:
		return ecdsaCopy(sm2Key([]byte(k.raw)))
	default:
		return nil
	}
}

// ecdsaCopy gives a key that was just made, and nil, which has no type, for
// none.
func ecdsaCopy(key *ecdsa.PublicKey, err error) crypto.PublicKey {
	if err != nil || key == nil {
		return nil
	}
	return key
}

// String names the key by its algorithm and id.
func (k PublicKey) String() string {
	if k.IsZero() {
		return "no key"
	}
	return string(k.algorithm) + " " + k.KeyID()
}

// compactJSON takes insignificant white space out of b, which must be one JSON
// value of at most limit bytes.
func compactJSON(b []byte, limit int) ([]byte, error) {
	if len(b) > limit {
		return nil, fmt.Errorf("%w: %d bytes of JSON, at most %d allowed", ErrMalformed, len(b), limit)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, b); err != nil {
		return nil, fmt.Errorf("%w: not JSON", ErrMalformed)
	}
	return compact.Bytes(), nil
}
