package seal

import (
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
	if len(token) > maxSignature {
		return nil, fmt.Errorf("reading the timestamp: %d bytes, %d at most", len(token), maxSignature)
	}
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
	if t.others, err = certificatesOf(data.Certificates.Bytes); err != nil {
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
