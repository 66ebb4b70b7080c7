package root

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"yizheng/signature"
	"yizheng/trust"
)

// desk is what is about to be published.
type desk struct {
	root     trust.Chain
	signed   trust.SignedPublication
	online   trust.Online
	stated   *trust.Freshness // the last statement that is believed
	put      []string         // the typs of which a document was put
	sequence uint64           // of the last statement, by keys that have the role still
	newest   *trust.Root      // where a root document was put
}

// lay takes a signed document.
func (d *desk) lay(b []byte) error {
	m, err := signature.ParseMulti(b)
	if err != nil {
		return fmt.Errorf("root: reading what is to be published: %w", err)
	}
	typ := m.Signatures[0].Header.Type
	for _, s := range m.Signatures {
		if s.Header.Type != typ {
			return fmt.Errorf("root: it is signed as a document of typ %q and of typ %q", typ, s.Header.Type)
		}
	}
	switch typ {
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
	d.put = append(d.put, typ)
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
	var err error
	if f.Documents, err = d.names(isRoot); err != nil {
		return nil, fmt.Errorf("root: stating that documents of %s count: %w", path, err)
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

// names are those documents that count from now on: what was put and, of the rest,
// what counted before, not whatever lies there. Somebody may have laid an old list
// beside a statement that does not name it.
func (d *desk) names(isRoot bool) (names []trust.Named, _ error) {
	if n := len(d.root.Documents); isRoot && n > 0 {
		named, err := nameOf(trust.TypeRoot, d.root.Documents[n-1])
		if err != nil {
			return nil, err
		}
		names = append(names, named)
	}
	for _, of := range []struct {
		typ    string
		signed json.RawMessage
	}{{trust.TypeList, d.signed.List}, {trust.TypePolicy, d.signed.Policy}, {trust.TypeAuthorities, d.signed.Authorities}} {
		put := slices.Contains(d.put, of.typ)
		if d.stated != nil && !put {
			if n := slices.IndexFunc(d.stated.Documents, func(n trust.Named) bool { return n.Type == of.typ }); n >= 0 {
				names = append(names, d.stated.Documents[n])
			}
			continue
		}
		if len(of.signed) == 0 {
			continue
		}
		if !put {
			return nil, ErrVoid
		}
		named, err := nameOf(of.typ, of.signed)
		if err != nil {
			return nil, err
		}
		names = append(names, named)
	}
	return names, nil
}

// nameOf is how a statement names a signed document of a typ. Each signature says
// one, and somebody may have written his beside those that count.
func nameOf(typ string, signed []byte) (trust.Named, error) {
	m, err := signature.ParseMulti(signed)
	if err != nil {
		return trust.Named{}, err
	}
	var number struct{ Sequence, Version uint64 }
	if err := json.Unmarshal(m.Payload, &number); err != nil {
		return trust.Named{}, fmt.Errorf("root: reading the number of a document: %w", err)
	}
	return trust.Named{Type: typ, Sequence: number.Sequence + number.Version, SHA256: trust.Digest(m.Payload)}, nil
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
