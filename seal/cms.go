package seal

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
)

// The object identifiers of the structure.
var (
	oidData            = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCert     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidTimestamp       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidRevocation      = asn1.ObjectIdentifier{1, 2, 840, 113583, 1, 1, 8}
	oidSHA256          = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSAWithSHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidRSAEncryption   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	// oidStamped is ours. It lies in the arc that needs no registration (UUIDs,
	// ITU-T X.667), with 31 random bits, since not every reader takes more.
	oidStamped = asn1.ObjectIdentifier{2, 25, 1508261747, 1}
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
	Unsigned   asn1.RawValue `asn1:"optional"`
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial asn1.RawValue
}

func signerOf(cert *x509.Certificate) (issuerAndSerial, error) {
	serial, err := asn1.Marshal(cert.SerialNumber)
	return issuerAndSerial{asn1.RawValue{FullBytes: cert.RawIssuer}, asn1.RawValue{FullBytes: serial}}, err
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

// encodeAttribute encodes an attribute of one value.
func encodeAttribute(id asn1.ObjectIdentifier, value []byte) ([]byte, error) {
	return asn1.Marshal(attribute{id, []asn1.RawValue{{FullBytes: value}}})
}

// structure is a signature as it is written: of one signer, over content that
// lies elsewhere.
type structure struct {
	chain      []*x509.Certificate // the signer's first
	attributes []byte              // signed, in the order of DER, without the head of their set
	algorithm  pkix.AlgorithmIdentifier
	value      []byte // of the signature
	timestamp  []byte // token; none where there is nil
}

// encode writes the structure in DER. Certificates stand in the order that
// DER wants for a set, so that there is one encoding.
func (s structure) encode() ([]byte, error) {
	signer, err := signerOf(s.chain[0])
	if err != nil {
		return nil, fmt.Errorf("encoding the serial number: %w", err)
	}
	var certificates [][]byte
	for _, c := range s.chain {
		certificates = append(certificates, c.Raw)
	}
	slices.SortFunc(certificates, bytes.Compare)
	digest := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	info := signerInfo{
		Version: 1, Signer: signer, Digest: digest,
		Attributes: asn1.RawValue{FullBytes: wrap(asn1.ClassContextSpecific, 0, s.attributes)},
		Algorithm:  s.algorithm, Signature: s.value,
	}
	if s.timestamp != nil {
		stamp, err := encodeAttribute(oidTimestamp, s.timestamp)
		if err != nil {
			return nil, fmt.Errorf("encoding the timestamp: %w", err)
		}
		info.Unsigned = asn1.RawValue{FullBytes: wrap(asn1.ClassContextSpecific, 1, stamp)}
	}
	der, err := asn1.Marshal(contentInfo{oidSignedData, signedData{
		Version:          1,
		DigestAlgorithms: []pkix.AlgorithmIdentifier{digest},
		Content:          struct{ Type asn1.ObjectIdentifier }{oidData},
		Certificates:     asn1.RawValue{FullBytes: wrap(asn1.ClassContextSpecific, 0, bytes.Join(certificates, nil))},
		SignerInfos:      []signerInfo{info},
	}})
	if err != nil {
		return nil, fmt.Errorf("encoding the signature: %w", err)
	}
	return der, nil
}

// decode reads what encode writes, and nothing else: whatever it takes,
// encoding it again gives the same bytes. Behind it may stand zeros, which
// fill the room in a document.
func decode(der []byte) (structure, error) {
	var info contentInfo
	rest, err := asn1.Unmarshal(der, &info)
	if err != nil {
		return structure{}, fmt.Errorf("reading the structure: %w", err)
	}
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return structure{}, errors.New("something follows the signature")
	}
	data := info.Content
	if !info.Type.Equal(oidSignedData) || !data.Content.Type.Equal(oidData) || len(data.SignerInfos) != 1 || !tagged(data.Certificates, 0) {
		return structure{}, errors.New("not the detached signature of one signer")
	}
	signer := data.SignerInfos[0]
	if !tagged(signer.Attributes, 0) {
		return structure{}, errors.New("no signed attributes")
	}
	s := structure{attributes: signer.Attributes.Bytes, algorithm: signer.Algorithm, value: signer.Signature}
	if len(signer.Unsigned.FullBytes) > 0 {
		if s.timestamp, err = onlyTimestamp(signer.Unsigned); err != nil {
			return structure{}, err
		}
	}
	certificates, err := certificatesOf(data.Certificates.Bytes)
	if err != nil {
		return structure{}, fmt.Errorf("reading the certificates: %w", err)
	}
	s.chain, err = chainOf(signer.Signer, certificates)
	if err != nil {
		return structure{}, err
	}
	again, err := s.encode()
	if err != nil {
		return structure{}, err
	}
	if !bytes.Equal(again, der[:len(der)-len(rest)]) {
		return structure{}, errors.New("it is not encoded as seals are")
	}
	return s, nil
}

// onlyTimestamp gives the token from unsigned attributes that hold nothing
// else: what no signature covers anybody could have put there.
func onlyTimestamp(unsigned asn1.RawValue) ([]byte, error) {
	var a attribute
	rest, err := asn1.Unmarshal(unsigned.Bytes, &a)
	if err != nil || !tagged(unsigned, 1) || len(rest) > 0 || !a.Type.Equal(oidTimestamp) || len(a.Values) != 1 {
		return nil, errors.New("unsigned attributes other than one timestamp")
	}
	return a.Values[0].FullBytes, nil
}

// maxChain is how many certificates a signature may carry. Each is held against
// those that are left, at the cost of a signature that is checked.
const maxChain = 16

// chainOf puts certificates into the order of who issued whom, from the
// signer's upwards. All of them must be of the chain: another one beside it
// would be a stranger's.
func chainOf(signer issuerAndSerial, certificates []*x509.Certificate) ([]*x509.Certificate, error) {
	if len(certificates) > maxChain {
		return nil, fmt.Errorf("%d certificates, %d at most", len(certificates), maxChain)
	}
	left := slices.Clone(certificates)
	take := func(fits func(*x509.Certificate) bool) *x509.Certificate {
		i := slices.IndexFunc(left, fits)
		if i < 0 {
			return nil
		}
		c := left[i]
		left = slices.Delete(left, i, i+1)
		return c
	}
	first := take(func(c *x509.Certificate) bool {
		serial, err := asn1.Marshal(c.SerialNumber)
		return err == nil && bytes.Equal(c.RawIssuer, signer.Issuer.FullBytes) && bytes.Equal(serial, signer.Serial.FullBytes)
	})
	if first == nil {
		return nil, errors.New("the signer's certificate is not there")
	}
	chain := []*x509.Certificate{first}
	for len(left) > 0 {
		last := chain[len(chain)-1]
		next := take(func(c *x509.Certificate) bool {
			return bytes.Equal(last.RawIssuer, c.RawSubject) && last.CheckSignatureFrom(c) == nil
		})
		if next == nil {
			return nil, errors.New("a certificate that is not of the signer's chain")
		}
		chain = append(chain, next)
	}
	return chain, nil
}

func tagged(v asn1.RawValue, tag int) bool {
	return v.Class == asn1.ClassContextSpecific && v.Tag == tag && v.IsCompound
}

// wrap puts content into a constructed element.
func wrap(class, tag int, content []byte) []byte {
	b, err := asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: true, Bytes: content})
	if err != nil {
		panic(err) // class and tag are constants that can be encoded
	}
	return b
}
