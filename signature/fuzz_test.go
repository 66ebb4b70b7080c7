package signature_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"yizheng/signature"
)

// seeds adds what the vectors hold.
func seeds(f *testing.F, member string) {
	files, err := filepath.Glob("testdata/vectors/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var v map[string]json.RawMessage
		if err := json.Unmarshal(b, &v); err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(bytes.Trim(v[member], `"`)))
	}
}

func FuzzParse(f *testing.F) {
	seeds(f, "compact")
	s, _ := newES256(f)
	f.Add([]byte(compact(f, s, signature.Header{Dictionary: "AAAAAAAAAAA", Type: "yz-license", Zip: "DEF"}, "payload")))
	f.Fuzz(func(t *testing.T, b []byte) {
		jws, err := signature.Parse(string(b))
		if err != nil {
			return
		}
		if jws.String() != string(b) {
			t.Errorf("%q becomes %q", b, jws)
		}
		if jws.Verify(s.public, jws.Header.Type) == nil {
			again, err := signature.Parse(jws.String())
			if err != nil || again.Verify(s.public, jws.Header.Type) != nil {
				t.Errorf("%q verifies once", b)
			}
		}
	})
}

func FuzzParseMulti(f *testing.F) {
	a, _ := newES256(f)
	b, _ := newEdDSA(f)
	f.Add(signMulti(f, "yz-test", a))
	f.Add(signMulti(f, "yz-test", a, b))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := signature.ParseMulti(text)
		if err != nil {
			return
		}
		written, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var read bytes.Buffer
		if err := json.Compact(&read, text); err != nil || !bytes.Equal(written, read.Bytes()) {
			t.Errorf("%q becomes %q, %v", text, written, err)
		}
		_ = m.Verify([]signature.PublicKey{a.public, b.public}, 1, "yz-test") // must not panic
	})
}

func FuzzPublicKey(f *testing.F) {
	seeds(f, "key")
	f.Fuzz(func(t *testing.T, text []byte) {
		var key signature.PublicKey
		if err := key.UnmarshalJSON(text); err != nil {
			if !key.IsZero() {
				t.Errorf("%q is refused and yet read", text)
			}
			return
		}
		written, err := json.Marshal(key)
		if err != nil {
			t.Fatal(err)
		}
		var read bytes.Buffer
		if err := json.Compact(&read, text); err != nil || !bytes.Equal(written, read.Bytes()) {
			t.Errorf("%q becomes %q, %v", text, written, err)
		}
		if err := key.Verify(text, make([]byte, 64)); err == nil {
			t.Errorf("%s verifies zeros", key)
		}
	})
}

func FuzzVerify(f *testing.F) {
	es, _ := newES256(f)
	ed, _ := newEdDSA(f)
	sig, err := es.Sign([]byte("message"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("message"), sig)
	f.Add([]byte(""), make([]byte, 64))
	f.Fuzz(func(t *testing.T, message, other []byte) {
		for _, key := range []signature.PublicKey{es.public, ed.public} {
			if key.Verify(message, other) == nil && !bytes.Equal(other, sig) {
				t.Errorf("%s verifies %x", key, other)
			}
		}
	})
}
