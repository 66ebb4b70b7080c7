// Package sealtest is a world of certification for tests: a root, an
// intermediate authority, seals under it, and the services that they depend
// on, each answered by the openssl command behind a local HTTP server: a time
// stamping authority (openssl ts), a responder (openssl ocsp) and a
// revocation list (openssl ca).
package sealtest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/seal"
)

// World is the authorities. Its clock is the true one, which openssl goes by.
type World struct {
	t      testing.TB
	dir    string
	server *httptest.Server
	serial int64

	Root, Intermediate, TSA *x509.Certificate
	key                     crypto.Signer // of the intermediate
	index                   string        // of openssl ca, what was revoked

	Away     atomic.Bool  // the servers answer 503
	Stamps   atomic.Int64 // how many timestamps were asked for
	Statuses atomic.Int64 // how many responses and lists were asked for
	// Direct has the authority itself sign its responses; it leaves that to a
	// responder of its own otherwise.
	Direct bool
	// Tamper, where set, changes what the time stamping authority answers.
	Tamper func([]byte) []byte
}

// New makes a world that ends with the test.
func New(t testing.TB) *World {
	t.Helper()
	w := &World{t: t, dir: t.TempDir(), serial: 1000}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /tsa", w.stamp)
	mux.HandleFunc("POST /ocsp", w.respond)
	mux.HandleFunc("GET /crl", w.list)
	w.server = httptest.NewServer(mux)
	t.Cleanup(w.server.Close)

	rootKey := NewKey(t)
	root := w.template("Root of tests")
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	w.Root = w.certify(root, root, rootKey.Public(), rootKey)

	w.key = NewKey(t)
	intermediate := w.template("Issuing authority of tests")
	intermediate.IsCA, intermediate.BasicConstraintsValid, intermediate.KeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	intermediate.CRLDistributionPoints = []string{w.server.URL + "/crl?of=root"}
	w.Intermediate = w.certify(intermediate, w.Root, w.key.Public(), rootKey)

	tsa := w.template("Time stamping authority of tests")
	tsa.KeyUsage = x509.KeyUsageDigitalSignature
	tsa.ExtraExtensions = []pkix.Extension{timeStampingOnly(t)}
	tsa.OCSPServer = []string{w.server.URL + "/ocsp"}
	tsaKey := NewKey(t)
	w.TSA = w.certify(tsa, w.Intermediate, tsaKey.Public(), w.key)

	responder := w.template("Responder of tests")
	responder.KeyUsage, responder.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	responderKey := NewKey(t)
	w.write("responder", w.certify(responder, w.Intermediate, responderKey.Public(), w.key), responderKey)
	w.write("root", w.Root, rootKey)
	w.write("ca", w.Intermediate, w.key)
	w.write("tsa", w.TSA, tsaKey)
	w.file("tsa.cnf", fmt.Sprintf(tsaConfig, w.path("serial")))
	w.file("serial", "01\n")
	w.file("crlnumber", "01\n") // makes lists of version 2, which RFC 5280 wants
	w.file("index.txt", "")
	w.file("none.txt", "")
	return w
}

// timeStampingOnly is the extended key usage of RFC 3161, which must be
// critical; crypto/x509 never marks it so by itself.
func timeStampingOnly(t testing.TB) pkix.Extension {
	t.Helper()
	value, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: value}
}

const tsaConfig = `[tsa]
default_tsa = default
[default]
serial = %s
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
`

// NewKey makes an ECDSA key on P-256.
func NewKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// NewRSAKey makes an RSA key of 2048 bits.
func NewRSAKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (w *World) template(name string) *x509.Certificate {
	w.serial++
	return &x509.Certificate{
		SerialNumber: big.NewInt(w.serial), Subject: pkix.Name{Country: []string{"CN"}, CommonName: name},
		NotBefore: time.Now().AddDate(-1, 0, 0).UTC(), NotAfter: time.Now().AddDate(4, 0, 0).UTC(),
	}
}

func (w *World) certify(template, parent *x509.Certificate, key crypto.PublicKey, by crypto.Signer) *x509.Certificate {
	w.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, by)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// Seal makes a seal under the intermediate authority. Each change is made to
// the certificate before it is signed.
func (w *World) Seal(name string, key crypto.Signer, changes ...func(*x509.Certificate)) seal.Identity {
	w.t.Helper()
	c := w.template(name)
	c.Subject.Organization = []string{"上海市长宁区政务服务办公室"}
	c.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
	c.OCSPServer = []string{w.server.URL + "/ocsp"}
	c.CRLDistributionPoints = []string{w.server.URL + "/crl?of=ca"}
	for _, change := range changes {
		change(c)
	}
	return seal.Identity{Signer: key, Certificate: w.certify(c, w.Intermediate, key.Public(), w.key), Chain: []*x509.Certificate{w.Root, w.Intermediate}}
}

// TSAURL is the address of the time stamping authority.
func (w *World) TSAURL() string { return w.server.URL + "/tsa" }

// Revoke has the responder and the list name the certificate as revoked.
func (w *World) Revoke(c *x509.Certificate) {
	w.index += fmt.Sprintf("R\t%s\t%s\t%04X\tunknown\t/CN=revoked\n", c.NotAfter.UTC().Format("060102150405Z"),
		time.Now().UTC().Add(-time.Minute).Format("060102150405Z"), c.SerialNumber)
	w.file("index.txt", w.index)
}

// Know has the responder know the certificate as good.
func (w *World) Know(c *x509.Certificate) {
	w.index += fmt.Sprintf("V\t%s\t\t%04X\tunknown\t/CN=%d\n", c.NotAfter.UTC().Format("060102150405Z"), c.SerialNumber, c.SerialNumber)
	w.file("index.txt", w.index)
}

func (w *World) path(name string) string { return filepath.Join(w.dir, name) }

func (w *World) file(name, content string) {
	w.t.Helper()
	if err := os.WriteFile(w.path(name), []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *World) write(name string, c *x509.Certificate, key crypto.Signer) {
	w.t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		w.t.Fatal(err)
	}
	w.file(name+".pem", PEM(c))
	w.file(name+".key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

// PEM writes certificates as text.
func PEM(certificates ...*x509.Certificate) string {
	var b bytes.Buffer
	for _, c := range certificates {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}) // a buffer takes everything
	}
	return b.String()
}

// OpenSSL runs the command in a folder and gives what it prints.
func OpenSSL(dir string, args ...string) (string, error) {
	c := exec.Command("openssl", args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}
