package root

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
)

// policySource is policy.json: the agreements as an editor leaves them. What
// has a sequence and a term is made from it at each signing.
type policySource struct {
	Agreements []trust.Agreement `json:"agreements"`
}

// Update signs list, policy and authorities as they stand, with the next
// sequence and a term of thirty days from now, and gives them in the form in
// which they are published (trust.Anchor.Open reads it). Run it daily: old
// documents stop counting.
func (r *Root) Update(now time.Time) ([]byte, error) {
	var policy policySource
	if err := readJSON(filepath.Join(r.dir, policyFile), &policy); err != nil {
		return nil, err
	}
	sequence, err := r.reserve()
	if err != nil {
		return nil, err
	}
	issued := now.UTC().Truncate(time.Second)
	term := trust.Term{Sequence: sequence, Issued: issued, Expires: issued.Add(trust.Lifetime)}
	signed := make(map[string]json.RawMessage, 3)
	for _, d := range []struct {
		member, typ string
		payload     any
	}{
		{"list", trust.TypeList, trust.List{Term: term, Issuers: r.issuers}},
		{"policy", trust.TypePolicy, trust.Policy{Term: term, Agreements: policy.Agreements}},
		{"authorities", trust.TypeAuthorities, trust.Directory{Term: term, Entries: r.authorities}},
	} {
		if signed[d.member], err = r.sign(d.typ, d.payload); err != nil {
			return nil, fmt.Errorf("root: signing %s: %w", d.member, err)
		}
	}
	out, err := json.Marshal(signed)
	if err != nil {
		return nil, fmt.Errorf("root: encoding: %w", err)
	}
	// Nothing leaves that a verifier would refuse.
	if _, err := r.Anchor(checkingRegion).Open(out); err != nil {
		return nil, fmt.Errorf("root: checking what was signed: %w", err)
	}
	return out, nil
}

// checkingRegion stands in for a verifier's region when the folder reads what
// it has signed itself; the documents do not depend on it.
const checkingRegion license.Region = "310000"

// Bundle signs as [Root.Update] does and gives the trust.json of a verifier
// that stands in region, anchor included.
func (r *Root) Bundle(region license.Region, now time.Time) ([]byte, error) {
	out, err := r.Update(now)
	if err != nil {
		return nil, err
	}
	b, err := r.Anchor(region).Open(out)
	if err != nil {
		return nil, fmt.Errorf("root: %w", err)
	}
	return b.Marshal()
}

func (r *Root) sign(typ string, payload any) (json.RawMessage, error) {
	b, err := json.Marshal(payload)
	if err != nil {
		return nil, err
	}
	var signers []signature.Signer
	for _, k := range r.keys {
		signers = append(signers, k)
	}
	return signature.SignMulti(signers, signature.Header{Type: typ}, b)
}
