package dispute

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
)

// MaxSigned is the most bytes that a signed statement or answer may have.
const MaxSigned = 16 << 10

// sign signs v and reads the signature as a stranger would.
func sign(signer signature.Signer, typ string, v any) (string, error) {
	payload, err := canonical(v)
	if err != nil {
		return "", fmt.Errorf("writing %s: %w", typ, err)
	}
	token, err := signature.SignCompact(signer, signature.Header{Type: typ}, payload)
	if err != nil {
		return "", fmt.Errorf("signing %s: %w", typ, err)
	}
	jws, err := signature.Parse(token)
	if err == nil {
		err = jws.Verify(signer.PublicKey(), typ)
	}
	if err != nil {
		return "", fmt.Errorf("checking the signature of %s: %w", typ, err)
	}
	return token, nil
}

// read reads what a compact JWS says, which proves nothing yet.
func read(token string, v any) (*signature.JWS, error) {
	if len(token) > MaxSigned {
		return nil, fmt.Errorf("%w: it has %d bytes", ErrMalformed, len(token))
	}
	jws, err := signature.Parse(token)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return jws, readCanonical(jws.Payload, v)
}

// ReadStatement reads a statement that was verified when it was kept.
func ReadStatement(token string) (s Statement, _ error) {
	_, err := read(token, &s)
	return s, err
}

// ReadAnswer reads an answer that was verified when it was kept.
func ReadAnswer(token string) (a Answer, _ error) {
	_, err := read(token, &a)
	return a, err
}

// openStatement reads a statement and checks that the member of the federation
// from which it claims to come has signed it.
func openStatement(token string, b *trust.Bundle, now time.Time) (Statement, error) {
	var s Statement
	jws, err := read(token, &s)
	if err != nil {
		return s, err
	}
	if !s.wellFormed() {
		return s, ErrMalformed
	}
	return s, signedBy(jws, TypeStatement, b, s.From, s.Made, now)
}

// OpenAnswer reads the answer to a statement that was filed here, which only
// the region that it was addressed to can give, by the trust list that counts
// at the instant now. Its errors are [ErrMalformed], [ErrStranger] and
// [ErrStale].
func OpenAnswer(token string, k Kept, b *trust.Bundle, now time.Time) (Answer, error) {
	var a Answer
	jws, err := read(token, &a)
	if err != nil {
		return a, err
	}
	s := k.Statement
	if !a.wellFormed() || a.Dispute != s.ID || a.Statement != digest(k.Signed) || a.From != s.To || a.To != s.From || a.License != s.License {
		return a, fmt.Errorf("%w: it does not answer this statement", ErrMalformed)
	}
	// Else a key that was retired before the statement was made could answer it,
	// by a date on which it still signed.
	if a.Made.Before(s.Made.Add(-clockAhead)) || a.Made.After(now.Add(clockAhead)) {
		return a, fmt.Errorf("%w: it is dated %s, for a statement of %s", ErrMalformed, a.Made, s.Made)
	}
	return a, signedBy(jws, TypeAnswer, b, s.To, a.Made, now)
}

// MediaType is that of a statement on its way (RFC 7515, section 9.2.1).
const MediaType = "application/jose"

// Receipt is what an issuer's deployment says of a statement that it holds.
type Receipt struct {
	ID         string    `json:"id"`
	ReceivedAt time.Time `json:"receivedAt"`       // UTC, whole seconds
	Answer     string    `json:"answer,omitempty"` // compact JWS; empty while there is none
}

// For says whether it is a receipt for a statement, in the form that ours
// have: an instant in another form may be none that can be shown.
func (r Receipt) For(id string) bool { return r.ID == id && whole(r.ReceivedAt) }

// Receipt is the receipt for a dispute that was received.
func (k Kept) Receipt() Receipt {
	return Receipt{ID: k.Statement.ID, ReceivedAt: k.ReceivedAt, Answer: k.Answering}
}

// digest names a signed statement: its answer carries it.
func digest(token string) string {
	d := sha256.Sum256([]byte(token))
	return hex.EncodeToString(d[:])
}

// signedBy checks a signature by the record key of a region's issuer, as the
// trust list that counts now names it for the day on which it was made.
func signedBy(jws *signature.JWS, typ string, b *trust.Bundle, region license.Region, made, now time.Time) error {
	k, named := b.KeyIn(region, jws.Header.KeyID)
	by := b.SpeakerOf(region)
	if named {
		by = k.By
	}
	if by == nil || by.List == nil {
		return ErrStranger
	}
	if end, _ := by.Ends(by.List.Term, trust.ListPart); !now.Before(end) || by.Ahead(now) {
		return ErrStale
	}
	day := license.DateOf(made)
	switch {
	case !named || k.Use != trust.UseRecord || !k.SignsOn(day) || !k.Issuer.IssuesOn(day):
		return ErrStranger
	case k.Closing != "" || k.Issuer.Closing != "":
		return fmt.Errorf("%w: its key was given up", ErrStranger)
	}
	if err := jws.Verify(k.PublicKey, typ); err != nil {
		return fmt.Errorf("%w: %w", ErrStranger, err)
	}
	return nil
}
