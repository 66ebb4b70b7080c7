package root

import (
	"encoding/json"
	"fmt"
	"time"

	"yizheng/signature"
	"yizheng/trust"
)

// desk is what is about to be published.
type desk struct {
	root     trust.Chain
	signed   trust.SignedPublication
	online   trust.Online
	sequence uint64      // of the last statement, by keys that have the role still
	newest   *trust.Root // where a root document was put
}

// put takes a signed document.
func (d *desk) put(b []byte) error {
	m, err := signature.ParseMulti(b)
	if err != nil {
		return fmt.Errorf("root: reading what is to be published: %w", err)
	}
	switch typ := m.Signatures[0].Header.Type; typ {
	case trust.TypeRoot:
		d.newest = new(trust.Root)
		if err := json.Unmarshal(m.Payload, d.newest); err != nil {
			return fmt.Errorf("root: reading a root document: %w", err)
		}
		d.root.Documents = append(d.root.Documents[:len(d.root.Documents):len(d.root.Documents)], b)
		d.online = d.newest.Online
	case trust.TypeList:
		d.signed.List = b
	case trust.TypePolicy:
		d.signed.Policy = b
	case trust.TypeAuthorities:
		d.signed.Authorities = b
	default:
		return fmt.Errorf("root: a document of typ %q is not published", typ)
	}
	return nil
}

// state signs the statement of freshness for what lies on the desk.
func (d *desk) state(path string, isRoot bool, clerks []signature.Signer, now time.Time) ([]byte, error) {
	issued := now.UTC().Truncate(time.Second)
	f := trust.Freshness{Term: trust.Term{
		Signer: path, Issued: issued, Expires: issued.Add(time.Duration(d.online.Days) * 24 * time.Hour),
		// A number that rises without anybody keeping it: several nodes may state.
		Sequence: max(d.sequence+1, uint64(issued.Unix())),
	}}
	documents := []json.RawMessage{d.signed.List, d.signed.Policy, d.signed.Authorities}
	if n := len(d.root.Documents); isRoot && n > 0 {
		documents = append([]json.RawMessage{d.root.Documents[n-1]}, documents...)
	}
	for _, b := range documents {
		if len(b) == 0 {
			continue
		}
		named, err := nameOf(b)
		if err != nil {
			return nil, err
		}
		f.Documents = append(f.Documents, named)
	}
	if able := within(clerks, d.online.Role); len(able) < d.online.Threshold {
		return nil, fmt.Errorf("root: stating that documents of %s count: %w: %d of its on-line keys, and %d must sign", path, ErrKeys, len(able), d.online.Threshold)
	}
	payload, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("root: encoding: %w", err)
	}
	d.signed.Signer = path
	if d.signed.Freshness, err = signature.SignMulti(clerks, signature.Header{Type: trust.TypeFreshness}, payload); err != nil {
		return nil, fmt.Errorf("root: stating that documents count: %w", err)
	}
	return json.Marshal(trust.Documents{Roots: []trust.Chain{d.root}, Publications: []trust.SignedPublication{d.signed}})
}

// nameOf is how a statement names a signed document.
func nameOf(signed []byte) (trust.Named, error) {
	m, err := signature.ParseMulti(signed)
	if err != nil {
		return trust.Named{}, err
	}
	var number struct{ Sequence, Version uint64 }
	if err := json.Unmarshal(m.Payload, &number); err != nil {
		return trust.Named{}, fmt.Errorf("root: reading the number of a document: %w", err)
	}
	return trust.Named{Type: m.Signatures[0].Header.Type, Sequence: number.Sequence + number.Version, SHA256: trust.Digest(m.Payload)}, nil
}

// within are those signers whose keys have the role.
func within(signers []signature.Signer, role trust.Role) (able []signature.Signer) {
	for _, s := range signers {
		if role.Has(s.PublicKey()) {
			able = append(able, s)
		}
	}
	return able
}
