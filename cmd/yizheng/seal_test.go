package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"yizheng/seal"
	"yizheng/seal/sealtest"
	"yizheng/verifier"
)

// sealOffice is a data directory with a trust root of its own, whose
// config.json a test writes. It goes by the true clock, as openssl does.
type sealOffice struct {
	t    *testing.T
	dir  string
	data string
}

func newSealOffice(t *testing.T) *sealOffice {
	t.Helper()
	dir := t.TempDir()
	o := &sealOffice{t, dir, filepath.Join(dir, "office")}
	o.run("", "init", "--data", o.data, "--demonstration")
	return o
}

// run runs a command, which must end with a complaint that contains says, or
// well where says is empty.
func (o *sealOffice) run(says string, args ...string) string {
	o.t.Helper()
	exit, out, complaints := runMain("", args...)
	switch {
	case says == "" && exit != 0:
		o.t.Fatalf("%v: exit %d, %s", args, exit, complaints)
	case says != "" && (exit == 0 || !strings.Contains(complaints, says)):
		o.t.Fatalf("%v: exit %d, %s, want %q", args, exit, complaints, says)
	}
	return out
}

func (o *sealOffice) path(name string) string { return filepath.Join(o.dir, name) }

func (o *sealOffice) write(name string, content []byte, mode os.FileMode) string {
	o.t.Helper()
	if err := os.WriteFile(o.path(name), content, mode); err != nil {
		o.t.Fatal(err)
	}
	if err := os.Chmod(o.path(name), mode); err != nil {
		o.t.Fatal(err)
	}
	return o.path(name)
}

// configure writes members into config.json beside those of init.
func (o *sealOffice) configure(members map[string]any) {
	o.t.Helper()
	path := filepath.Join(o.data, settingsFile)
	var all map[string]any
	if err := json.Unmarshal(mustMake(os.ReadFile(path))(o.t), &all); err != nil {
		o.t.Fatal(err)
	}
	for _, name := range []string{"seal", "timestamp"} {
		delete(all, name)
	}
	for name, value := range members {
		all[name] = value
	}
	if err := os.WriteFile(path, mustMake(json.Marshal(all))(o.t), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

// name has the trust list name certificates.
func (o *sealOffice) name(flags ...string) {
	o.t.Helper()
	root := filepath.Join(o.data, "root")
	o.run("", append([]string{"trust", "seal", "--root", root, "--region", "310105"}, flags...)...)
	o.run("", "trust", "update", "--root", root, "--out", trustPath(o.data))
}

func (o *sealOffice) issue() []string {
	return []string{"issue", "--data", o.data, "--out", o.path("out"), filepath.Join("..", "..", "examples", "bookstore-cafe-5-permits.json"), "--idempotency-key", "one"}
}

// documentOf is the sealed PDF of the one license.
func (o *sealOffice) documentOf() string {
	o.t.Helper()
	all := mustMake(filepath.Glob(o.path("out/*.pdf")))(o.t)
	if len(all) != 1 {
		o.t.Fatalf("there are the documents %v", all)
	}
	return all[0]
}

// verify gives what verify says of the document.
func (o *sealOffice) verify() verifier.Document {
	o.t.Helper()
	_, out, complaints := runMain("", "verify", "--trust", trustPath(o.data), "--status", filepath.Join(o.data, "status"), "--json", o.documentOf())
	var got struct{ Document verifier.Document }
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		o.t.Fatal(err, out, complaints)
	}
	return got.Document
}

func (o *sealOffice) pkcs12(name string, id seal.Identity, passphrase string) {
	o.t.Helper()
	o.write(name, mustMake(pkcs12.Modern.Encode(id.Signer, id.Certificate, id.Chain, passphrase))(o.t), 0o600)
}

// TestSealOfAuthority takes the way of a real office: a certificate from a
// certification authority, timestamps and revocation data, each refused until
// the trust list names it, and a document that waits while the time stamping
// authority is away.
func TestSealOfAuthority(t *testing.T) {
	t.Parallel()
	w := sealtest.New(t)
	w.Know(w.TSA)
	id := w.Seal("上海市长宁区行业综合许可专用章", sealtest.NewRSAKey(t))
	w.Know(id.Certificate)
	o := newSealOffice(t)
	o.pkcs12("seal.p12", id, "open sesame")
	o.write("passphrase", []byte("open sesame\n"), 0o600)
	certificate := o.write("seal.pem", []byte(sealtest.PEM(id.Certificate, w.Intermediate)), 0o644)
	tsa := o.write("tsa.pem", []byte(sealtest.PEM(w.Root)), 0o644)

	o.configure(map[string]any{
		"seal":      map[string]any{"pkcs12": o.path("seal.p12"), "passphraseFile": o.path("passphrase"), "revocation": true},
		"timestamp": map[string]any{"url": w.TSAURL(), "certificates": tsa},
	})
	o.run("does not name the seal's certificate", o.issue()...)
	o.run("does not name the seal's certificate", "serve", "--data", o.data, "--listen", "127.0.0.1:0")
	if shown := o.run("", "seal", "show", "--data", o.data, "--out", o.path("shown.pem")); !strings.Contains(shown, "not on the trust list") {
		t.Error(shown)
	}
	if shown := mustMake(os.ReadFile(o.path("shown.pem")))(t); string(shown) != sealtest.PEM(id.Certificate) {
		t.Errorf("the certificate shown is %s", shown)
	}
	o.name("--add", certificate)
	o.run("does not name the time stamping authority's certificate", o.issue()...)
	o.name("--add-timestamp", tsa)
	t.Log(o.run("", "seal", "show", "--data", o.data, "--try"))

	w.Away.Store(true)
	o.run("seal_unavailable", o.issue()...)
	w.Away.Store(false)
	o.run("", o.issue()...) // the same license: its document was not made yet
	got := o.verify()
	if got.Seal != "valid" || got.Page != verifier.PageAgrees || time.Since(got.Timestamp).Abs() > time.Hour {
		t.Errorf("verify says %+v", got)
	}
	first := mustMake(os.ReadFile(o.documentOf()))(t)
	o.run("", o.issue()...)
	if again := mustMake(os.ReadFile(o.documentOf()))(t); !bytes.Equal(first, again) {
		t.Error("the document is not the same again")
	}
	o.pdfsigTrusts(w.Root)

	// The district takes the seal off the list: its documents count no more.
	o.name("--remove", fingerprint(id.Certificate.Raw))
	if got := o.verify(); got.Seal != "untrusted" {
		t.Errorf("verify says %+v", got)
	}
}

// pdfsigTrusts has poppler's reader verify the document, with nothing but the
// root in its database: the rest of the chain must lie in the document.
func (o *sealOffice) pdfsigTrusts(root *x509.Certificate) {
	o.t.Helper()
	database := "sql:" + o.t.TempDir()
	for _, args := range [][]string{
		{"certutil", "-N", "-d", database, "--empty-password"},
		{"certutil", "-A", "-d", database, "-n", "root", "-t", "C,C,C", "-i", o.write("root.pem", []byte(sealtest.PEM(root)), 0o644)},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			o.t.Fatalf("%v: %s %v", args, out, err)
		}
	}
	out, err := exec.Command("pdfsig", "-nssdir", strings.TrimPrefix(database, "sql:"), o.documentOf()).CombinedOutput()
	for _, says := range []string{"Signature is Valid", "Total document signed", "Certificate is Trusted", "ETSI.CAdES.detached"} {
		if err != nil || !bytes.Contains(out, []byte(says)) {
			o.t.Errorf("pdfsig does not say %q: %s %v", says, out, err)
		}
	}
}

