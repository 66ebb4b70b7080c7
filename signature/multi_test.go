package signature_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"

	"yizheng/signature"
)

func signMulti(t testing.TB, typ string, signers ...signature.Signer) []byte {
	t.Helper()
	b, err := signature.SignMulti(signers, signature.Header{Type: typ}, []byte(`{"seq":1}`))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parseMulti(t testing.TB, b []byte) *signature.Multi {
	t.Helper()
	m, err := signature.ParseMulti(b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMultiThreshold(t *testing.T) {
	a, aKey := newES256(t)
	b, _ := newEdDSA(t)
	c, _ := newES256(t)
	stranger, _ := newES256(t)
	all := []signature.PublicKey{a.public, b.public, c.public}
	sign := func(signers ...signature.Signer) *signature.Multi {
		return parseMulti(t, signMulti(t, "yz-test", signers...))
	}
	forged := sign(a, b)
	for i := range forged.Signatures {
		if forged.Signatures[i].Header.KeyID == b.public.KeyID() {
			forged.Signatures[i].Signature[0] ^= 1
		}
	}
	high := sign(a)
	high.Signatures[0].Signature = twin(high.Signatures[0].Signature)
	changed := sign(a, b)
	changed.Payload = append(changed.Payload, ' ')
	borrowed := sign(a, stranger) // a's signature under c's name
	borrowed.Signatures[0].Header.KeyID, borrowed.Signatures[1].Header.KeyID = c.public.KeyID(), c.public.KeyID()

	tests := []struct {
		name      string
		multi     *signature.Multi
		keys      []signature.PublicKey
		threshold int
		typ       string
		want      error
	}{
		{"three of three", sign(a, b, c), all, 3, "yz-test", nil},
		{"two of three", sign(a, c), all, 2, "yz-test", nil},
		{"one of one", sign(b), []signature.PublicKey{b.public}, 1, "yz-test", nil},
		{"a stranger beside", sign(a, c, stranger), all, 2, "yz-test", nil},
		{"one of two wanted", sign(a), all, 2, "yz-test", signature.ErrThreshold},
		{"strangers only", sign(stranger), all, 1, "yz-test", signature.ErrThreshold},
		{"a stranger does not count", sign(a, stranger), all, 2, "yz-test", signature.ErrThreshold},
		{"a key given twice counts once", sign(a), []signature.PublicKey{a.public, a.public}, 2, "yz-test", signature.ErrKey},
		{"a signature held twice counts once", &signature.Multi{
			Payload: sign(a).Payload, Signatures: append(sign(a).Signatures, sign(a).Signatures...),
		}, all, 2, "yz-test", signature.ErrThreshold},
		{"no keys", sign(a), nil, 1, "yz-test", signature.ErrKey},
		{"threshold 0", sign(a), all, 0, "yz-test", signature.ErrKey},
		{"threshold below 0", sign(a), all, -1, "yz-test", signature.ErrKey},
		{"threshold above the keys", sign(a, b, c), all, 4, "yz-test", signature.ErrKey},
		{"other type", sign(a, b), all, 2, "yz-other", signature.ErrType},
		{"a forged one among enough", forged, all, 1, "yz-test", signature.ErrSignature},
		{"high S", high, all, 1, "yz-test", signature.ErrHighS},
		{"other payload", changed, all, 2, "yz-test", signature.ErrSignature},
		{"under another's name", borrowed, all, 1, "yz-test", signature.ErrSignature},
		{"empty", &signature.Multi{}, all, 1, "yz-test", signature.ErrThreshold},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := test.multi.Verify(test.keys, test.threshold, test.typ); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
	// A general JOSE library reads it too.
	text := signMulti(t, "yz-test", a, b)
	if payload, err := jws.Verify(text, jws.WithKey(jwa.ES256, &aKey.PublicKey)); err != nil || string(payload) != `{"seq":1}` {
		t.Errorf("jwx: %s, %v", payload, err)
	}
}

func TestMultiRefusesOtherForms(t *testing.T) {
	a, _ := newES256(t)
	b, _ := newES256(t)
	good := string(signMulti(t, "yz-test", a, b))
	first := good[strings.Index(good, `[{`)+1 : strings.Index(good, `},{`)+1]
	second := good[strings.Index(good, `},{`)+2 : strings.LastIndex(good, `]`)]
	enc := base64.RawURLEncoding
	header := func(h string) string {
		return fmt.Sprintf(`{"payload":"","signatures":[{"protected":"%s","signature":"%s"}]}`,
			enc.EncodeToString([]byte(h)), enc.EncodeToString(make([]byte, 64)))
	}
	tests := []struct {
		name, text string
		ok         bool
	}{
		{"as it is", good, true},
		{"indented", strings.ReplaceAll(good, `,"`, ",\n  \""), true},
		{"one signature", strings.Replace(good, ","+second, "", 1), true},
		{"any header of ours", header(`{"alg":"ES256","kid":"AAAAAAAA","typ":"yz-test"}`), true},
		{"other order", strings.Replace(strings.Replace(strings.Replace(good, first, "@", 1), second, first, 1), "@", second, 1), false},
		{"one twice", strings.Replace(good, second, first, 1), false},
		{"no signatures", `{"payload":"","signatures":[]}`, false},
		{"null signatures", `{"payload":"","signatures":null}`, false},
		{"flattened", `{"payload":"",` + first[1:], false},
		{"unprotected header", strings.Replace(good, `{"protected"`, `{"header":{"a":1},"protected"`, 1), false},
		{"unknown member", strings.Replace(good, `{"payload"`, `{"a":1,"payload"`, 1), false},
		{"member twice", strings.Replace(good, `{"payload"`, `{"payload":"","payload"`, 1), false},
		{"behind it more", good + "0", false},
		{"no key id", header(`{"alg":"ES256","typ":"yz-test"}`), false},
		{"header with white space", header(`{"alg":"ES256", "kid":"AAAAAAAA"}`), false},
		{"short signature", strings.Replace(header(`{"alg":"ES256","kid":"AAAAAAAA"}`), `"signature":"AAAA`, `"signature":"`, 1), false},
		{"escape", strings.Replace(good, `"payload"`, `"\u0070ayload"`, 1), false},
		{"nothing", "", false},
		{"null", "null", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := signature.ParseMulti([]byte(test.text))
			if test.ok != (err == nil) || err != nil && !errors.Is(err, signature.ErrMalformed) {
				t.Fatalf("%v, want ok %v\n%s", err, test.ok, test.text)
			}
			var again signature.Multi
			if err := json.Unmarshal([]byte(test.text), &again); test.ok && err != nil {
				t.Errorf("json.Unmarshal: %v", err)
			}
			if m != nil && test.name == "as it is" {
				if b, err := json.Marshal(m); err != nil || string(b) != good {
					t.Errorf("marshals to %s, %v", b, err)
				}
			}
		})
	}
}

func TestMultiCaps(t *testing.T) {
	if _, err := signature.ParseMulti(bytes.Repeat([]byte(" "), signature.MaxMulti+1)); !errors.Is(err, signature.ErrMalformed) {
		t.Errorf("size: %v", err)
	}
	var signers []signature.Signer
	for range signature.MaxSignatures + 1 {
		s, _ := newEdDSA(t)
		signers = append(signers, s)
	}
	if _, err := signature.SignMulti(signers, signature.Header{}, nil); !errors.Is(err, signature.ErrMalformed) {
		t.Errorf("signers: %v", err)
	}
	if _, err := signature.SignMulti(nil, signature.Header{}, nil); !errors.Is(err, signature.ErrMalformed) {
		t.Errorf("no signers: %v", err)
	}
	if _, err := signature.SignMulti([]signature.Signer{signers[0], signers[0]}, signature.Header{}, nil); !errors.Is(err, signature.ErrMalformed) {
		t.Errorf("one signer twice: %v", err)
	}
	parseMulti(t, signMulti(t, "yz-test", signers[:signature.MaxSignatures]...))
}
