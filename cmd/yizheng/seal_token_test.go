//go:build pkcs11

package main

import (
	"strings"
	"testing"

	"yizheng/keys/pkcs11/softtest"
	"yizheng/seal/sealtest"
	"yizheng/verifier"
)

// TestSealInToken seals with a key that lies in a PKCS#11 token.
func TestSealInToken(t *testing.T) {
	w := sealtest.New(t)
	key := softtest.Key(t, "ec")
	soft := softtest.New(t)
	soft.Import("seal", key)
	id := w.Seal("上海市长宁区行业综合许可专用章", key)
	o := newSealOffice(t)
	certificate := o.write("seal.pem", []byte(sealtest.PEM(id.Certificate, w.Intermediate)), 0o644)
	o.write("pin", []byte(soft.PIN+"\n"), 0o600)
	o.write("wrong", []byte("000000\n"), 0o600)
	o.write("loose", []byte(soft.PIN), 0o640)
	configure := func(pin, label string) {
		o.configure(map[string]any{"seal": map[string]any{"certificate": certificate,
			"pkcs11": map[string]any{"module": soft.Module, "token": soft.Token, "key": label, "pinFile": o.path(pin)}}})
	}
	o.name("--add", certificate)
	for _, c := range []struct{ pin, label, says string }{
		{"wrong", "seal", "opening token"},
		{"loose", "seal", "loose permissions"},
		{"pin", "another", "not one key of this label"},
	} {
		configure(c.pin, c.label)
		exit, out, complaints := runMain("", o.issue()...)
		if exit != exitUsage || !strings.Contains(complaints, c.says) || strings.Contains(out+complaints, soft.PIN) {
			t.Errorf("exit %d, %s, want %q", exit, complaints, c.says)
		}
	}
	configure("pin", "seal")
	t.Log(o.run("", "seal", "show", "--data", o.data, "--try"))
	o.run("", o.issue()...)
	if got := o.verify(); got.Seal != verifier.SealValid || got.Page != verifier.PageAgrees {
		t.Errorf("verify says %+v", got)
	}
}
