package keys_test

import (
	"encoding/asn1"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"yizheng/keys"
)

// TestSM2AndOpenSSL holds our SM2 with SM3 to another implementation, both ways,
// by the user id of the profile.
func TestSM2AndOpenSSL(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	openssl := func(args ...string) error {
		out, err := exec.Command("openssl", args...).CombinedOutput()
		if err != nil {
			t.Logf("openssl: %s", out)
		}
		return err
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", path("key")))
	must(os.Chmod(path("key"), 0o600))
	must(openssl("pkey", "-in", path("key"), "-pubout", "-out", path("pub")))
	message := []byte("a license")
	must(os.WriteFile(path("message"), message, 0o600))
	sm2 := []string{"-in", path("message"), "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"}
	key, err := keys.Import(path("key"), keys.UseLicense, nil)
	must(err)

	must(openssl(append([]string{"pkeyutl", "-sign", "-inkey", path("key"), "-out", path("theirs")}, sm2...)...))
	der, err := os.ReadFile(path("theirs"))
	must(err)
	var sig struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &sig); err != nil {
		t.Fatal(err)
	}
	raw := make([]byte, 64)
	sig.R.FillBytes(raw[:32])
	sig.S.FillBytes(raw[32:])
	must(key.PublicKey().Verify(message, raw))

	check := func(ours []byte) error {
		sig.R, sig.S = new(big.Int).SetBytes(ours[:32]), new(big.Int).SetBytes(ours[32:])
		der, err := asn1.Marshal(sig)
		must(err)
		must(os.WriteFile(path("ours"), der, 0o600))
		return openssl(append([]string{"pkeyutl", "-verify", "-pubin", "-inkey", path("pub"), "-sigfile", path("ours")}, sm2...)...)
	}
	ours, err := key.Sign(message)
	must(err)
	must(check(ours))
	ours[40] ^= 1
	if check(ours) == nil || key.PublicKey().Verify(message, ours) == nil {
		t.Error("a changed signature verifies")
	}
}
