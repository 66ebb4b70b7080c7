package seal

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // ESSCertID of older authorities; names a certificate and proves nothing
	"crypto/sha256"
	_ "crypto/sha512" // authorities sign with it
	"crypto/subtle"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

var (
	oidTSTInfo       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidSigningCertV1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidExtKeyUsage   = asn1.ObjectIdentifier{2, 5, 29, 37}
)

// Timestamp is a time-stamp token (RFC 3161) whose own signature is good. Who
// made it is told by [Timestamp.TrustedBy] alone.
type Timestamp struct {
	Time        time.Time // when the authority saw the digest
	Digest      [32]byte  // what it saw, SHA-256
	Nonce       *big.Int  // of the request; nil where there was none
	Certificate *x509.Certificate
	others      []*x509.Certificate // that lie in the token beside it
}

type tokenInfo struct {
	Type    asn1.ObjectIdentifier
	Content tokenData `asn1:"explicit,tag:0"`
}

type tokenData struct {
	Version          int
	DigestAlgorithms asn1.RawValue
	Content          struct {
		Type asn1.ObjectIdentifier
		Info []byte `asn1:"explicit,tag:0"`
	}
	Certificates asn1.RawValue
	CRLs         []asn1.RawValue `asn1:"set,optional,tag:1"`
	SignerInfos  []signerInfo    `asn1:"set"`
}

type tstInfo struct {
	Version int
	Policy  asn1.ObjectIdentifier
	Imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	Serial   *big.Int
	Time     time.Time `asn1:"generalized"`
	Accuracy struct {
		Seconds int `asn1:"optional"`
		Millis  int `asn1:"optional,tag:0"`
		Micros  int `asn1:"optional,tag:1"`
	} `asn1:"optional"`
	Ordering bool     `asn1:"optional"`
	Nonce    *big.Int `asn1:"optional"`
}

// ParseTimestamp reads a token and checks its signature by the certificate
// that lies in it.
func ParseTimestamp(token []byte) (*Timestamp, error) {
	var info tokenInfo
	if rest, err := asn1.Unmarshal(token, &info); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("reading the timestamp: %w", errors.Join(err, trailing(rest)))
	}
	data := info.Content
	if !info.Type.Equal(oidSignedData) || !data.Content.Type.Equal(oidTSTInfo) || len(data.SignerInfos) != 1 ||
		!tagged(data.Certificates, 0) || !tagged(data.SignerInfos[0].Attributes, 0) {
		return nil, errors.New("reading the timestamp: not a token of one signer with its certificate")
	}
	t, err := readInfo(data.Content.Info)
	if err != nil {
		return nil, fmt.Errorf("reading the timestamp: %w", err)
	}
	if t.others, err = x509.ParseCertificates(data.Certificates.Bytes); err != nil {
		return nil, fmt.Errorf("reading the certificates of the timestamp: %w", err)
	}
	if err := t.checkSignature(data.SignerInfos[0], data.Content.Info); err != nil {
		return nil, fmt.Errorf("checking the timestamp: %w", err)
	}
	return t, nil
}

func readInfo(der []byte) (*Timestamp, error) {
	var info tstInfo
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 {
		return nil, errors.Join(err, trailing(rest))
	}
	t := &Timestamp{Time: info.Time.UTC(), Nonce: info.Nonce}
	if info.Version != 1 || !info.Imprint.Algorithm.Algorithm.Equal(oidSHA256) || len(info.Imprint.Digest) != len(t.Digest) {
		return nil, errors.New("it is not over a SHA-256 digest")
	}
	copy(t.Digest[:], info.Imprint.Digest)
	return t, nil
}

// checkSignature finds the signer's certificate and checks the signature with
// it.
func (t *Timestamp) checkSignature(signer signerInfo, content []byte) error {
	hash, algorithm, err := tokenAlgorithm(signer)
	if err != nil {
		return err
	}
	attributes, err := readTokenAttributes(signer.Attributes.Bytes)
	if err != nil {
		return err
	}
	h := hash.New()
	h.Write(content)
	if !bytes.Equal(h.Sum(nil), attributes.digest) {
		return errors.New("its digest is not of its content")
	}
	i := slices.IndexFunc(t.others, func(c *x509.Certificate) bool {
		serial, err := asn1.Marshal(c.SerialNumber)
		return err == nil && bytes.Equal(c.RawIssuer, signer.Signer.Issuer.FullBytes) &&
			bytes.Equal(serial, signer.Signer.Serial.FullBytes) && attributes.names(c)
	})
	if i < 0 {
		return errors.New("the certificate that it names is not there")
	}
	t.Certificate = t.others[i]
	return t.Certificate.CheckSignature(algorithm, wrap(asn1.ClassUniversal, asn1.TagSet, signer.Attributes.Bytes), signer.Signature)
}

