// Package seal makes and checks the digital signature that is a document's
// seal: a detached CMS signature (RFC 5652) with the signing-certificate-v2
// attribute (RFC 5035), which lies in a PDF as ETSI.CAdES.detached (ETSI EN
// 319 142-1, level B-B but for the claimed time, which stands in the
// signature and not in the document, since the document's bytes follow from
// the license alone). Start with [Sign] and [Verify].
package seal

import (
	"bytes"
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
	"slices"
	"time"
)

// The object identifiers of the structure.
var (
	oidData            = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCert     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256          = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSAWithSHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidRSAEncryption   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
)

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content signedData `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version          int
	DigestAlgorithms []pkix.AlgorithmIdentifier `asn1:"set"`
	Content          struct{ Type asn1.ObjectIdentifier }
	Certificates     asn1.RawValue
	SignerInfos      []signerInfo `asn1:"set"`
}

type signerInfo struct {
	Version    int
	Signer     issuerAndSerial
	Digest     pkix.AlgorithmIdentifier
	Attributes asn1.RawValue
	Algorithm  pkix.AlgorithmIdentifier
	Signature  []byte
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial asn1.RawValue
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

// signingCertificate names the certificate that the signature was made with,
// so that no other one for the same key can be put in its place. The digest
// is SHA-256, the default, and so is not named.
type signingCertificate struct {
	Certificates []certificateID
}

type certificateID struct {
	Hash []byte
}

// ErrKey says that a key cannot make seals, or is not the certificate's.
var ErrKey = errors.New("not a key for this seal")

// Sign makes the DER-encoded CMS signature over signedBytes. The signer's
// key must be the certificate's, ECDSA or RSA; at is stated in the signature
// as the time of signing, in whole seconds.
func Sign(signer crypto.Signer, cert *x509.Certificate, at time.Time, rand io.Reader, signedBytes []byte) ([]byte, error) {
	algorithm, err := algorithmOf(signer, cert)
	if err != nil {
		return nil, err
	}
	attributes, err := attributesOf(cert, at, signedBytes)
	if err != nil {
		return nil, fmt.Errorf("encoding the signed attributes: %w", err)
	}
	digest := sha256.Sum256(wrap(asn1.ClassUniversal, asn1.TagSet, attributes)) // they are signed as a SET
	signature, err := signer.Sign(rand, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	serial, err := asn1.Marshal(cert.SerialNumber)
	if err != nil {
		return nil, fmt.Errorf("encoding the serial number: %w", err)
	}
	digestAlgorithm := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	der, err := asn1.Marshal(contentInfo{oidSignedData, signedData{
		Version:          1,
		DigestAlgorithms: []pkix.AlgorithmIdentifier{digestAlgorithm},
		Content:          struct{ Type asn1.ObjectIdentifier }{oidData},
		Certificates:     asn1.RawValue{FullBytes: wrap(asn1.ClassContextSpecific, 0, cert.Raw)},
		SignerInfos: []signerInfo{{
			Version:    1,
			Signer:     issuerAndSerial{asn1.RawValue{FullBytes: cert.RawIssuer}, asn1.RawValue{FullBytes: serial}},
			Digest:     digestAlgorithm,
			Attributes: asn1.RawValue{FullBytes: wrap(asn1.ClassContextSpecific, 0, attributes)},
			Algorithm:  algorithm,
			Signature:  signature,
		}},
	}})
	if err != nil {
		return nil, fmt.Errorf("encoding the signature: %w", err)
	}
	return der, nil
}

// algorithmOf names the signature algorithm, and refuses a key that is not
// the certificate's: such a seal would never verify.
func algorithmOf(signer crypto.Signer, cert *x509.Certificate) (pkix.AlgorithmIdentifier, error) {
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(cert.PublicKey) {
		return pkix.AlgorithmIdentifier{}, fmt.Errorf("%w: it is not the certificate's", ErrKey)
	}
	switch signer.Public().(type) {
	case *ecdsa.PublicKey:
		return pkix.AlgorithmIdentifier{Algorithm: oidECDSAWithSHA256}, nil
	case *rsa.PublicKey:
		return pkix.AlgorithmIdentifier{Algorithm: oidRSAEncryption, Parameters: asn1.NullRawValue}, nil
	}
	return pkix.AlgorithmIdentifier{}, fmt.Errorf("%w: it is neither ECDSA nor RSA", ErrKey)
}

// attributesOf encodes the signed attributes in the order of DER.
func attributesOf(cert *x509.Certificate, at time.Time, signedBytes []byte) ([]byte, error) {
	content, hash := sha256.Sum256(signedBytes), sha256.Sum256(cert.Raw)
	var encoded [][]byte
	for _, a := range []struct {
		id    asn1.ObjectIdentifier
		value any
	}{
		{oidContentType, oidData},
		{oidSigningTime, at.UTC().Truncate(time.Second)},
		{oidMessageDigest, content[:]},
		{oidSigningCert, signingCertificate{[]certificateID{{hash[:]}}}},
	} {
		value, err := asn1.Marshal(a.value)
		if err != nil {
			return nil, err
		}
		b, err := asn1.Marshal(attribute{a.id, []asn1.RawValue{{FullBytes: value}}})
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, b)
	}
	slices.SortFunc(encoded, bytes.Compare)
	return bytes.Join(encoded, nil), nil
}

// wrap puts content into a constructed element.
func wrap(class, tag int, content []byte) []byte {
	b, err := asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: true, Bytes: content})
	if err != nil {
		panic(err) // class and tag are constants that can be encoded
	}
	return b
}