// TestSealRefusals is what stops the start, and with which words.
func TestSealRefusals(t *testing.T) {
	t.Parallel()
	w := sealtest.New(t)
	key := sealtest.NewKey(t)
	o := newSealOffice(t)
	const passphrase = "a phrase that no log may hold"
	files := map[string]seal.Identity{
		"good.p12":    w.Seal("good", key),
		"expired.p12": w.Seal("expired", key, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }),
		"usage.p12":   w.Seal("usage", key, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }),
	}
	for name, id := range files {
		o.pkcs12(name, id, passphrase)
	}
	o.write("passphrase", []byte(passphrase), 0o600)
	o.write("loose", []byte(passphrase), 0o644)
	o.write("wrong", []byte("another"), 0o600)
	p12 := func(file, phrase string) map[string]any {
		return map[string]any{"seal": map[string]any{"pkcs12": o.path(file), "passphraseFile": o.path(phrase)}}
	}
	for _, c := range []struct {
		name, says string
		members    map[string]any
	}{
		{"not the trust list's", "does not name the seal's certificate", p12("good.p12", "passphrase")},
		{"expired", "it expired at", p12("expired.p12", "passphrase")},
		{"key usage", "key usage forbids", p12("usage.p12", "passphrase")},
		{"wrong passphrase", "wrong passphrase", p12("good.p12", "wrong")},
		{"passphrase for all to read", "loose permissions", p12("good.p12", "loose")},
		{"no such file", "no such file", p12("none.p12", "passphrase")},
		{"neither", "pkcs12 or pkcs11", map[string]any{"seal": map[string]any{"revocation": true}}},
		{"no passphrase file", "needs passphraseFile", map[string]any{"seal": map[string]any{"pkcs12": "x"}}},
		{"half a token", "needs module, token, key and pinFile", map[string]any{"seal": map[string]any{"pkcs11": map[string]any{"module": "x"}, "certificate": "y"}}},
		{"half a timestamp", "url and certificates", map[string]any{"timestamp": map[string]any{"url": "https://tsa.example"}}},
		{"no address", "is not an address", map[string]any{"timestamp": map[string]any{"url": "tsa.example", "certificates": "x"}}},
		{"a slip of the pen", "unknown field", map[string]any{"seal": map[string]any{"pkcs12": "x", "passphrase": passphrase}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o.configure(c.members)
			exit, out, complaints := runMain("", "serve", "--data", o.data, "--listen", "127.0.0.1:0")
			if exit != exitUsage || !strings.Contains(complaints, c.says) {
				t.Errorf("exit %d, %s, want %q", exit, complaints, c.says)
			}
			if strings.Contains(out+complaints, passphrase) {
				t.Errorf("it tells the passphrase: %s%s", out, complaints)
			}
		})
	}
	// What needs no seal goes on without it.
	o.configure(p12("good.p12", "wrong"))
	o.run("", "status", "publish", "--data", o.data)
}
