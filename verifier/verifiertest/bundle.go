package verifiertest

import (
	"encoding/json"
	"time"

	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
)

// file is a trust.json.
type file struct {
	Anchor       trust.Anchor  `json:"anchor"`
	Roots        []chain       `json:"roots"`
	Publications []publication `json:"publications"`
}

type chain struct {
	Name      string            `json:"name"`
	Documents []json.RawMessage `json:"documents"`
}

type publication struct {
	Signer      string          `json:"signer"`
	Freshness   json.RawMessage `json:"freshness"`
	List        json.RawMessage `json:"list"`
	Policy      json.RawMessage `json:"policy"`
	Authorities json.RawMessage `json:"authorities"`
}

// Bundle signs the trust.json of a verifier in region. Documents bear the
// sequence and were signed the day before the instant at, unless w says when; that
// they count was stated at that instant, for as long as each on-line role may.
func (w *World) Bundle(region license.Region, sequence uint64, at time.Time) ([]byte, error) {
	signed := w.Signed
	if signed.IsZero() {
		signed = at.Add(-24 * time.Hour)
	}
	out := file{Anchor: trust.Anchor{Region: region, Roots: []trust.AnchoredRoot{}}, Roots: []chain{}, Publications: []publication{}}
	for _, r := range w.Roots {
		self := r.Signers[0]
		out.Anchor.Roots = append(out.Anchor.Roots, trust.AnchoredRoot{
			Name: self.Name, Territory: self.Territory, Version: uint64(r.Anchored), Role: roleOf(r.Versions[r.Anchored-1]),
		})
		documents, newest, err := r.chain(signed)
		if err != nil {
			return nil, err
		}
		out.Roots = append(out.Roots, chain{self.Name, documents})
		for _, s := range r.Signers {
			published, err := w.publish(r, s, newest, trust.Term{Sequence: sequence, Issued: signed, Expires: signed.Add(trust.Lifetime)}, at)
			if err != nil {
				return nil, err
			}
			out.Publications = append(out.Publications, published)
		}
	}
	return json.MarshalIndent(out, "", " ")
}

// chain signs all versions of the root's document, and says how a statement
// names the newest.
func (r *Root) chain(issued time.Time) (documents []json.RawMessage, newest trust.Named, _ error) {
	for i, keys := range r.Versions {
		d := trust.Root{Version: uint64(i + 1), Issued: issued, Expires: issued.Add(trust.Lifetime), Signer: r.Signers[0].Signer}
		d.Role = roleOf(keys)
		for _, s := range r.Signers[1:] {
			d.Delegates = append(d.Delegates, s.Signer)
		}
		by := firstAndLast(keys)
		if i > 0 {
			by = append(by, firstAndLast(r.Versions[i-1])...)
		}
		if r.Sign != nil {
			r.Sign(&d, &by)
		}
		signed, digest, err := sign(trust.TypeRoot, d, by...)
		if err != nil {
			return nil, newest, err
		}
		documents, newest = append(documents, signed), trust.Named{Type: trust.TypeRoot, Sequence: d.Version, SHA256: digest}
	}
	return documents, newest, nil
}

// publish signs what one signer publishes.
func (w *World) publish(r *Root, s *Signer, root trust.Named, term trust.Term, at time.Time) (p publication, err error) {
	term.Signer = s.Path
	list := trust.List{Term: term, Issuers: w.issuersOf(r, s)}
	if s.List != nil {
		s.List(&list)
	}
	statement := trust.Freshness{Term: term}
	statement.Issued, statement.Expires = at, at.Add(time.Duration(s.Signer.Online.Days)*24*time.Hour)
	if s == r.Signers[0] {
		statement.Documents = append(statement.Documents, root)
	}
	p.Signer = s.Path
	for _, d := range []struct {
		into     *json.RawMessage
		typ      string
		sequence uint64
		payload  any
	}{
		{&p.List, trust.TypeList, list.Sequence, list},
		{&p.Policy, trust.TypePolicy, term.Sequence, trust.Policy{Term: term, Agreements: w.agreementsOf(r, s)}},
		{&p.Authorities, trust.TypeAuthorities, term.Sequence, trust.Directory{Term: term, Entries: w.directoryOf(r, s)}},
	} {
		signed, digest, err := sign(d.typ, d.payload, firstAndLast(s.Private)...)
		if err != nil {
			return p, err
		}
		*d.into = signed
		statement.Documents = append(statement.Documents, trust.Named{Type: d.typ, Sequence: d.sequence, SHA256: digest})
	}
	if s.Statement != nil {
		s.Statement(&statement)
	}
	p.Freshness, _, err = sign(trust.TypeFreshness, statement, s.Clerk)
	return p, err
}

func sign(typ string, payload any, by ...*Key) (signed json.RawMessage, digest string, _ error) {
	b, err := json.Marshal(payload)
	if err != nil {
		return nil, "", err
	}
	var signers []signature.Signer
	for _, k := range by {
		signers = append(signers, k)
	}
	signed, err = signature.SignMulti(signers, signature.Header{Type: typ}, b)
	return signed, trust.Digest(b), err
}
