package access

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"os"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

const (
	maxKeySet  = 256 << 10
	maxKeys    = 64
	minRSABits = 2048
)

// Set is a fixed set of public keys by key id.
type Set map[string]crypto.PublicKey

var _ Keys = Set(nil)

// Key finds the key of that id.
func (s Set) Key(_ context.Context, keyID string) (crypto.PublicKey, error) {
	key, found := s[keyID]
	if !found {
		return nil, refuse("key", "its key is not one of the issuer's")
	}
	return key, nil
}

// ParseSet reads a JWK set (RFC 7517). Keys for encryption, keys without an
// id, private and symmetric keys and kinds unknown here are left out, since a
// provider publishes keys for others too; an id that stands twice is an error.
func ParseSet(b []byte) (Set, error) {
	if len(b) > maxKeySet {
		return nil, fmt.Errorf("reading key set: more than %d bytes", maxKeySet)
	}
	parsed, err := jwk.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("reading key set: %w", err)
	}
	if parsed.Len() > maxKeys {
		return nil, fmt.Errorf("reading key set: more than %d keys", maxKeys)
	}
	set := Set{}
	for i := range parsed.Len() {
		key, _ := parsed.Key(i)
		if key.KeyID() == "" || key.KeyUsage() != "" && key.KeyUsage() != "sig" {
			continue
		}
		var raw any
		if err := key.Raw(&raw); err != nil || !public(raw) {
			continue
		}
		if _, twice := set[key.KeyID()]; twice {
			return nil, fmt.Errorf("reading key set: key id %q stands twice", key.KeyID())
		}
		set[key.KeyID()] = raw
	}
	return set, nil
}

// LoadSet reads a JWK set from a file.
func LoadSet(path string) (Set, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("loading key set: %w", err)
	}
	set, err := ParseSet(b)
	if err != nil {
		return nil, err
	}
	if len(set) == 0 {
		return nil, fmt.Errorf("loading key set: %s holds no public signing key", path)
	}
	return set, nil
}

func public(raw any) bool {
	switch key := raw.(type) {
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	case *rsa.PublicKey:
		return key.N.BitLen() >= minRSABits
	}
	return false
}

// fits holds the algorithm that a token names against the key that the issuer
// published: an ECDSA curve serves one algorithm only.
func fits(alg string, key crypto.PublicKey) error {
	ok := false
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		ok = alg == "ES256" && k.Curve.Params().BitSize == 256 || alg == "ES384" && k.Curve.Params().BitSize == 384
	case ed25519.PublicKey:
		ok = alg == "EdDSA"
	case *rsa.PublicKey:
		ok = alg == "RS256" || alg == "PS256"
	}
	if !ok {
		return refuse("algorithm", "its algorithm is not that of the key")
	}
	return nil
}
