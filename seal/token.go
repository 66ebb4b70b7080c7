package seal

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // ESSCertID of older authorities; names a certificate and proves nothing
	"crypto/sha256"
	_ "crypto/sha512" // authorities sign with it
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
)

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
		return bytes.Equal(sum[:], a.certHash)
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
