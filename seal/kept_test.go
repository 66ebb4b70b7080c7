package seal_test

import (
	"crypto/x509"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yizheng/seal"
	"yizheng/seal/sealtest"
)

var update = flag.Bool("update", false, "make the kept seals anew; those in the repository must verify for ever, so only where there are none")

// kept is a seal that was made once, with what must be said of it for ever.
type kept struct {
	Document    []byte    `json:"document"`
	Seal        []byte    `json:"seal"`      // certificate, DER
	Authority   []byte    `json:"authority"` // of timestamps, DER; empty without
	SigningTime time.Time `json:"signingTime"`
	Timestamp   time.Time `json:"timestamp,omitzero"`
}

// TestKeptSeals verifies seals of the past: whatever becomes stricter, what
// was handed out must stay good. Their certificates need not be in force any
// more.
func TestKeptSeals(t *testing.T) {
	files, err := filepath.Glob("testdata/kept/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if *update && len(files) == 0 {
		keepSeals(t)
		files = want(filepath.Glob("testdata/kept/*.json"))(t)
	}
	if len(files) == 0 {
		t.Fatal("there are none")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var k kept
			if err := json.Unmarshal(want(os.ReadFile(file))(t), &k); err != nil {
				t.Fatal(err)
			}
			trust := seal.Trust{Seals: []*x509.Certificate{want(x509.ParseCertificate(k.Seal))(t)}}
			if len(k.Authority) > 0 {
				trust.Authorities = []*x509.Certificate{want(x509.ParseCertificate(k.Authority))(t)}
			}
			r := want(trust.Verify(k.Document))(t)
			if !r.Accepted() || !r.SigningTime.Equal(k.SigningTime) || !r.Timestamp.Equal(k.Timestamp) {
				t.Errorf("report is %+v", r)
			}
		})
	}
}

func keepSeals(t *testing.T) {
	w := sealtest.New(t)
	w.Know(w.TSA)
	soon := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(time.Hour) } // it has expired when this is read
	for name, c := range map[string]struct {
		id   seal.Identity
		full bool
	}{
		"p256-bare":           {w.Seal("seal", sealtest.NewKey(t), soon), false},
		"rsa-bare":            {w.Seal("seal", sealtest.NewRSAKey(t), soon), false},
		"p256-stamped-proven": {w.Seal("seal", sealtest.NewKey(t), soon), true},
		"rsa-stamped-proven":  {w.Seal("seal", sealtest.NewRSAKey(t), soon), true},
	} {
		w.Know(c.id.Certificate)
		d := sealOne(t, want(seal.New(config(t, w, c.id, c.full, c.full)))(t))
		k := kept{Document: d.pdf, Seal: c.id.Certificate.Raw, SigningTime: d.SigningTime, Timestamp: d.Timestamp}
		if c.full {
			k.Authority = w.Root.Raw
		}
		if err := os.MkdirAll("testdata/kept", 0o755); err != nil {
			t.Fatal(err)
		}
		b := want(json.MarshalIndent(k, "", " "))(t)
		if err := os.WriteFile(filepath.Join("testdata/kept", name+".json"), append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
