package credential

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"time"

	"yizheng/license"
)

// CredentialType is the vct of an SD-JWT VC: the same for all issuers.
const CredentialType = "urn:yizheng:industry-license:1"

// saltSize is 128 bits, as RFC 9901 recommends: without a salt a digest could
// be guessed, as there are few permits.
const saltSize = 16

// selective is the payload of an SD-JWT VC. Of each permit there is a digest,
// so that a reader sees how many there are, and of the representative, who is
// a person.
type selective struct {
	Issuer    string    `json:"iss"`
	IssuedAt  int64     `json:"iat"`
	Type      string    `json:"vct"`
	Algorithm string    `json:"_sd_alg"`
	Status    reference `json:"status"`
	subject
	Holder  selectiveHolder `json:"holder"`
	Permits []digested      `json:"permits"`
}

type selectiveHolder struct {
	Digests    []string           `json:"_sd"`
	Name       string             `json:"name"`
	CreditCode license.CreditCode `json:"creditCode"`
	Premises   string             `json:"premises"`
}

// digested stands for an element of a list that is disclosed apart.
type digested struct {
	Digest string `json:"..."`
}

// selective gives the payload, and the disclosures of the representative and
// of those permits whose numbers are in shown; of all where it is empty.
func (e *Exporter) selective(l license.License, at time.Time, shown []string) (selective, []string, error) {
	var disclosures []string
	disclose := func(show bool, parts ...any) (string, error) {
		disclosure, err := e.disclosure(parts...)
		if err != nil {
			return "", err
		}
		if show {
			disclosures = append(disclosures, disclosure)
		}
		sum := sha256.Sum256([]byte(disclosure))
		return base64.RawURLEncoding.EncodeToString(sum[:]), nil
	}
	s := selective{
		Issuer: e.c.Issuer, IssuedAt: at.Unix(), Type: CredentialType, Algorithm: "sha-256",
		Status: e.reference(l.StatusIndex), subject: subjectOf(l),
		Holder: selectiveHolder{Name: l.Holder.Name, CreditCode: l.Holder.CreditCode, Premises: l.Holder.Premises},
	}
	representative, err := disclose(len(shown) == 0, "representative", l.Holder.Representative)
	if err != nil {
		return s, nil, err
	}
	s.Holder.Digests = []string{representative}
	for _, p := range e.permits(l) {
		digest, err := disclose(len(shown) == 0 || slices.Contains(shown, p.Number), p)
		if err != nil {
			return s, nil, err
		}
		s.Permits = append(s.Permits, digested{digest})
	}
	return s, disclosures, nil
}

// disclosure writes a salt and what it hides: name and value of a member, or
// an element of a list.
func (e *Exporter) disclosure(parts ...any) (string, error) {
	var salt [saltSize]byte
	if _, err := io.ReadFull(e.c.Random, salt[:]); err != nil {
		return "", fmt.Errorf("drawing a salt: %w", err)
	}
	text, err := encode(append([]any{base64.RawURLEncoding.EncodeToString(salt[:])}, parts...))
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}
