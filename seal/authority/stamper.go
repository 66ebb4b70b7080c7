package authority

import (
	"context"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"

	"yizheng/seal"
)

// Stamper asks one time stamping authority.
type Stamper struct {
	address string
	random  io.Reader
	caller  caller
}

var _ seal.Stamper = (*Stamper)(nil)

// NewStamper asks the authority at the address, through the transport (nil:
// the usual one).
func NewStamper(address string, transport http.RoundTripper) (*Stamper, error) {
	if err := CheckAddress(address); err != nil {
		return nil, fmt.Errorf("time stamping authority: %w", err)
	}
	return &Stamper{address: address, random: rand.Reader, caller: caller{transport}}, nil
}

// maxToken is the most bytes that an answer may have. Tokens with their
// chains have three to eight thousand.
const maxToken = 32 << 10

type imprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

type stampRequest struct {
	Version  int
	Imprint  imprint
	Nonce    *big.Int
	WithCert bool
}

type stampResponse struct {
	Status struct {
		Status int
		Text   []asn1.RawValue `asn1:"optional"`
		Fault  asn1.BitString  `asn1:"optional"`
	}
	Token asn1.RawValue `asn1:"optional"`
}

// Stamp asks for a token over the digest, with the authority's certificate in
// it, and checks that it is over this digest and answers this request, and
// that its signature is good by that certificate. Whose certificate it is, is
// for [seal.Timestamp.TrustedBy] to say.
func (s *Stamper) Stamp(ctx context.Context, digest [32]byte) ([]byte, error) {
	nonce, err := rand.Int(s.random, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, fmt.Errorf("drawing a nonce: %w", err)
	}
	sha256 := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}
	request, err := asn1.Marshal(stampRequest{1, imprint{sha256, digest[:]}, nonce, true})
	if err != nil {
		return nil, fmt.Errorf("encoding the request: %w", err)
	}
	answer, err := s.caller.post(ctx, s.address, "application/timestamp-query", request, maxToken)
	if err != nil {
		return nil, err
	}
	token, err := open(answer, digest, nonce)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", seal.ErrUnavailable, s.address, err)
	}
	return token, nil
}

// open takes the token out of an answer.
func open(answer []byte, digest [32]byte, nonce *big.Int) ([]byte, error) {
	var response stampResponse
	if rest, err := asn1.Unmarshal(answer, &response); err != nil || len(rest) > 0 {
		return nil, errors.New("the answer is not a timestamp's")
	}
	if response.Status.Status > 1 || response.Status.Status < 0 { // granted, granted with changes
		return nil, fmt.Errorf("the authority refuses with status %d%s", response.Status.Status, reasons(response.Status.Text))
	}
	t, err := seal.ParseTimestamp(response.Token.FullBytes)
	switch {
	case err != nil:
		return nil, err
	case t.Digest != digest:
		return nil, errors.New("the timestamp is of something else")
	case t.Nonce == nil || t.Nonce.Cmp(nonce) != 0:
		return nil, errors.New("the timestamp answers another request")
	}
	return response.Token.FullBytes, nil
}

func reasons(text []asn1.RawValue) string {
	all := ""
	for _, t := range text {
		all += fmt.Sprintf(", %q", t.Bytes)
	}
	return all
}
