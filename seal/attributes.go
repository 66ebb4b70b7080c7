package seal

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"
)

// signed is what a signature states beside the document, and signs.
type signed struct {
	digest      []byte   // SHA-256 of the signed bytes
	certificate [32]byte // SHA-256 of the signer's certificate
	at          time.Time
	// stamped promises a timestamp over the signature. A timestamp lies where
	// no signature reaches, so without the promise anybody could take it away.
	stamped  bool
	evidence *evidence // revocation data, nil where there is none
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

func statement(cert *x509.Certificate, at time.Time, signedBytes []byte) signed {
	content := sha256.Sum256(signedBytes)
	return signed{digest: content[:], certificate: sha256.Sum256(cert.Raw), at: at.UTC().Truncate(time.Second)}
}

// encode gives the attributes in the order of DER, without the head of their
// set.
func (s signed) encode() ([]byte, error) {
	values := []struct {
		id    asn1.ObjectIdentifier
		value any
	}{
		{oidContentType, oidData},
		{oidSigningTime, s.at},
		{oidMessageDigest, s.digest},
		{oidSigningCert, signingCertificate{[]certificateID{{s.certificate[:]}}}},
	}
	if s.stamped {
		values = append(values, struct {
			id    asn1.ObjectIdentifier
			value any
		}{oidStamped, asn1.NullRawValue})
	}
	if s.evidence != nil {
		values = append(values, struct {
			id    asn1.ObjectIdentifier
			value any
		}{oidRevocation, *s.evidence})
	}
	var encoded [][]byte
	for _, v := range values {
		value, err := asn1.Marshal(v.value)
		if err != nil {
			return nil, err
		}
		b, err := encodeAttribute(v.id, value)
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, b)
	}
	slices.SortFunc(encoded, bytes.Compare)
	return bytes.Join(encoded, nil), nil
}

// readSigned reads signed attributes. Each that counts must be there once,
// with one value; those that are not known are left alone, since the signer
// signed them.
func readSigned(der []byte) (s signed, err error) {
	var kind asn1.ObjectIdentifier
	var cert signingCertificate
	var promise asn1.RawValue
	needed := map[string]any{
		oidContentType.String():   &kind,
		oidMessageDigest.String(): &s.digest,
		oidSigningTime.String():   &s.at,
		oidSigningCert.String():   &cert,
	}
	optional := map[string]any{oidStamped.String(): &promise}
	for len(der) > 0 {
		var a attribute
		if der, err = asn1.Unmarshal(der, &a); err != nil {
			return s, fmt.Errorf("reading a signed attribute: %w", err)
		}
		id := a.Type.String()
		to, ok := needed[id]
		if !ok {
			to, ok = optional[id]
		}
		if !ok {
			continue
		}
		if to == nil || len(a.Values) != 1 {
			return s, fmt.Errorf("attribute %s is not there just once", id)
		}
		if rest, err := asn1.Unmarshal(a.Values[0].FullBytes, to); err != nil || len(rest) > 0 {
			return s, fmt.Errorf("reading attribute %s: %w", id, errors.Join(err, trailing(rest)))
		}
		needed[id] = nil
		s.stamped = s.stamped || a.Type.Equal(oidStamped)
	}
	for id, to := range needed {
		if to != nil {
			return s, fmt.Errorf("attribute %s is missing", id)
		}
	}
	if !kind.Equal(oidData) || len(s.digest) != crypto.SHA256.Size() || len(cert.Certificates) != 1 || len(cert.Certificates[0].Hash) != len(s.certificate) {
		return s, errors.New("a signed attribute does not fit")
	}
	copy(s.certificate[:], cert.Certificates[0].Hash)
	return s, nil
}

func trailing(rest []byte) error {
	if len(rest) == 0 {
		return nil
	}
	return fmt.Errorf("%d bytes follow the value", len(rest))
}
