package keys_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"yizheng/keys"
	"yizheng/signature"
)

var (
	subject = keys.SealSubject{Name: "上海市长宁区行业综合许可专用章", Organisation: "上海市长宁区人民政府", Unit: "区政务服务办公室"}
	from    = time.Date(2026, 3, 1, 0, 0, 0, 123, time.UTC)
	until   = from.AddDate(5, 0, 0)
)

func serial(seed byte) *bytes.Reader { return bytes.NewReader(bytes.Repeat([]byte{seed}, 16)) }

func TestSelfSignedSeal(t *testing.T) {
	key := generate(t, keys.UseSeal, signature.ES256)
	der, err := keys.SelfSignedSeal(key, subject, from, until, serial(1))
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil {
		t.Error(err)
	}
	if got := cert.Subject.String(); got != "CN="+subject.Name+",OU="+subject.Unit+",O="+subject.Organisation+",C=CN" {
		t.Error(got)
	}
	if public, err := signature.NewPublicKey(cert.PublicKey); err != nil || !public.Equal(key.PublicKey()) {
		t.Errorf("certifies %v, %v", public, err)
	}
	if cert.KeyUsage != x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment || cert.IsCA {
		t.Errorf("key usage %b, authority %v", cert.KeyUsage, cert.IsCA)
	}
	if len(cert.UnknownExtKeyUsage) != 1 || cert.UnknownExtKeyUsage[0].String() != "1.3.6.1.5.5.7.3.36" {
		t.Errorf("extended key usage %v", cert.UnknownExtKeyUsage)
	}
	if !cert.NotBefore.Equal(from.Truncate(time.Second)) || !cert.NotAfter.Equal(until.Truncate(time.Second)) {
		t.Errorf("from %s until %s", cert.NotBefore, cert.NotAfter)
	}
	again, err := keys.SelfSignedSeal(key, subject, from, until, serial(1))
	if err != nil || !bytes.Equal(der, again) {
		t.Errorf("not the same certificate again: %v", err)
	}
	other, err := keys.SelfSignedSeal(key, subject, from, until, serial(2))
	if err != nil || bytes.Equal(der, other) {
		t.Errorf("the same certificate from other randomness: %v", err)
	}
	if _, err := keys.FromSigner(keys.UseSeal, hsm{key.Signer()}); err != nil {
		t.Fatal(err)
	}
}

func TestSelfSignedSealRefuses(t *testing.T) {
	seal := generate(t, keys.UseSeal, signature.ES256)
	long := subject
	long.Unit = strings.Repeat("办", 65)
	tests := []struct {
		name    string
		key     *keys.Key
		subject keys.SealSubject
		until   time.Time
		random  *bytes.Reader
		want    string
	}{
		{"license key", generate(t, keys.UseLicense, signature.ES256), subject, until, serial(1), "wrong key use"},
		{"EdDSA", generate(t, keys.UseSeal, signature.EdDSA), subject, until, serial(1), "wrong algorithm"},
		{"no name", seal, keys.SealSubject{Organisation: "o"}, until, serial(1), "must be given"},
		{"no organisation", seal, keys.SealSubject{Name: "n"}, until, serial(1), "must be given"},
		{"long unit", seal, long, until, serial(1), "64 characters"},
		{"not UTF-8", seal, keys.SealSubject{Name: "\xff", Organisation: "o"}, until, serial(1), "characters"},
		{"no time", seal, subject, from, serial(1), "end before"},
		{"no randomness", seal, subject, until, bytes.NewReader(nil), "serial number"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := keys.SelfSignedSeal(test.key, test.subject, from, test.until, test.random)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want one with %q", err, test.want)
			}
		})
	}
	if _, err := keys.SelfSignedSeal(generate(t, keys.UseLicense, signature.ES256), subject, from, until, serial(1)); !errors.Is(err, keys.ErrUse) {
		t.Error(err)
	}
}
