package signature_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"yizheng/signature"
)

// verdicts are the names that the vectors use.
var verdicts = map[string]error{
	"ok":        nil,
	"malformed": signature.ErrMalformed,
	"algorithm": signature.ErrAlgorithm,
	"type":      signature.ErrType,
	"key":       signature.ErrKey,
	"signature": signature.ErrSignature,
	"high_s":    signature.ErrHighS,
}

// TestVectors checks each file in testdata/vectors: a compact JWS, the key,
// and the verdict.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var v struct {
				Key                               signature.PublicKey
				Thumbprint, Typ, Compact, Verdict string
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b, &v); err != nil {
				t.Fatal(err)
			}
			thumbprint := v.Key.Thumbprint()
			if got := base64.RawURLEncoding.EncodeToString(thumbprint[:]); got != v.Thumbprint {
				t.Errorf("thumbprint %s, want %s", got, v.Thumbprint)
			}
			want, known := verdicts[v.Verdict]
			if !known {
				t.Fatalf("verdict %q", v.Verdict)
			}
			got := check(v.Compact, v.Key, v.Typ)
			if !errors.Is(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
			if v.Verdict == "signature" && errors.Is(got, signature.ErrHighS) {
				t.Errorf("%v, want a signature that is wrong otherwise", got)
			}
		})
	}
}

func check(text string, key signature.PublicKey, typ string) error {
	jws, err := signature.Parse(text)
	if err != nil {
		return err
	}
	return jws.Verify(key, typ)
}

// TestRFC7515A6 holds that unprotected headers are refused: what is in them
// is not signed.
func TestRFC7515A6(t *testing.T) {
	b, err := os.ReadFile("testdata/rfc7515-a6.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signature.ParseMulti(b); !errors.Is(err, signature.ErrMalformed) {
		t.Errorf("%v, want %v", err, signature.ErrMalformed)
	}
}
