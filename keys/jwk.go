package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/sm2"

	"yizheng/signature"
)

// privateJWK is a private JWK (RFC 7517, RFC 7518, RFC 8037): the public
// key's members, d, and the key's use as a private member, as "use" itself
// knows only sig and enc.
type privateJWK struct {
	Algorithm signature.Algorithm `json:"alg"`
	Curve     string              `json:"crv"`
	D         string              `json:"d"`
	KeyID     string              `json:"kid"`
	Kind      string              `json:"kty"`
	X         string              `json:"x"`
	Y         string              `json:"y,omitempty"`
	Use       Use                 `json:"yizheng_use"`
}

// errScalar: 32 bytes that are no private key of the curve. It is rare enough
// in honest randomness to mean a broken source.
var errScalar = errors.New("not a private key of the curve")

// signerFromScalar makes the private key of 32 bytes: the scalar for ES256 and
// SM2, the seed for EdDSA.
func signerFromScalar(alg signature.Algorithm, scalar []byte) (crypto.Signer, error) {
	if len(scalar) != 32 {
		return nil, errScalar
	}
	switch alg {
	case signature.ES256:
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
		if err != nil {
			return nil, errScalar // the cause may tell of the scalar
		}
		return key, nil
	case signature.EdDSA:
		return ed25519.NewKeyFromSeed(scalar), nil
	case signature.SM2:
		key, err := sm2.NewPrivateKey(scalar)
		if err != nil {
			return nil, errScalar
		}
		return key, nil
	default:
		return nil, fmt.Errorf("%w: %q", signature.ErrAlgorithm, alg)
	}
}

// scalar gives the 32 bytes that signerFromScalar takes.
func (k *Key) scalar() ([]byte, error) {
	switch private := k.held.signer.(type) {
	case *ecdsa.PrivateKey:
		return private.Bytes()
	case ed25519.PrivateKey:
		return private.Seed(), nil
	case *sm2.PrivateKey:
		return private.D.FillBytes(make([]byte, 32)), nil
	default:
		return nil, ErrNotExportable
	}
}

// marshal gives the key as a private JWK.
func (k *Key) marshal() ([]byte, error) {
	scalar, err := k.scalar()
	if err != nil {
		return nil, err
	}
	defer clear(scalar)
	public, err := k.public.MarshalJSON()
	if err != nil {
		return nil, err
	}
	m := privateJWK{Use: k.use, D: base64.RawURLEncoding.EncodeToString(scalar)}
	if err := json.Unmarshal(public, &m); err != nil {
		return nil, err
	}
	return json.Marshal(m)
}

// unmarshal reads what marshal wrote, and nothing else; the public half must
// be that of the private one.
func unmarshal(b []byte) (*Key, error) {
	var m privateJWK
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("%w: no private JWK", ErrMalformed) // the cause may quote the key
	}
	scalar, err := base64.RawURLEncoding.Strict().DecodeString(m.D)
	if err != nil {
		return nil, fmt.Errorf("%w: d", ErrMalformed)
	}
	defer clear(scalar)
	signer, err := signerFromScalar(m.Algorithm, scalar)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	key, err := FromSigner(m.Use, signer)
	if err != nil {
		return nil, err
	}
	if key.public.KeyID() != m.KeyID {
		return nil, fmt.Errorf("%w: kid is not that of the key", ErrMalformed)
	}
	canonical, err := key.marshal()
	if err != nil {
		return nil, err
	}
	defer clear(canonical)
	if !bytes.Equal(canonical, b) {
		return nil, fmt.Errorf("%w: not as it was written", ErrMalformed)
	}
	return key, nil
}
