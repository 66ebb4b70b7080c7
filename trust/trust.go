// Package trust is what a verifier believes, and why: the anchor that was
// given to it by hand, and three documents that the anchor's roots signed —
// the trust list of the issuers, the recognition policy and the directory of
// authorities. Start with [Load], which checks a whole trust.json, and
// [Bundle].
//
// It holds public keys only; the signing side is [yizheng/trust/root]. The
// form of the documents is written down in docs/decisions/trust-bundle.md.
package trust

import (
	"encoding/json"
	"errors"
	"fmt"

	"yizheng/license"
	"yizheng/signature"
)

// Bundle is a checked trust.json: every document in it carries the signatures
// that its anchor asks for. A Bundle is not changed after it was loaded and
// may be used by many goroutines.
//
// Loading does not look at a clock: whether a document is too old is for the
// one who uses it to say, at the moment of use.
type Bundle struct {
	Anchor    Anchor
	List      *List
	Policy    *Policy
	Directory *Directory

	published published
	byRegion  map[license.Region]*Issuer
	byKey     map[string]KeyOf
}

// published are the signed documents as they travel, without the anchor.
type published struct {
	List        json.RawMessage `json:"list"`
	Policy      json.RawMessage `json:"policy"`
	Authorities json.RawMessage `json:"authorities"`
}

// file is the local trust.json.
type file struct {
	Anchor json.RawMessage `json:"anchor"`
	published
}

// maxBundle bounds a trust.json.
const maxBundle = 3*signature.MaxMulti + 1<<16

// Load reads and checks a trust.json: the anchor, and list, policy and
// authorities, each signed by as many of the anchor's roots as its threshold
// says. It refuses what is larger than it needs to be, members it does not
// know, and members given twice. Its errors are of type [*Error].
func Load(b []byte) (*Bundle, error) {
	var f file
	if err := decode(b, maxBundle, &f); err != nil {
		return nil, refuse("bundle", err)
	}
	anchor, err := ParseAnchor(f.Anchor)
	if err != nil {
		return nil, err
	}
	return open(anchor, f.published)
}

// Open checks documents as they are published, without a root of their own,
// by an anchor that the caller holds already. Its errors are of type [*Error].
func (a Anchor) Open(b []byte) (*Bundle, error) {
	var p published
	if err := decode(b, maxBundle, &p); err != nil {
		return nil, refuse("bundle", err)
	}
	return open(a, p)
}

func open(a Anchor, p published) (*Bundle, error) {
	if err := a.check(); err != nil {
		return nil, refuse("anchor", err)
	}
	b := &Bundle{Anchor: a, published: p, List: new(List), Policy: new(Policy), Directory: new(Directory)}
	for _, d := range []struct {
		part, typ string
		signed    json.RawMessage
		into      document
	}{
		{"list", TypeList, p.List, b.List},
		{"policy", TypePolicy, p.Policy, b.Policy},
		{"authorities", TypeAuthorities, p.Authorities, b.Directory},
	} {
		if err := a.read(d.signed, d.typ, d.into); err != nil {
			return nil, refuse(d.part, err)
		}
	}
	b.index()
	return b, nil
}

// index prepares the look-ups; List.check has made sure that neither regions
// nor key ids occur twice.
func (b *Bundle) index() {
	b.byRegion = make(map[license.Region]*Issuer, len(b.List.Issuers))
	b.byKey = make(map[string]KeyOf)
	for i := range b.List.Issuers {
		issuer := &b.List.Issuers[i]
		b.byRegion[issuer.Region] = issuer
		for _, k := range issuer.Keys {
			b.byKey[k.PublicKey.KeyID()] = KeyOf{Key: k, Issuer: issuer}
		}
	}
}

// IssuerOf gives the entry of a region, nil if the list has none.
func (b *Bundle) IssuerOf(region license.Region) *Issuer { return b.byRegion[region] }

// KeyByID finds the key with the given id, and the entry that it belongs to.
// A key id stands for one key on the whole list, or the list would not load.
func (b *Bundle) KeyByID(id string) (KeyOf, bool) {
	k, ok := b.byKey[id]
	return k, ok
}

// Published gives the signed documents in the form that is put on the web.
// It never carries the roots: whoever fetches it checks it by an anchor that
// came another way.
func (b *Bundle) Published() []byte {
	out, err := json.Marshal(b.published)
	if err != nil {
		return nil // cannot happen: each member was parsed as JSON when it came in
	}
	return out
}

// Marshal gives the trust.json of the bundle, anchor included, for the
// verifier's own disk.
func (b *Bundle) Marshal() ([]byte, error) {
	anchor, err := json.Marshal(b.Anchor)
	if err != nil {
		return nil, fmt.Errorf("writing the anchor: %w", err)
	}
	return json.MarshalIndent(file{Anchor: anchor, published: b.published}, "", " ")
}

// Update checks newly published documents by the anchor of b and gives the
// bundle of both. A document with a lower sequence than the one held is
// refused with [RolledBack].
func (b *Bundle) Update(newer []byte) (*Bundle, error) {
	n, err := b.Anchor.Open(newer)
	if err != nil {
		return nil, err
	}
	for _, d := range []struct {
		part      string
		held, got uint64
	}{
		{"list", b.List.Sequence, n.List.Sequence},
		{"policy", b.Policy.Sequence, n.Policy.Sequence},
		{"authorities", b.Directory.Sequence, n.Directory.Sequence},
	} {
		if d.got < d.held {
			return nil, &Error{Part: d.part, Reason: RolledBack,
				Err: fmt.Errorf("sequence %d, but %d is held", d.got, d.held)}
		}
	}
	return n, nil
}

// Reason says in one stable word why a bundle was refused.
type Reason string

// The reasons.
const (
	Malformed    Reason = "trust_malformed"    // not the form that the documents have
	BadSignature Reason = "trust_signature"    // fewer valid signatures than the threshold, or another typ
	Inconsistent Reason = "trust_inconsistent" // well formed and signed, but breaks a rule of the list
	RolledBack   Reason = "trust_rolled_back"  // older than what is held already
)

// Error is why a bundle was refused.
type Error struct {
	Part   string // "bundle", "anchor", "list", "policy", "authorities" or "record"
	Reason Reason
	Err    error
}

// Error names the part and what is wrong with it.
func (e *Error) Error() string { return "trust: reading " + e.Part + ": " + e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// refuse turns err into an *Error about part, keeping the reason it has.
func refuse(part string, err error) error {
	var rule inconsistency
	var already *Error
	switch {
	case errors.As(err, &already):
		return already
	case errors.As(err, &rule):
		return &Error{Part: part, Reason: Inconsistent, Err: err}
	case errors.Is(err, errSigned):
		return &Error{Part: part, Reason: BadSignature, Err: err}
	}
	return &Error{Part: part, Reason: Malformed, Err: err}
}

// inconsistency is a broken rule of a document.
type inconsistency string

func (i inconsistency) Error() string { return string(i) }

func breaks(format string, args ...any) error { return inconsistency(fmt.Sprintf(format, args...)) }

// errSigned marks errors of a document's signatures.
var errSigned = errors.New("checking signatures")
