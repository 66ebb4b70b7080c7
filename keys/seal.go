package keys

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"
	"unicode/utf8"

	"yizheng/signature"
)

// SealSubject names the holder of a seal in its certificate.
type SealSubject struct {
	Name         string // the seal's, such as 上海市长宁区行业综合许可专用章 (CN)
	Organisation string // the organ that holds it (O)
	Unit         string // the office within it (OU), may be empty
}

// maxName is the longest name that X.520 allows in a certificate, in
// characters.
const maxName = 64

// documentSigning is the extended key usage of RFC 9336.
var documentSigning = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}

// SelfSignedSeal makes the certificate (DER) of a seal's key: X.509 v3 for
// China (C=CN), digital signature and non-repudiation, for signing documents.
// Nobody vouches for it but the trust list that names it; it stands where a
// district has no certificate from a licensed authority (电子认证服务机构).
// The key must have the use [UseSeal] and be ES256, which PDF readers know.
// From and until are cut to whole seconds. The serial number comes from
// random; the same random bytes give the same certificate where the key is
// from a file.
func SelfSignedSeal(key *Key, subject SealSubject, from, until time.Time, random io.Reader) ([]byte, error) {
	if key.Use() != UseSeal {
		return nil, fmt.Errorf("making seal's certificate: %w: %s", ErrUse, key)
	}
	if key.public.Algorithm() != signature.ES256 {
		return nil, fmt.Errorf("making seal's certificate: %w: %s", signature.ErrAlgorithm, key)
	}
	name, err := subject.name()
	if err != nil {
		return nil, fmt.Errorf("making seal's certificate: %w", err)
	}
	if !from.Truncate(time.Second).Before(until.Truncate(time.Second)) {
		return nil, errors.New("making seal's certificate: it would end before it begins")
	}
	var serial [16]byte
	if _, err := io.ReadFull(random, serial[:]); err != nil {
		return nil, fmt.Errorf("drawing serial number: %w", err)
	}
	serial[0] = serial[0]&0x7f | 0x40 // positive, and always of one length
	thumbprint := key.public.Thumbprint()
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial[:]),
		Subject:      name,
		NotBefore:    from.UTC().Truncate(time.Second),
		NotAfter:     until.UTC().Truncate(time.Second),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		// Readers built on NSS ask for e-mail protection, not for documents.
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
		UnknownExtKeyUsage:    []asn1.ObjectIdentifier{documentSigning},
		BasicConstraintsValid: true,
		SubjectKeyId:          thumbprint[:20],
		SignatureAlgorithm:    x509.ECDSAWithSHA256,
	}
	// No source of randomness: a key from a file then signs by RFC 6979.
	der, err := x509.CreateCertificate(nil, template, template, key.held.signer.Public(), key.held.signer)
	if err != nil {
		return nil, fmt.Errorf("making seal's certificate: %w", err)
	}
	return der, nil
}

func (s SealSubject) name() (pkix.Name, error) {
	name := pkix.Name{Country: []string{"CN"}, CommonName: s.Name, Organization: []string{s.Organisation}}
	if s.Unit != "" {
		name.OrganizationalUnit = []string{s.Unit}
	}
	if s.Name == "" || s.Organisation == "" {
		return name, errors.New("name and organisation must be given")
	}
	for _, part := range []string{s.Name, s.Organisation, s.Unit} {
		if !utf8.ValidString(part) || utf8.RuneCountInString(part) > maxName {
			return name, fmt.Errorf("a name of more than %d characters: %q", maxName, part)
		}
	}
	return name, nil
}
