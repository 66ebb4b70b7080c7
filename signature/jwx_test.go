package signature_test

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"

	"yizheng/signature"
)

// jwxVerifies is the verdict of a general JOSE library.
func jwxVerifies(text string, alg jwa.SignatureAlgorithm, key crypto.PublicKey) bool {
	_, err := jws.Verify([]byte(text), jws.WithKey(alg, key), jws.WithCompact())
	return err == nil
}

type pair struct {
	signer
	alg jwa.SignatureAlgorithm
	key crypto.PublicKey
}

func pairs(t testing.TB) []pair {
	es, esKey := newES256(t)
	ed, edKey := newEdDSA(t)
	return []pair{{es, jwa.ES256, &esKey.PublicKey}, {ed, jwa.EdDSA, edKey.Public()}}
}

// TestAgreesWithJWX changes each character of signed texts, and cuts and
// lengthens them. Nothing that we accept is refused by jwx; what jwx accepts
// and we refuse is named, and is nothing else than what is named.
func TestAgreesWithJWX(t *testing.T) {
	const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\"{"
	random := rand.New(rand.NewPCG(1, 2))
	for _, p := range pairs(t) {
		text := compact(t, p, signature.Header{Type: "yz-test"}, `{"a":1}`)
		inputs := []string{text, "", ".", "..", "...", text + ".", "." + text, text + "=", text + "A", text[:len(text)-1], text + text}
		for i := range text {
			for range 6 {
				c := characters[random.IntN(len(characters))]
				inputs = append(inputs, text[:i]+string(c)+text[i+1:], text[:i]+string(c)+text[i:])
			}
			inputs = append(inputs, text[:i]+text[i+1:], text[:i])
		}
		var both, neither, stricter int
		for _, input := range inputs {
			err := check(input, p.public, "yz-test")
			theirs := jwxVerifies(input, p.alg, p.key)
			switch {
			case err == nil && theirs:
				both++
			case err != nil && !theirs:
				neither++
			case err == nil:
				t.Errorf("%s: we accept what jwx refuses: %q", p.alg, input)
			default:
				stricter++
				if reason := tolerated(input, text); reason == "" {
					t.Errorf("%s: jwx accepts what we refuse (%v), and not on purpose: %q", p.alg, err, input)
				}
			}
		}
		if both == 0 || neither == 0 {
			t.Errorf("%s: %d accepted, %d refused by both", p.alg, both, neither)
		}
		t.Logf("%s: %d inputs: %d accepted by both, %d refused by both, %d by us only", p.alg, len(inputs), both, neither, stricter)
	}
}

// tolerated names what jwx forgives in the encoding of a text and we do not,
// or is empty where input is not the text in another encoding.
func tolerated(input, text string) string {
	loose := func(s string) string {
		s = strings.NewReplacer("+", "-", "/", "_", "=", "", "\n", "", "\r", "", " ", "").Replace(s)
		var out []string
		for part := range strings.SplitSeq(s, ".") {
			b, err := base64.RawURLEncoding.DecodeString(part) // not strict: spare bits pass
			if err != nil {
				return s
			}
			out = append(out, string(b))
		}
		return strings.Join(out, ".")
	}
	if input != text && loose(input) == loose(text) {
		return "another encoding of the same bytes"
	}
	return ""
}

