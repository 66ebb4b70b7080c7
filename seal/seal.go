// Package seal makes and checks the digital signature that is a document's
// seal: a detached CMS signature (RFC 5652) with the signing-certificate-v2
// attribute (RFC 5035), which lies in a PDF as ETSI.CAdES.detached (ETSI EN
// 319 142-1, but for the claimed time, which stands in the signature and not
// in the document, since the document's bytes follow from the license alone).
// Where they are configured, a timestamp (RFC 3161) over the signature and
// revocation data lie in it too, so that it can be judged when its
// certificates have long expired.
//
// Start with [New] and [Sealer.Prepare], or [Sign] for a bare signature, and
// with [Verify].
package seal

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"time"
)

// ErrKey says that a key cannot make seals, or is not the certificate's.
var ErrKey = errors.New("not a key for this seal")

// Sign makes the DER-encoded CMS signature over signedBytes, with neither
// timestamp nor revocation data. The signer's key must be the certificate's,
// ECDSA or RSA; at is stated in the signature as the time of signing, in
// whole seconds.
func Sign(signer crypto.Signer, cert *x509.Certificate, at time.Time, rand io.Reader, signedBytes []byte) ([]byte, error) {
	s, err := sign(Identity{Signer: signer, Certificate: cert}, statement(cert, at, signedBytes), rand)
	if err != nil {
		return nil, err
	}
	return s.encode()
}

// sign signs a statement, in which the document is a digest.
func sign(by Identity, what signed, rand io.Reader) (structure, error) {
	algorithm, err := by.algorithm()
	if err != nil {
		return structure{}, err
	}
	attributes, err := what.encode()
	if err != nil {
		return structure{}, fmt.Errorf("encoding the signed attributes: %w", err)
	}
	digest := sha256.Sum256(wrap(asn1.ClassUniversal, asn1.TagSet, attributes)) // they are signed as a SET
	value, err := by.Signer.Sign(rand, digest[:], crypto.SHA256)
	if err != nil {
		return structure{}, fmt.Errorf("signing: %w", err)
	}
	if value, err = lowS(by.Signer.Public(), value); err != nil {
		return structure{}, err
	}
	return structure{chain: by.embedded(), attributes: attributes, algorithm: algorithm, value: value}, nil
}

// algorithm names the signature algorithm, and refuses a key that is not the
// certificate's: such a seal would never verify.
func (i Identity) algorithm() (pkix.AlgorithmIdentifier, error) {
	public, ok := i.Signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(i.Certificate.PublicKey) {
		return pkix.AlgorithmIdentifier{}, fmt.Errorf("%w: it is not the certificate's", ErrKey)
	}
	switch i.Signer.Public().(type) {
	case *ecdsa.PublicKey:
		return pkix.AlgorithmIdentifier{Algorithm: oidECDSAWithSHA256}, nil
	case *rsa.PublicKey:
		return pkix.AlgorithmIdentifier{Algorithm: oidRSAEncryption, Parameters: asn1.NullRawValue}, nil
	}
	return pkix.AlgorithmIdentifier{}, fmt.Errorf("%w: it is neither ECDSA nor RSA", ErrKey)
}

// algorithmOf maps the two that sign makes.
func algorithmOf(id pkix.AlgorithmIdentifier) (x509.SignatureAlgorithm, error) {
	switch {
	case id.Algorithm.Equal(oidECDSAWithSHA256):
		return x509.ECDSAWithSHA256, nil
	case id.Algorithm.Equal(oidRSAEncryption):
		return x509.SHA256WithRSA, nil
	}
	return 0, errors.New("the signature algorithm is neither ECDSA nor RSA with SHA-256")
}
