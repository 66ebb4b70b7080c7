package seal

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
)

// A certificate that somebody has made up may have a key of any size, and what is
// signed with it needs no private key to be calculated with for hours.
func TestKeysOfAnySize(t *testing.T) {
	issuer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for bits, fits := range map[uint]bool{4096: true, maxModulus: true, maxModulus + 1: false, 1 << 20: false} {
		n := new(big.Int).Lsh(big.NewInt(1), bits)
		n.Sub(n, big.NewInt(1))
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "大"}, NotAfter: time.Unix(1<<31, 0)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &rsa.PublicKey{N: n, E: 1<<31 - 1}, issuer)
		if err != nil {
			t.Fatal(err)
		}
		_, err = certificatesOf(der)
		if (err == nil) != fits {
			t.Errorf("%d bits: %v", bits, err)
		}
		s := structure{algorithm: pkix.AlgorithmIdentifier{Algorithm: oidRSAEncryption}, value: bytes.Repeat([]byte{1}, int(bits/8))}
		if s.chain, err = x509.ParseCertificates(der); err != nil {
			t.Fatal(err)
		}
		signature, err := s.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decode(signature); (err == nil) != fits || err != nil && !strings.Contains(err.Error(), "an RSA key of") {
			t.Errorf("a signature with %d bits: %v", bits, err)
		}
		// Whose signature is none, so that a token with a key that fits is refused later.
		if _, err := ParseTimestamp(tokenWith(t, der)); err == nil || strings.Contains(err.Error(), "an RSA key of") == fits {
			t.Errorf("a timestamp with %d bits: %v", bits, err)
		}
	}
}

// tokenWith is a timestamp that brings these certificates along, and is signed by
// nobody.
func tokenWith(t *testing.T, certificates []byte) []byte {
	t.Helper()
	empty := asn1.RawValue{FullBytes: wrap(asn1.ClassUniversal, asn1.TagSequence, nil)}
	info := tstInfo{Version: 1, Policy: oidTSTInfo, Serial: big.NewInt(1), Time: time.Unix(1<<30, 0).UTC()}
	info.Imprint.Algorithm.Algorithm, info.Imprint.Digest = oidSHA256, make([]byte, 32)
	token := tokenInfo{Type: oidSignedData, Content: tokenData{
		Version:          3,
		DigestAlgorithms: asn1.RawValue{FullBytes: wrap(asn1.ClassUniversal, asn1.TagSet, nil)},
		Certificates:     asn1.RawValue{FullBytes: wrap(asn1.ClassContextSpecific, 0, certificates)},
		SignerInfos: []signerInfo{{
			Version: 1, Signer: issuerAndSerial{empty, empty}, Attributes: asn1.RawValue{FullBytes: wrap(asn1.ClassContextSpecific, 0, nil)},
			Digest: pkix.AlgorithmIdentifier{Algorithm: oidSHA256}, Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidRSAEncryption},
		}},
	}}
	token.Content.Content.Type = oidTSTInfo
	var err error
	if token.Content.Content.Info, err = asn1.Marshal(info); err != nil {
		t.Fatal(err)
	}
	der, err := asn1.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// Whoever hands in a document says how much room its signature has; what is read of
// it takes many times as much.
func TestRoomForASignature(t *testing.T) {
	for _, size := range []int{1 << 10, maxSignature + 1} {
		const entry, tail = "/ByteRange[0 %010d %010d %010d]/Contents<", "%%EOF"
		head := "%PDF-1.7\n"
		from := len(head) + len(fmt.Sprintf(entry, 0, 0, 0)) - len("<")
		pdf := []byte(head + fmt.Sprintf(entry, from, from+2*size+len("<>"), len(tail)) + strings.Repeat("00", size) + ">" + tail)
		_, err := Verify(pdf)
		if !errors.Is(err, ErrMalformed) || strings.Contains(err.Error(), "room for") != (size > maxSignature) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
