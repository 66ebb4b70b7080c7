package payload_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"yizheng/license"
	"yizheng/signature"
)

// publicKey is made from nothing secret: what is signed here proves nothing.
func publicKey(t testing.TB) signature.PublicKey {
	t.Helper()
	seed := sha256.Sum256([]byte("yizheng payload test, worthless"))
	k, err := signature.NewPublicKey(ed25519.NewKeyFromSeed(seed[:]).Public())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// fixtures are the licenses of testdata/licenses, as the first of their year.
func fixtures(t testing.TB) []*license.License {
	t.Helper()
	files, err := filepath.Glob("testdata/licenses/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no licenses", err)
	}
	var all []*license.License
	for i, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		l := &license.License{}
		if err := json.Unmarshal(b, l); err != nil {
			t.Fatal(err)
		}
		c := catalogue(t, "310105")
		l.Region, l.Issuer, l.Catalogue = c.Region, c.Issuer.Name, c.Version
		l.Identifier = license.Identifier{
			Type: c.TypeCode, Issuer: string(c.Issuer.Code), Serial: fmt.Sprintf("2026%07d", 1207+i), Version: 1,
		}
		l.Number = string(l.Region) + l.Identifier.Serial
		l.IssueDate, _ = license.ParseDate("2026-06-03")
		l.StatusIndex = 1734221
		all = append(all, l)
	}
	return all
}
