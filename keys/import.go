package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"software.sslmate.com/src/go-pkcs12"

	"yizheng/signature"
)

// Import reads a private key that other programs have made: PEM (PKCS#8, also
// encrypted; SEC 1), PKCS#8 in DER, PKCS#12 (RFC 7292), or a JWK (RFC 7517). It
// must be a key for P-256, Ed25519 or SM2, in a file that is its owner's alone,
// and pass the self-test. A passphrase must be given exactly when the file is
// encrypted. Errors: [ErrPermissions], [ErrPassphrase], [ErrMalformed],
// [ErrSelfTest].
func Import(path string, use Use, passphrase []byte) (*Key, error) {
	key, err := importKey(path, use, passphrase)
	if err != nil {
		return nil, fmt.Errorf("importing %s: %w", path, err)
	}
	return key, nil
}

func importKey(path string, use Use, passphrase []byte) (*Key, error) {
	content, err := read(path, maxPKCS12)
	if err != nil {
		return nil, err
	}
	defer clear(content)
	signer, encrypted, err := parsePrivate(content, passphrase)
	switch {
	case err != nil:
		return nil, err
	case !encrypted && len(passphrase) > 0:
		return nil, fmt.Errorf("%w: the file is not encrypted", ErrPassphrase)
	}
	switch signer.(type) {
	case *ecdsa.PrivateKey, ed25519.PrivateKey, *sm2.PrivateKey:
	default:
		return nil, fmt.Errorf("%w: a key of the kind %T: P-256, Ed25519 and SM2 are taken", ErrMalformed, signer)
	}
	key, err := FromSigner(use, signer)
	if err != nil && !errors.Is(err, ErrSelfTest) && !errors.Is(err, ErrUse) {
		err = fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return key, err
}

// parsePrivate reads a private key in any of the forms, and says whether it was
// encrypted. The causes of errors are left out where they may quote the key.
func parsePrivate(content, passphrase []byte) (signer crypto.Signer, encrypted bool, _ error) {
	if text := bytes.TrimSpace(content); bytes.HasPrefix(text, []byte("{")) {
		signer, err := parseJWK(text)
		return signer, false, err
	}
	block, rest := pem.Decode(content)
	if block != nil && block.Type == "EC PARAMETERS" { // OpenSSL writes them before the key
		block, _ = pem.Decode(rest)
	}
	der := content
	if block != nil {
		der = block.Bytes
	}
	if key, err := smx509.ParsePKCS8PrivateKey(der); err == nil {
		return asSigner(key, false)
	}
	if key, err := smx509.ParseECPrivateKey(der); err == nil {
		return asSigner(key, false)
	}
	if block == nil {
		if key, _, _, err := pkcs12.DecodeChain(der, string(passphrase)); err == nil {
			return asSigner(key, true)
		} else if errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption) {
			return nil, true, ErrPassphrase
		}
	}
	if len(passphrase) > 0 {
		if key, _, err := pkcs8.ParsePrivateKey(der, passphrase); err == nil {
			return asSigner(key, true)
		}
	}
	if block == nil && len(der) > 0 && der[0] == 0x30 || block != nil && block.Type == "ENCRYPTED PRIVATE KEY" {
		return nil, true, ErrPassphrase
	}
	return nil, false, fmt.Errorf("%w: no private key in PEM, PKCS#8, PKCS#12 or JWK", ErrMalformed)
}

func asSigner(key any, encrypted bool) (crypto.Signer, bool, error) {
	if signer, ok := key.(crypto.Signer); ok {
		return signer, encrypted, nil
	}
	return nil, encrypted, fmt.Errorf("%w: a key that does not sign", ErrMalformed)
}

// curves are the algorithms of a JWK, by its curve.
var curves = map[string]signature.Algorithm{"P-256": signature.ES256, "Ed25519": signature.EdDSA, "SM2": signature.SM2}

// parseJWK reads a JWK of any program: members that say nothing of the key are
// passed over, and the public half must be that of the private one.
func parseJWK(text []byte) (crypto.Signer, error) {
	var m struct{ Crv, X, Y, D string }
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%w: no JWK", ErrMalformed)
	}
	scalar, err := base64.RawURLEncoding.DecodeString(m.D)
	if err != nil || m.D == "" {
		return nil, fmt.Errorf("%w: the JWK has no private half", ErrMalformed)
	}
	defer clear(scalar)
	signer, err := signerFromScalar(curves[m.Crv], scalar)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	public, err := signature.NewPublicKey(signer.Public())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	raw, err := public.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var own struct{ X, Y string }
	if err := json.Unmarshal(raw, &own); err != nil || own.X != m.X || own.Y != m.Y {
		return nil, fmt.Errorf("%w: the halves of the JWK do not belong together", ErrMalformed)
	}
	return signer, nil
}