// TestStricterThanJWX lists the properly signed texts that any JOSE library
// accepts and we refuse on purpose, with our reason.
func TestStricterThanJWX(t *testing.T) {
	for _, p := range pairs(t) {
		id := p.public.KeyID()
		headers := map[string]error{
			fmt.Sprintf(`{"alg":"%s","kid":"%s","typ":"yz-test"}`, p.alg, id):                                  nil,
			fmt.Sprintf(`{"alg":"%s","typ":"yz-test"}`, p.alg):                                                 nil,
			fmt.Sprintf(`{"typ":"yz-test","alg":"%s"}`, p.alg):                                                 signature.ErrMalformed, // order
			fmt.Sprintf(`{"alg": "%s","typ":"yz-test"}`, p.alg):                                                signature.ErrMalformed, // white space
			fmt.Sprintf(`{"alg":"%s","typ":"yz-test","x":"y"}`, p.alg):                                         signature.ErrMalformed, // unknown member
			fmt.Sprintf(`{"alg":"%s","typ":"yz-test","jku":"https://a.example"}`, p.alg):                       signature.ErrMalformed,
			fmt.Sprintf(`{"alg":"%s","typ":"yz\u002dtest"}`, p.alg):                                            signature.ErrMalformed, // escape
			fmt.Sprintf(`{"alg":"%s","kid":"","typ":"yz-test"}`, p.alg):                                        signature.ErrMalformed, // empty
			fmt.Sprintf(`{"alg":"%s","kid":"AAAAAAAA","typ":"yz-test"}`, p.alg):                                signature.ErrKey,
			fmt.Sprintf(`{"alg":"%s","typ":"yz-other"}`, p.alg):                                                signature.ErrType,
			fmt.Sprintf(`{"alg":"%s"}`, p.alg):                                                                 signature.ErrType,
			fmt.Sprintf(`{"alg":"%s","typ":"yz-test","dict":"%s"}`, p.alg, strings.Repeat("a", 600)):           signature.ErrMalformed, // order, size
			fmt.Sprintf(`{"alg":"%s","dict":"%s","typ":"yz-test"}`, p.alg, strings.Repeat("a", 600)):           signature.ErrMalformed, // size
			fmt.Sprintf(`{"alg":"%s","alg":"%s","typ":"yz-test"}`, p.alg, p.alg):                               signature.ErrMalformed, // double
			fmt.Sprintf(`{"alg":"%s","dict":"AAAAAAAAAAA","kid":"%s","typ":"yz-test","zip":"DEF"}`, p.alg, id): nil,
		}
		for header, want := range headers {
			enc := base64.RawURLEncoding
			input := enc.EncodeToString([]byte(header)) + "." + enc.EncodeToString([]byte("payload"))
			sig, err := p.Sign([]byte(input))
			if err != nil {
				t.Fatal(err)
			}
			input += "." + enc.EncodeToString(sig)
			if !jwxVerifies(input, p.alg, p.key) {
				t.Errorf("jwx refuses %s", header)
			}
			if err := check(input, p.public, "yz-test"); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", header, err, want)
			}
		}
	}
}

// TestHighSIsTheOnlyDifferenceInSignatures signs often: jwx takes both twins
// of each ES256 signature, we take the one with low S.
func TestHighSIsTheOnlyDifferenceInSignatures(t *testing.T) {
	s, key := newES256(t)
	for i := range 200 {
		text := compact(t, s, signature.Header{Type: "yz-test"}, fmt.Sprint(i))
		parsed, err := signature.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		high := signature.Compact(parsed.Header, parsed.Payload, twin(parsed.Signature))
		if !jwxVerifies(text, jwa.ES256, &key.PublicKey) || !jwxVerifies(high, jwa.ES256, &key.PublicKey) {
			t.Fatal("jwx refuses one of the twins")
		}
		if err := check(text, s.public, "yz-test"); err != nil {
			t.Fatalf("low S: %v", err)
		}
		if err := check(high, s.public, "yz-test"); !errors.Is(err, signature.ErrHighS) || !errors.Is(err, signature.ErrSignature) {
			t.Fatalf("high S: %v, want %v", err, signature.ErrHighS)
		}
	}
}

// TestKeysAgreeWithJWX compares JWK and thumbprint, and takes a JWK of jwx's
// making.
func TestKeysAgreeWithJWX(t *testing.T) {
	for _, p := range pairs(t) {
		theirs, err := jwk.FromRaw(p.key)
		if err != nil {
			t.Fatal(err)
		}
		want, err := theirs.Thumbprint(crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.public.Thumbprint(); string(got[:]) != string(want) {
			t.Errorf("%s: thumbprint %x, jwx has %x", p.alg, got, want)
		}
		for name, value := range map[string]any{jwk.AlgorithmKey: p.alg, jwk.KeyIDKey: p.public.KeyID()} {
			if err := theirs.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
		b, err := json.Marshal(theirs)
		if err != nil {
			t.Fatal(err)
		}
		var ours signature.PublicKey
		if err := json.Unmarshal(b, &ours); err != nil || !ours.Equal(p.public) {
			t.Errorf("%s: %s read as %v, %v", p.alg, b, ours, err)
		}
		if b, err = json.Marshal(p.public); err != nil {
			t.Fatal(err)
		}
		if back, err := jwk.ParseKey(b); err != nil || back.KeyID() != p.public.KeyID() {
			t.Errorf("jwx reads %s as %v, %v", b, back, err)
		}
	}
}