// tokenAttributes is what the signed attributes of a token say.
type tokenAttributes struct {
	digest         []byte
	sha1, certHash []byte // of the certificate; one of the two
}

func (a tokenAttributes) names(c *x509.Certificate) bool {
	if a.certHash != nil {
		sum := sha256.Sum256(c.Raw)
		return subtle.ConstantTimeCompare(sum[:], a.certHash) == 1
	}
	h := crypto.SHA1.New()
	h.Write(c.Raw)
	return bytes.Equal(h.Sum(nil), a.sha1)
}

func readTokenAttributes(der []byte) (a tokenAttributes, err error) {
	var kind asn1.ObjectIdentifier
	var first, second signingCertificate
	into := map[string]any{
		oidContentType.String(): &kind, oidMessageDigest.String(): &a.digest,
		oidSigningCertV1.String(): &first, oidSigningCert.String(): &second,
	}
	for len(der) > 0 {
		var held attribute
		if der, err = asn1.Unmarshal(der, &held); err != nil {
			return a, err
		}
		to, known := into[held.Type.String()]
		if !known {
			continue
		}
		if to == nil || len(held.Values) != 1 {
			return a, fmt.Errorf("attribute %s is not there just once", held.Type)
		}
		if _, err := asn1.Unmarshal(held.Values[0].FullBytes, to); err != nil {
			return a, err
		}
		into[held.Type.String()] = nil
	}
	switch {
	case !kind.Equal(oidTSTInfo):
		return a, errors.New("its content type is not that of a timestamp")
	case len(second.Certificates) > 0:
		a.certHash = second.Certificates[0].Hash
	case len(first.Certificates) > 0:
		a.sha1 = first.Certificates[0].Hash
	default:
		return a, errors.New("it does not name its certificate")
	}
	return a, nil
}

// tokenAlgorithm knows what authorities sign with: ECDSA and RSA with a digest
// of the SHA-2 family.
func tokenAlgorithm(s signerInfo) (crypto.Hash, x509.SignatureAlgorithm, error) {
	sha2 := func(last int) string { return asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, last}.String() }
	hash, known := map[string]crypto.Hash{sha2(1): crypto.SHA256, sha2(2): crypto.SHA384, sha2(3): crypto.SHA512}[s.Digest.Algorithm.String()]
	if !known {
		return 0, 0, fmt.Errorf("its digest %s is not of the SHA-2 family", s.Digest.Algorithm)
	}
	rsa := func(last int) string { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, last}.String() }
	ecdsa := func(last int) string { return asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, last}.String() }
	algorithm, known := map[crypto.Hash]map[string]x509.SignatureAlgorithm{
		crypto.SHA256: {rsa(1): x509.SHA256WithRSA, rsa(11): x509.SHA256WithRSA, ecdsa(2): x509.ECDSAWithSHA256},
		crypto.SHA384: {rsa(1): x509.SHA384WithRSA, rsa(12): x509.SHA384WithRSA, ecdsa(3): x509.ECDSAWithSHA384},
		crypto.SHA512: {rsa(1): x509.SHA512WithRSA, rsa(13): x509.SHA512WithRSA, ecdsa(4): x509.ECDSAWithSHA512},
	}[hash][s.Algorithm.Algorithm.String()]
	if !known {
		return 0, 0, fmt.Errorf("its signature algorithm %s is neither RSA nor ECDSA with that digest", s.Algorithm.Algorithm)
	}
	return hash, algorithm, nil
}

// TrustedBy says whether one of the certificates, which may be an authority's
// own or those above it, stands behind the token: at the time it states, the
// authority's certificate was in force, and it is for timestamps and nothing
// else (RFC 3161, 2.3).
func (t *Timestamp) TrustedBy(authorities ...*x509.Certificate) error {
	critical := slices.ContainsFunc(t.Certificate.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidExtKeyUsage) && e.Critical })
	if usages := t.Certificate.ExtKeyUsage; !critical || len(usages) != 1 || len(t.Certificate.UnknownExtKeyUsage) != 0 || usages[0] != x509.ExtKeyUsageTimeStamping {
		return fmt.Errorf("timestamp of %s: its certificate is not for timestamps alone", t.Certificate.Subject)
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	for _, c := range authorities {
		roots.AddCert(c)
	}
	for _, c := range t.others {
		between.AddCert(c)
	}
	_, err := t.Certificate.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: t.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	})
	if err != nil {
		return fmt.Errorf("timestamp of %s: %w", t.Certificate.Subject, err)
	}
	return nil
}

// path is the authority's certificate and those above it, as far as they lie
// in the token or are given, below the first of those given.
func (t *Timestamp) path(authorities []*x509.Certificate) []*x509.Certificate {
	return pathOf(t.Certificate, slices.Concat(t.others, authorities))
}
