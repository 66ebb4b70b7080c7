package seal_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/digitorus/pkcs7"

	"yizheng/seal"
)

var signedAt = time.Date(2026, 6, 2, 9, 30, 0, 0, time.UTC)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// certify makes a self-signed certificate for a seal.
func certify(t testing.TB, key crypto.Signer, name string) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(20260602), Subject: pkix.Name{CommonName: name},
		NotBefore: signedAt.AddDate(-1, 0, 0), NotAfter: signedAt.AddDate(4, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// paper is the smallest thing that has the shape of a signed PDF.
func paper(text string) (before, after []byte) {
	const space = 4096
	head := "%PDF-1.7\n" + text + "\n"
	entry := "/ByteRange[0 %010d %010d %010d]/Contents"
	from := len(head) + len(fmt.Sprintf(entry, 0, 0, 0))
	tail := "\n%%EOF\n"
	to := from + 2*space + 2
	return []byte(head + fmt.Sprintf(entry, from, to, len(tail))), []byte(tail)
}

func put(before, after, cms []byte) []byte {
	hole := make([]byte, 4096)
	copy(hole, cms)
	return bytes.Join([][]byte{before, []byte("<" + hex.EncodeToString(hole) + ">"), after}, nil)
}

func sealed(t testing.TB, key crypto.Signer, cert *x509.Certificate) []byte {
	t.Helper()
	before, after := paper("a license")
	cms, err := seal.Sign(key, cert, signedAt, rand.Reader, append(bytes.Clone(before), after...))
	if err != nil {
		t.Fatal(err)
	}
	return put(before, after, cms)
}

func TestSealsVerify(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"P-256": newKey(t), "RSA": rsaKey} {
		t.Run(name, func(t *testing.T) {
			cert := certify(t, key, "上海市长宁区行业综合许可专用章")
			r, err := seal.Verify(sealed(t, key, cert), cert)
			if err != nil {
				t.Fatal(err)
			}
			if !r.Accepted() || r.Appended != 0 || !r.SigningTime.Equal(signedAt) || !r.Certificate.Equal(cert) {
				t.Errorf("report is %+v", r)
			}
		})
	}
}

// TestOthersReadIt holds the signature against another implementation.
func TestOthersReadIt(t *testing.T) {
	key := newKey(t)
	content := []byte("the signed bytes")
	cms, err := seal.Sign(key, certify(t, key, "seal"), signedAt, rand.Reader, content)
	if err != nil {
		t.Fatal(err)
	}
	p7, err := pkcs7.Parse(cms)
	if err != nil {
		t.Fatal(err)
	}
	p7.Content = content
	if err := p7.Verify(); err != nil {
		t.Error(err)
	}
}

func TestForgeries(t *testing.T) {
	key := newKey(t)
	cert := certify(t, key, "seal")
	good := sealed(t, key, cert)
	change := func(f func(b []byte) []byte) []byte { return f(bytes.Clone(good)) }
	other := newKey(t)
	sameName := certify(t, other, "seal")
	renewed := certify(t, key, "seal") // same key, another certificate
	for _, c := range []struct {
		name                   string
		pdf                    []byte
		intact, whole, trusted bool
	}{
		{"a changed letter", change(func(b []byte) []byte { return bytes.Replace(b, []byte("a license"), []byte("A license"), 1) }), false, true, true},
		{"something appended", change(func(b []byte) []byte { return append(b, "1 0 obj\n%%EOF\n"...) }), true, false, true},
		{"one line feed appended", change(func(b []byte) []byte { return append(b, '\n') }), true, false, true},
		{"sealed by a stranger with the same name", sealed(t, other, sameName), true, true, false},
		{"another certificate for the same key", sealed(t, key, renewed), true, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := seal.Verify(c.pdf, cert)
			if err != nil {
				t.Fatal(err)
			}
			if r.Intact != c.intact || r.Whole != c.whole || r.Trusted != c.trusted || r.Accepted() {
				t.Errorf("report is %+v", r)
			}
		})
	}
	if r, err := seal.Verify(good); err != nil || r.Accepted() {
		t.Errorf("accepted with no trusted seal: %+v, %v", r, err)
	}
}

func TestRefusals(t *testing.T) {
	key := newKey(t)
	cert := certify(t, key, "seal")
	good := sealed(t, key, cert)
	gap := bytes.Index(good, []byte("Contents<")) + len("Contents<")
	for _, c := range []struct {
		name string
		pdf  []byte
		want error
	}{
		{"nothing", nil, seal.ErrNotPDF},
		{"a picture", []byte("\x89PNG\r\n"), seal.ErrNotPDF},
		{"no signature", []byte("%PDF-1.7\n%%EOF\n"), seal.ErrUnsigned},
		{"an empty signature", append(append(bytes.Clone(good[:gap]), bytes.Repeat([]byte("0"), 8192)...), good[gap+8192:]...), seal.ErrMalformed},
		{"something behind the signature", append(append(bytes.Clone(good[:gap+8190]), "01"...), good[gap+8192:]...), seal.ErrMalformed},
		{"white space in the signature", append(append(bytes.Clone(good[:gap+8190]), "  "...), good[gap+8192:]...), seal.ErrMalformed},
		{"a range beyond the file", []byte("%PDF-1.7\n/ByteRange[0 10 20 9999999999]"), seal.ErrMalformed},
		{"a range of three", []byte("%PDF-1.7\n/ByteRange[0 10 20]"), seal.ErrMalformed},
		{"a range cut off", []byte("%PDF-1.7\n/ByteRange[0 10 "), seal.ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := seal.Verify(c.pdf, cert); !errors.Is(err, c.want) {
				t.Errorf("error is %v, want %v", err, c.want)
			}
		})
	}
}

func TestSignRefusesAnothersCertificate(t *testing.T) {
	if _, err := seal.Sign(newKey(t), certify(t, newKey(t), "seal"), signedAt, rand.Reader, nil); !errors.Is(err, seal.ErrKey) {
		t.Errorf("error is %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	key := newKey(f)
	cert := certify(f, key, "seal")
	good := sealed(f, key, cert)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte("%PDF-1.7\n/ByteRange[0 1 5 2]<00>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := seal.Verify(b, cert)
		if err == nil && r.Accepted() && !bytes.Equal(b, good) {
			t.Errorf("accepted a document that was never sealed")
		}
	})
}
