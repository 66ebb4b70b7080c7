package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/qr"
	"yizheng/seal"
	"yizheng/templates"
	"yizheng/verifier/verifiertest"
)

// mustMake gives v, or ends the test.
func mustMake[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// sealKey makes a key with its certificate.
func sealKey(t *testing.T) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key := mustMake(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	now := verifiertest.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "演示专用章"},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageContentCommitment,
	}
	der := mustMake(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	return key, mustMake(x509.ParseCertificate(der))(t)
}

// TestVerifyDocument sees what a forger does to a sealed page: the code stays
// good, and the page is said to prove nothing.
func TestVerifyDocument(t *testing.T) {
	now := verifiertest.Now()
	world := mustMake(verifiertest.New())(t)
	issuer := world.Issuer("310105")
	key, certificate := sealKey(t)
	issuer.Seals = append(issuer.Seals, certificate.Raw)
	l := mustMake(issuer.License("restaurant-3-permits"))(t)
	code := mustMake(issuer.Issue(l))(t)

	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bundle := write("trust.json", mustMake(world.Bundle("310105", 1, now))(t))
	list := write("list.jwt", []byte(mustMake(issuer.List(l, 1, now.Add(-time.Minute)))(t)))

	printer := mustMake(templates.New(templates.Config{}))(t)
	body := mustMake(printer.Document(templates.Document{
		License: *l, Text: code.Text(issuer.VerifyURL), Symbol: mustMake(qr.Encode(issuer.VerifyURL, code.Digits()))(t),
		SealName: "演示专用章", VerifyURL: issuer.VerifyURL, Demonstration: true,
	}))(t)
	sealed := func(key *ecdsa.PrivateKey, certificate *x509.Certificate) []byte {
		cms := mustMake(seal.Sign(key, certificate, now, rand.Reader, body.SignedBytes()))(t)
		return mustMake(body.Sealed(cms))(t)
	}
	good := sealed(key, certificate)
	altered := bytes.Clone(good)
	altered[bytes.IndexByte(good, '\n')+3] ^= 1 // in the comment of the second line: every reader shows the same page
	for name, c := range map[string]struct {
		pdf          []byte
		seal, reason string
		whole        bool
	}{
		"good":     {good, "valid", "", true},
		"altered":  {altered, "broken", "seal_altered", true},
		"appended": {append(bytes.Clone(good), "\n% more\n"...), "broken", "seal_appended", false},
		"stranger": {sealed(sealKey(t)), "untrusted", "seal_not_of_issuer", true},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"verify", "--trust", bundle, "--status", list, "--at", now.Format(time.RFC3339), write(name+".pdf", c.pdf)}
			exit, out, complaints := runMain("", append(args, "--json")...)
			var got struct {
				Outcome  string
				Document documentCheck
			}
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err, out, complaints)
			}
			if want := (documentCheck{c.seal, c.reason, c.whole}); exit != 0 || got.Outcome != "valid" || got.Document != want {
				t.Errorf("exit %d, %+v, want %+v", exit, got, want)
			}
			_, text, _ := runMain("", args...)
			if strings.Contains(text, pageProvesNothing.zh) == (c.seal == "valid") {
				t.Error(text)
			}
		})
	}
}
