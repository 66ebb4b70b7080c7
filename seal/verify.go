package seal

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"
)

// Report is what a document's signature turned out to be.
type Report struct {
	// Certificate is the one that the signature names as its own. Whose it
	// says it is means nothing unless Trusted is set.
	Certificate *x509.Certificate
	// SigningTime is when the signer says that it was made.
	SigningTime time.Time
	// Intact says that the bytes which the signature covers are those that
	// were signed.
	Intact bool
	// Whole says that it covers the whole file but for itself.
	Whole bool
	// Appended is how many bytes follow what the signature covers: an
	// incremental update, or anything else that was put behind.
	Appended int
	// Trusted says that the certificate is one of those given, and that the
	// signing time lies within its validity.
	Trusted bool
}

// Accepted says whether the document is as the holder of a trusted seal made
// it.
func (r Report) Accepted() bool { return r.Intact && r.Whole && r.Trusted }

var (
	// ErrNotPDF marks input that is no PDF, or larger than [MaxSize].
	ErrNotPDF = errors.New("not a PDF document")
	// ErrUnsigned says that a document bears no signature.
	ErrUnsigned = errors.New("the document is not signed")
	// ErrMalformed says that a document has a signature that cannot be read.
	ErrMalformed = errors.New("the signature cannot be read")
)

// MaxSize is the most bytes that a document may have.
const MaxSize = 64 << 20

// Verify checks the signature of a PDF against the certificates of seals that
// are trusted, which are those of the issuer's entry in the trust list. A
// signature that is bad gives a report and no error; the errors are
// [ErrNotPDF], [ErrUnsigned] and [ErrMalformed].
//
// It reads nothing of the document's structure: a signature counts for whole
// only where the file is nothing but the signed bytes and the signature, so
// that there is no structure by which a reader could be shown something else.
func Verify(pdf []byte, trusted ...*x509.Certificate) (Report, error) {
	if len(pdf) > MaxSize || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		return Report{}, ErrNotPDF
	}
	place, err := find(pdf)
	if err != nil {
		return Report{}, err
	}
	r := Report{Whole: place.end == len(pdf), Appended: len(pdf) - place.end}
	s, err := parse(place.cms)
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	r.Certificate, r.SigningTime = s.certificate, s.time
	hash := sha256.New()
	hash.Write(pdf[:place.from])
	hash.Write(pdf[place.to:place.end])
	r.Intact = bytes.Equal(hash.Sum(nil), s.digest) && s.check() == nil
	for _, t := range trusted {
		if t.Equal(s.certificate) && !s.time.Before(t.NotBefore) && !s.time.After(t.NotAfter) {
			r.Trusted = true
		}
	}
	return r, nil
}

// signature is a parsed CMS signature of one signer.
type signature struct {
	certificate *x509.Certificate
	algorithm   x509.SignatureAlgorithm
	attributes  []byte // as they were signed
	value       []byte
	digest      []byte // of the signed bytes
	time        time.Time
}

func (s signature) check() error {
	return s.certificate.CheckSignature(s.algorithm, s.attributes, s.value)
}

// parse reads a signature of the form that [Sign] makes; other certificates
// may lie beside the signer's. It is strict: what it does not know, it
// refuses.
func parse(der []byte) (signature, error) {
	var info contentInfo
	rest, err := asn1.Unmarshal(der, &info)
	if err != nil {
		return signature{}, fmt.Errorf("reading the structure: %w", err)
	}
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return signature{}, errors.New("something follows the signature")
	}
	data := info.Content
	if !info.Type.Equal(oidSignedData) || !data.Content.Type.Equal(oidData) || len(data.SignerInfos) != 1 ||
		data.Certificates.Class != asn1.ClassContextSpecific || data.Certificates.Tag != 0 {
		return signature{}, errors.New("not the detached signature of one signer")
	}
	signer := data.SignerInfos[0]
	s := signature{value: signer.Signature}
	if s.algorithm, err = algorithm(signer); err != nil {
		return signature{}, err
	}
	if signer.Attributes.Class != asn1.ClassContextSpecific || signer.Attributes.Tag != 0 {
		return signature{}, errors.New("no signed attributes")
	}
	s.attributes = wrap(asn1.ClassUniversal, asn1.TagSet, signer.Attributes.Bytes)
	certHash, err := s.readAttributes(signer.Attributes.Bytes)
	if err != nil {
		return signature{}, err
	}
	certificates, err := x509.ParseCertificates(data.Certificates.Bytes)
	if err != nil {
		return signature{}, fmt.Errorf("reading the certificates: %w", err)
	}
	for _, c := range certificates {
		if sum := sha256.Sum256(c.Raw); bytes.Equal(sum[:], certHash) {
			s.certificate = c
			return s, nil
		}
	}
	return signature{}, errors.New("the signer's certificate is not there")
}

// algorithm maps the two that [Sign] makes.
func algorithm(signer signerInfo) (x509.SignatureAlgorithm, error) {
	switch {
	case !signer.Digest.Algorithm.Equal(oidSHA256):
		return 0, errors.New("the digest is not SHA-256")
	case signer.Algorithm.Algorithm.Equal(oidECDSAWithSHA256):
		return x509.ECDSAWithSHA256, nil
	case signer.Algorithm.Algorithm.Equal(oidRSAEncryption):
		return x509.SHA256WithRSA, nil
	}
	return 0, errors.New("the signature algorithm is neither ECDSA nor RSA with SHA-256")
}

// readAttributes takes the signed attributes over and gives the digest of the
// signer's certificate. Each must be there once, with one value.
func (s *signature) readAttributes(der []byte) (certHash []byte, err error) {
	var kind asn1.ObjectIdentifier
	var cert signingCertificate
	into := map[string]any{
		oidContentType.String():   &kind,
		oidMessageDigest.String(): &s.digest,
		oidSigningTime.String():   &s.time,
		oidSigningCert.String():   &cert,
	}
	for len(der) > 0 {
		var a attribute
		if der, err = asn1.Unmarshal(der, &a); err != nil {
			return nil, fmt.Errorf("reading a signed attribute: %w", err)
		}
		to, ok := into[a.Type.String()]
		if !ok {
			continue
		}
		if to == nil || len(a.Values) != 1 {
			return nil, fmt.Errorf("attribute %s is not there just once", a.Type)
		}
		if _, err := asn1.Unmarshal(a.Values[0].FullBytes, to); err != nil {
			return nil, fmt.Errorf("reading attribute %s: %w", a.Type, err)
		}
		into[a.Type.String()] = nil
	}
	for id, to := range into {
		if to != nil {
			return nil, fmt.Errorf("attribute %s is missing", id)
		}
	}
	if !kind.Equal(oidData) || len(s.digest) != crypto.SHA256.Size() || len(cert.Certificates) == 0 {
		return nil, errors.New("a signed attribute does not fit")
	}
	return cert.Certificates[0].Hash, nil
}
