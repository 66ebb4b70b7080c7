package templates_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/seal"
	"yizheng/templates"
)

// signed renders a document, seals it with a key made for the test, and
// gives it with the seal's certificate.
func signed(t testing.TB, p *templates.Printer, d templates.Document) ([]byte, *x509.Certificate) {
	t.Helper()
	body, err := p.Document(d)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 6, 2, 9, 30, 0, 0, time.UTC)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: d.SealName},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0), KeyUsage: x509.KeyUsageContentCommitment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	cms, err := seal.Sign(key, cert, now, rand.Reader, body.SignedBytes())
	if err != nil {
		t.Fatal(err)
	}
	file, err := body.Sealed(cms)
	if err != nil {
		t.Fatal(err)
	}
	again, err := body.Sealed(cms)
	if err != nil || !bytes.Equal(file, again) {
		t.Error("the same signature gave other bytes")
	}
	return file, cert
}

// tool runs a program of poppler-utils or zbar-tools. That it is missing fails
// the test: a document that nobody has opened is not tested.
func tool(t testing.TB, name string, args ...string) string {
	t.Helper()
	var complaints bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, &complaints)
	}
	return string(out)
}

// keep writes a file into a folder of the test.
func keep(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadersAcceptTheSeal(t *testing.T) {
	file, cert := signed(t, printer(t), fixture(t, "convenience-store-8-permits"))
	if r, err := seal.Verify(file, cert); err != nil || !r.Accepted() {
		t.Errorf("our own check: %+v, %v", r, err)
	}
	out := tool(t, "pdfsig", "-nocert", keep(t, "sealed.pdf", file))
	for _, want := range []string{"Signature is Valid", "Total document signed", "ETSI.CAdES.detached", "上海市长宁区行业综合许可专用章"} {
		if !strings.Contains(out, want) {
			t.Errorf("pdfsig does not say %q:\n%s", want, out)
		}
	}
	file[bytes.Index(file, []byte("/Metadata"))+1] ^= 1
	if r, err := seal.Verify(file, cert); err != nil || r.Intact {
		t.Errorf("a changed document: %+v, %v", r, err)
	}
}

func TestDraftsHaveNoSeal(t *testing.T) {
	d := fixture(t, "restaurant-3-permits")
	d.Draft = true
	body, err := printer(t).Document(d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := body.Sealed([]byte{1}); !errors.Is(err, templates.ErrDraft) {
		t.Errorf("error is %v", err)
	}
	if body.SignedBytes() != nil || bytes.Contains(body.Unsigned(), []byte("/Sig")) {
		t.Error("a draft has room for a signature")
	}
}
