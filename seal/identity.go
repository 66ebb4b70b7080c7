package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Identity is a seal that can be made: a private key, wherever it lies, and
// the certificate for it.
type Identity struct {
	Signer      crypto.Signer
	Certificate *x509.Certificate
	// Chain are the certificates of those who vouch for it, in any order.
	// Those between it and the root are put into each signature; the root,
	// where it is given, serves to check revocation and stays out.
	Chain []*x509.Certificate
}

// ErrCertificate says that a certificate cannot be a seal's, or not any more.
var ErrCertificate = errors.New("not a certificate for this seal")

// minRSA is the shortest modulus, in bits, whose signatures anybody should
// believe for twenty years.
const minRSA = 2048

// Extended key usages with which PDF readers accept signatures.
var signingUsages = []asn1.ObjectIdentifier{
	{1, 3, 6, 1, 5, 5, 7, 3, 36},       // document signing, RFC 9336
	{1, 3, 6, 1, 4, 1, 311, 10, 3, 12}, // document signing, Microsoft's
	{1, 2, 840, 113583, 1, 1, 5},       // authentic documents, Adobe's
}

// CheckCertificate says whether a certificate may be a seal's at the instant:
// for signing, not for issuing others, with a strong key and in force. The
// errors are [ErrCertificate], with the reason.
func CheckCertificate(c *x509.Certificate, at time.Time) error {
	refuse := func(format string, values ...any) error {
		return fmt.Errorf("%w: %s: %s", ErrCertificate, c.Subject, fmt.Sprintf(format, values...))
	}
	switch key := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSA {
			return refuse("its RSA key has %d bits, and must have at least %d", key.N.BitLen(), minRSA)
		}
	default:
		return refuse("its key is neither ECDSA nor RSA, which is all that PDF readers know")
	}
	switch usage := x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment; {
	case c.IsCA:
		return refuse("it is for issuing certificates, not for signing documents")
	case c.KeyUsage != 0 && c.KeyUsage&usage == 0:
		return refuse("its key usage forbids signing documents: it has neither digital signature nor non-repudiation")
	case !mayBeUsed(c):
		return refuse("its extended key usage forbids signing documents")
	case at.Before(c.NotBefore):
		return refuse("it is in force only from %s", c.NotBefore.UTC().Format(time.RFC3339))
	case at.After(c.NotAfter):
		return refuse("it expired at %s", c.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}

func mayBeUsed(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	for _, u := range c.ExtKeyUsage {
		if u == x509.ExtKeyUsageAny || u == x509.ExtKeyUsageEmailProtection || u == x509.ExtKeyUsageCodeSigning {
			return true
		}
	}
	return slices.ContainsFunc(c.UnknownExtKeyUsage, func(id asn1.ObjectIdentifier) bool {
		return slices.ContainsFunc(signingUsages, id.Equal)
	})
}

// check holds the certificate to [CheckCertificate], and signs something and
// verifies it, so that a key that is away, or is not the certificate's, shows
// now and not at the first document.
func (i Identity) check(at time.Time) error {
	if i.Signer == nil || i.Certificate == nil {
		return fmt.Errorf("%w: key and certificate must be given", ErrKey)
	}
	if err := CheckCertificate(i.Certificate, at); err != nil {
		return err
	}
	for _, c := range i.path() {
		if at.Before(c.NotBefore) || at.After(c.NotAfter) {
			return fmt.Errorf("%w: %s of its chain is not in force: from %s to %s", ErrCertificate, c.Subject,
				c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339))
		}
	}
	s, err := sign(i, signed{digest: make([]byte, sha256.Size), certificate: sha256.Sum256(i.Certificate.Raw), at: at}, rand.Reader)
	if err != nil {
		return fmt.Errorf("testing the key of the seal: %w", err)
	}
	algorithm, err := algorithmOf(s.algorithm)
	if err != nil {
		return err
	}
	if err := i.Certificate.CheckSignature(algorithm, wrap(asn1.ClassUniversal, asn1.TagSet, s.attributes), s.value); err != nil {
		return fmt.Errorf("%w: what it signs does not verify: %w", ErrKey, err)
	}
	return nil
}

// path is the chain in order: the certificate, who issued it, and so on as far
// as it is known. Certificates that are not of the chain are left out.
func (i Identity) path() []*x509.Certificate { return pathOf(i.Certificate, i.Chain) }

func pathOf(first *x509.Certificate, others []*x509.Certificate) []*x509.Certificate {
	path := []*x509.Certificate{first}
	for last := first; !selfSigned(last) && len(path) <= len(others); {
		n := slices.IndexFunc(others, func(c *x509.Certificate) bool {
			return bytes.Equal(last.RawIssuer, c.RawSubject) && last.CheckSignatureFrom(c) == nil
		})
		if n < 0 {
			break
		}
		last = others[n]
		path = append(path, last)
	}
	return path
}

// embedded is what of the path goes into a signature: all but the root, which
// a verifier must have from elsewhere to believe it.
func (i Identity) embedded() []*x509.Certificate {
	path := i.path()
	if n := len(path); n > 1 && selfSigned(path[n-1]) {
		return path[:n-1]
	}
	return path
}

func selfSigned(c *x509.Certificate) bool { return bytes.Equal(c.RawIssuer, c.RawSubject) }
