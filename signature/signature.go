// Package signature checks the signatures of yizheng: public keys, compact
// JWS (RFC 7515) and JWS with several signatures, by ES256, EdDSA and SM2.
// Start with [Parse] and [JWS.Verify]; [PublicKey] is what they verify by,
// and [SignCompact] makes what Parse reads.
//
// Everything has one accepted encoding. A value that could be written in two
// ways has a twin, and whoever holds a twin can pretend that one signed thing
// is two. So there is no padding, no white space, no free order of members,
// no unknown header member, and for ES256 no high S.
//
// The algorithm is that of the trusted key. A token that names another one is
// refused ([ErrAlgorithm]); it never chooses.
//
// The package holds no private key and uses the standard library and gmsm
// (for SM2, left out by the build tag nosm2) only. It has no clock, no
// randomness and no state.
package signature

import (
	"errors"
	"fmt"
)

// Algorithm names a signature algorithm as the JOSE header does.
type Algorithm string

// The algorithms.
const (
	// ES256 is ECDSA on P-256 with SHA-256 (RFC 7518, 3.4), low S only.
	ES256 Algorithm = "ES256"
	// EdDSA is Ed25519 (RFC 8037).
	EdDSA Algorithm = "EdDSA"
	// SM2 is SM2 with SM3 (GM/T 0003, GB/T 32918) under the user id
	// 1234567812345678. It is no registered JOSE algorithm but a profile of
	// ours: the name, the JWK form (kty EC, crv SM2) and the signature as the
	// 64 bytes r ‖ s are agreed between those who use it.
	SM2 Algorithm = "SM2-SM3"
)

// Caps, checked before anything is decoded.
const (
	// MaxCompact is the longest compact JWS that [Parse] reads, in bytes.
	MaxCompact = 4 << 20
	// MaxMulti is the longest JSON that [ParseMulti] reads, in bytes.
	MaxMulti = 16 << 20
	// MaxSignatures is how many signatures a [Multi] may carry.
	MaxSignatures = 32
	// MaxHeader is the longest protected header, in bytes of its JSON.
	MaxHeader = 512
	// MaxKey is the longest JWK that [PublicKey.UnmarshalJSON] reads, in bytes.
	MaxKey = 1024
)

// SignatureSize is the length of a signature in bytes, the same for all three
// algorithms.
const SignatureSize = 64

// The reasons for which a signed thing is refused; use [errors.Is].
var (
	// ErrMalformed: the text is not the one canonical encoding of anything.
	ErrMalformed = errors.New("malformed")
	// ErrAlgorithm: the algorithm is unknown, not built in, or not the key's.
	ErrAlgorithm = errors.New("wrong algorithm")
	// ErrType: it was signed as another type of thing than the one asked for.
	ErrType = errors.New("wrong type")
	// ErrKey: the key is no valid one, or not the one that the header names.
	ErrKey = errors.New("wrong key")
	// ErrSignature: the signature is not the key's over these bytes.
	ErrSignature = errors.New("wrong signature")
	// ErrHighS: an ES256 signature whose S is not in the lower half. It is an
	// ErrSignature too.
	ErrHighS = fmt.Errorf("%w: high S", ErrSignature)
	// ErrThreshold: too few of the keys have signed.
	ErrThreshold = errors.New("too few signatures")
)

// Signer signs with one private key. Implementations must be safe for
// concurrent use.
type Signer interface {
	// PublicKey is the key by which the signatures verify.
	PublicKey() PublicKey
	// Sign gives the signature over message (not over a digest of it), 64
	// bytes in the form that [PublicKey.Verify] accepts: for ES256 with low S.
	Sign(message []byte) (sig []byte, err error)
}
