// Package keys is the private side of [yizheng/signature]: it makes, stores,
// loads and rotates the keys that an issuer signs with. Start with [Generate]
// and [Save], or [LoadRing] for a running issuer; [Key] is a
// [signature.Signer].
//
// A key has one [Use], and whoever asks for a key names the use, so that a
// key for status lists never signs a license. Behind each Key stands a
// [crypto.Signer]: a key from a file, or, by [FromSigner], one in an HSM or a
// KMS.
//
// Keys print nothing of themselves but use, algorithm and id, with any verb of
// fmt and in any log. Errors never contain what was secret.
package keys

import (
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"

	"yizheng/signature"
)

// Use is the one thing that a key is for. The trust list gives each key the
// same one use.
type Use string

// The uses.
const (
	UseLicense      Use = "license"      // licenses, the codes on them
	UseStatus       Use = "status"       // status lists
	UseSeal         Use = "seal"         // the digital seal on PDF documents
	UsePresentation Use = "presentation" // live codes (亮证)
	UseRecord       Use = "record"       // license records and closing lists
	UseCredential   Use = "credential"   // licenses exported for the programs of others
	UseRoot         Use = "root"         // root documents, trust lists, policies; lies outside the issuer's server
	UseOnline       Use = "online"       // statements that what the roots have signed still counts
)

// Uses gives every use.
func Uses() []Use {
	return []Use{UseLicense, UseStatus, UseSeal, UsePresentation, UseRecord, UseCredential, UseRoot, UseOnline}
}

// ParseUse reads the name of a use.
func ParseUse(s string) (Use, error) {
	if use := Use(s); slices.Contains(Uses(), use) {
		return use, nil
	}
	return "", fmt.Errorf("%w: %q is none", ErrUse, s)
}

// The reasons for which a key is refused; use [errors.Is].
var (
	// ErrUse: the use is unknown, or not the one asked for.
	ErrUse = errors.New("wrong key use")
	// ErrExists: there is a file already, and keys are never overwritten.
	ErrExists = errors.New("key file exists")
	// ErrPermissions: others than the owner may read the file or change the folder.
	ErrPermissions = errors.New("loose permissions on key file")
	// ErrPassphrase: the passphrase is wrong, or missing, or given for a file
	// that is not encrypted.
	ErrPassphrase = errors.New("wrong passphrase")
	// ErrMalformed: the file is no key file, or was changed.
	ErrMalformed = errors.New("malformed key file")
	// ErrSelfTest: the signer's signature does not verify by its public key.
	ErrSelfTest = errors.New("key fails its self-test")
	// ErrNotExportable: the private key is not here, so it can not be saved.
	ErrNotExportable = errors.New("private key can not be exported")
	// ErrMissing: there is no key for the use.
	ErrMissing = errors.New("no key")
)

// Key is a private key with its use. It is immutable and safe for concurrent
// use, as far as its [crypto.Signer] is.
type Key struct {
	use    Use
	public signature.PublicKey
	held   *held
	random io.Reader // for signing; nil makes signatures deterministic
}

// held keeps the private key behind a pointer, at which fmt stops even for the
// verbs that ask no method (%p).
type held struct{ signer crypto.Signer }

var _ signature.Signer = (*Key)(nil)

// Generate makes a new key from random, which should be [crypto/rand.Reader].
// The same random bytes give the same key.
func Generate(use Use, alg signature.Algorithm, random io.Reader) (*Key, error) {
	if random == nil {
		return nil, errors.New("generating key: no source of randomness")
	}
	for range maxDraws {
		var scalar [32]byte
		if _, err := io.ReadFull(random, scalar[:]); err != nil {
			return nil, fmt.Errorf("generating key: %w", err)
		}
		signer, err := signerFromScalar(alg, scalar[:])
		clear(scalar[:])
		if errors.Is(err, errScalar) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("generating key: %w", err)
		}
		return FromSigner(use, signer)
	}
	return nil, fmt.Errorf("generating key: %w", errScalar)
}

// maxDraws is how often Generate draws a scalar. One in 2^32 is refused, so
// only a broken source reaches the second.
const maxDraws = 8

// FromSigner takes a private key that lives elsewhere, for example in an HSM.
// It must be for P-256, Ed25519 or SM2, and sign as [crypto.Signer] says:
// ECDSA and SM2 over a digest, with ASN.1 as the result, Ed25519 over the
// message. The key must pass a self-test: [ErrSelfTest].
func FromSigner(use Use, signer crypto.Signer) (*Key, error) {
	if _, err := ParseUse(string(use)); err != nil {
		return nil, err
	}
	if signer == nil {
		return nil, fmt.Errorf("%w: no signer", ErrSelfTest)
	}
	public, err := signature.NewPublicKey(signer.Public())
	if err != nil {
		return nil, fmt.Errorf("reading public key: %w", err)
	}
	key := &Key{use: use, public: public, held: &held{signer}, random: rand.Reader}
	if err := key.test(); err != nil {
		return nil, err
	}
	return key, nil
}

// WithRandom gives the same key with another source of randomness for
// signatures. Nil makes ES256 and SM2 deterministic (RFC 6979), as test
// vectors need; EdDSA always is. A key in a file mixes the source with the
// private key, and ES256 by the standard library uses the system's in place of
// any source that is not nil.
func (k *Key) WithRandom(random io.Reader) *Key {
	other := *k
	other.random = random
	return &other
}

// Use is the one thing that the key is for.
func (k *Key) Use() Use { return k.use }

// PublicKey is the key by which the signatures verify.
func (k *Key) PublicKey() signature.PublicKey { return k.public }

// Signer is the private key, for what needs another form of signature than
// [Key.Sign] makes, such as the CMS of the seal.
func (k *Key) Signer() crypto.Signer { return k.held.signer }

// test signs something and verifies it, so that a key whose halves do not
// belong together never starts.
func (k *Key) test() error {
	message := []byte("yizheng: self-test of a key, worth nothing")
	sig, err := k.Sign(message)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSelfTest, err)
	}
	if err := k.public.Verify(message, sig); err != nil {
		return fmt.Errorf("%w: %w", ErrSelfTest, err)
	}
	return nil
}
