package keys

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"
)

// ReadSecret reads a file that holds a passphrase or a PIN, by the rules of
// [Load]: only its owner may reach it ([ErrPermissions]). A line break at its
// end is no part of the secret; one that is empty is refused.
func ReadSecret(path string) ([]byte, error) {
	b, err := read(path, maxFile)
	if err != nil {
		return nil, fmt.Errorf("reading secret %s: %w", path, err)
	}
	b = bytes.TrimRight(b, "\r\n")
	if len(b) == 0 {
		return nil, fmt.Errorf("reading secret %s: %w: it is empty", path, ErrMalformed)
	}
	return b, nil
}

// maxPKCS12 is the largest PKCS#12 file that is read, in bytes.
const maxPKCS12 = 64 << 10

// LoadPKCS12 reads a private key from a PKCS#12 file (RFC 7292), as
// certification authorities hand it out, with its certificate and the
// certificates of those above it. The file must be its owner's alone. Errors:
// [ErrPermissions], [ErrPassphrase], [ErrMalformed].
func LoadPKCS12(path string, passphrase []byte) (crypto.Signer, *x509.Certificate, []*x509.Certificate, error) {
	refuse := func(err error) (crypto.Signer, *x509.Certificate, []*x509.Certificate, error) {
		return nil, nil, nil, fmt.Errorf("loading %s: %w", path, err)
	}
	b, err := read(path, maxPKCS12)
	if err != nil {
		return refuse(err)
	}
	defer clear(b)
	key, certificate, chain, err := pkcs12.DecodeChain(b, string(passphrase))
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return refuse(ErrPassphrase)
	case err != nil:
		return refuse(fmt.Errorf("%w: %w", ErrMalformed, err))
	}
	signer, ok := key.(crypto.Signer)
	if !ok || certificate == nil {
		return refuse(fmt.Errorf("%w: it has no private key with a certificate", ErrMalformed))
	}
	return signer, certificate, chain, nil
}
