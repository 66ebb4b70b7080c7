package signature_test

import (
	"errors"
	"strings"
	"testing"

	"yizheng/signature"
)

func TestHeaderCanonical(t *testing.T) {
	tests := []struct {
		header signature.Header
		want   string
	}{
		{signature.Header{}, ""},
		{signature.Header{Type: "yz-test"}, ""}, // no algorithm
		{signature.Header{Algorithm: "ES256"}, `{"alg":"ES256"}`},
		{signature.Header{Algorithm: "ES256", Type: "statuslist+jwt"}, `{"alg":"ES256","typ":"statuslist+jwt"}`},
		{
			signature.Header{Algorithm: "SM2-SM3", Dictionary: "d-_9", KeyID: "k", Type: "t", Zip: "DEF"},
			`{"alg":"SM2-SM3","dict":"d-_9","kid":"k","typ":"t","zip":"DEF"}`,
		},
		{signature.Header{Algorithm: "ES256", Type: `a"b`}, ""},
		{signature.Header{Algorithm: "ES256", Type: `a\b`}, ""},
		{signature.Header{Algorithm: "ES256", Type: "a\n"}, ""},
		{signature.Header{Algorithm: "ES256", Type: "一证"}, ""},
		{signature.Header{Algorithm: "ES256", Type: "a\xff"}, ""},
		{signature.Header{Algorithm: "ES256", Dictionary: strings.Repeat("a", signature.MaxHeader)}, ""},
	}
	for _, test := range tests {
		if got := string(test.header.Canonical()); got != test.want {
			t.Errorf("%+v: %s, want %s", test.header, got, test.want)
		}
	}
}

// broken signs as it is told to.
type broken struct {
	public signature.PublicKey
	sig    []byte
	err    error
}

func (b broken) PublicKey() signature.PublicKey { return b.public }
func (b broken) Sign([]byte) ([]byte, error)    { return b.sig, b.err }

func TestSignCompact(t *testing.T) {
	s, _ := newES256(t)
	down := errors.New("the HSM is down")
	tests := []struct {
		name    string
		signer  signature.Signer
		header  signature.Header
		payload []byte
		want    error
	}{
		{"plain", s, signature.Header{Type: "yz-test"}, []byte("payload"), nil},
		{"no payload", s, signature.Header{Type: "yz-test"}, nil, nil},
		{"header that says otherwise", s, signature.Header{Algorithm: "none", KeyID: "x", Type: "yz-test"}, nil, nil},
		{"no key", broken{}, signature.Header{Type: "yz-test"}, nil, signature.ErrKey},
		{"no signature", broken{public: s.public, err: down}, signature.Header{}, nil, down},
		{"short signature", broken{public: s.public, sig: []byte("sig")}, signature.Header{}, nil, signature.ErrSignature},
		{"impossible type", s, signature.Header{Type: "<>"}, nil, signature.ErrMalformed},
		{"huge payload", s, signature.Header{}, make([]byte, signature.MaxCompact), signature.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text, err := signature.SignCompact(test.signer, test.header, test.payload)
			if !errors.Is(err, test.want) {
				t.Fatalf("%v, want %v", err, test.want)
			}
			if err != nil {
				return
			}
			jws, err := signature.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if err := jws.Verify(s.public, "yz-test"); err != nil {
				t.Error(err)
			}
			if jws.Header.Algorithm != signature.ES256 || jws.Header.KeyID != s.public.KeyID() || jws.String() != text {
				t.Errorf("%+v", jws)
			}
		})
	}
}

func TestParseCap(t *testing.T) {
	if _, err := signature.Parse(strings.Repeat("A", signature.MaxCompact+1)); !errors.Is(err, signature.ErrMalformed) {
		t.Errorf("%v, want %v", err, signature.ErrMalformed)
	}
}

// TestVerifyReadsWhatIsThere changes a parsed JWS before it is verified: what
// counts is what the caller will use.
func TestVerifyReadsWhatIsThere(t *testing.T) {
	s, _ := newEdDSA(t)
	jws, err := signature.Parse(compact(t, s, signature.Header{Type: "yz-test"}, "payload"))
	if err != nil {
		t.Fatal(err)
	}
	jws.Payload[0] = 'P'
	if err := jws.Verify(s.public, "yz-test"); !errors.Is(err, signature.ErrSignature) {
		t.Errorf("%v, want %v", err, signature.ErrSignature)
	}
}
