// Package trust is what a verifier believes, and why: the anchor that was
// given to it by hand, the chain of documents of each root in it, and what the
// roots and their delegates have published — the lists of issuers, the
// recognition policies and the directories of authorities. Start with [Load],
// which checks a whole trust.json, and [Bundle].
//
// It holds public keys only; the signing side is [yizheng/trust/root]. The
// form of the documents is written down in docs/decisions/federation.md.
package trust

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"yizheng/license"
	"yizheng/signature"
)

// Bundle is a checked trust.json. What one signer has spoilt is left out and
// told in Faults, and does not blind a verifier to what the others say. A
// Bundle is not changed after it was loaded and may be used by many
// goroutines.
//
// Loading does not look at a clock: whether a document is too old is for the
// one who uses it to say, at the moment of use.
type Bundle struct {
	Anchor       Anchor
	Roots        [][]*Root      // of each root in the anchor, from the version given by hand to the newest; empty where that was refused
	Publications []*Publication // of each root and then its delegates, in the order of their documents
	Issuers      []*Issuer      // of all lists that count
	Faults       []*Error       // what of the documents that it holds is left out, and why
	Refused      []*Error       // what an Update offered and was not taken

	documents Documents
	byRegion  map[license.Region]*Issuer
	byKey     map[string][]KeyOf
}

// Documents are signed documents as they travel, without an anchor.
type Documents struct {
	Roots        []Chain             `json:"roots"`
	Publications []SignedPublication `json:"publications"`
}

// Chain are the documents of one root, oldest first.
type Chain struct {
	Name      string            `json:"name"`
	Documents []json.RawMessage `json:"documents"`
}

// SignedPublication are the documents of one signer; those that it does not
// have are absent.
type SignedPublication struct {
	Signer      string          `json:"signer"` // its path
	Freshness   json.RawMessage `json:"freshness,omitempty"`
	List        json.RawMessage `json:"list,omitempty"`
	Policy      json.RawMessage `json:"policy,omitempty"`
	Authorities json.RawMessage `json:"authorities,omitempty"`
}

// file is the local trust.json.
type file struct {
	Anchor json.RawMessage `json:"anchor"`
	Documents
}

// maxBundle bounds a trust.json.
const maxBundle = 3*signature.MaxMulti + 1<<16

// Load reads and checks a trust.json: the anchor, the chain of each root, and
// what each signer has published. It fails where the file is not of its form,
// the anchor breaks a rule, or nothing at all can be believed. Its errors are
// of type [*Error].
func Load(b []byte) (*Bundle, error) {
	var f file
	if err := Decode(b, maxBundle, &f); err != nil {
		return nil, refuse("bundle", err)
	}
	anchor, err := ParseAnchor(f.Anchor)
	if err != nil {
		return nil, err
	}
	return usable(assemble(anchor, nil, f.Documents))
}

// Open checks documents as they are published, without a root of their own,
// by an anchor that the caller holds already. Its errors are of type [*Error].
func (a Anchor) Open(b []byte) (*Bundle, error) {
	if err := a.check(); err != nil {
		return nil, refuse("anchor", err)
	}
	var p Documents
	if err := Decode(b, maxBundle, &p); err != nil {
		return nil, refuse("bundle", err)
	}
	return usable(assemble(a, nil, p))
}

// usable refuses a bundle of which nothing is left.
func usable(b *Bundle) (*Bundle, error) {
	if len(b.Faults) > 0 && !slices.ContainsFunc(b.Publications, func(p *Publication) bool { return p.Freshness != nil }) {
		return nil, b.Faults[0]
	}
	return b, nil
}

// Update takes newly published documents in place of those of b, signer by
// signer: what is older, broken or not signed as it should be is not taken, and
// what b holds of that signer stays. The documents need not be all: who has
// only those of one province brings that one up to date. Where nothing is
// taken and something was refused, the first refusal is the error, of type
// [*Error]; else refusals are told in Refused.
func (b *Bundle) Update(newer []byte) (*Bundle, error) {
	var p Documents
	if err := Decode(newer, maxBundle, &p); err != nil {
		return nil, refuse("bundle", err)
	}
	n := assemble(b.Anchor, b, p)
	if len(n.Refused) > 0 && n.Same(b) {
		return nil, n.Refused[0]
	}
	return n, nil
}

// Same says whether both hold the same documents.
func (b *Bundle) Same(other *Bundle) bool {
	return bytes.Equal(b.Published(), other.Published())
}

// IssuerOf gives the entry of a region, nil if no list that counts has one.
func (b *Bundle) IssuerOf(region license.Region) *Issuer { return b.byRegion[region] }

// Of gives what a signer publishes, by its path; nil where no root document
// names it.
func (b *Bundle) Of(path string) *Publication {
	for _, p := range b.Publications {
		if p.Path() == path {
			return p
		}
	}
	return nil
}

// SpeakerOf gives what is published by the one signer who lists the issuer of
// a region, nil where no root is believed for it.
func (b *Bundle) SpeakerOf(region license.Region) *Publication {
	for _, p := range b.Publications {
		if p.SpeaksFor(region) {
			return p
		}
	}
	return nil
}

// Lost says whether a root is believed for a region and nothing that it says
// can be.
func (b *Bundle) Lost(region license.Region) bool {
	for i, a := range b.Anchor.Roots {
		if len(b.Roots[i]) == 0 && a.Territory.Has(region) {
			return true
		}
	}
	return false
}

// RulersOf gives what is published by those whose policy counts in a region: a
// root, and its delegate for that region.
func (b *Bundle) RulersOf(region license.Region) (rulers []*Publication) {
	for _, p := range b.Publications {
		if p.Rules(region) {
			rulers = append(rulers, p)
		}
	}
	return rulers
}

// KeysByID finds the keys with the given id, each with the entry that it
// belongs to. A list names an id once; different lists may name the same, for
// none of them can keep another from it.
func (b *Bundle) KeysByID(id string) []KeyOf { return b.byKey[id] }

// KeyIn is the key with the given id of the entry of one region.
func (b *Bundle) KeyIn(region license.Region, id string) (KeyOf, bool) {
	for _, k := range b.byKey[id] {
		if k.Issuer.Region == region {
			return k, true
		}
	}
	return KeyOf{}, false
}

// StatusSigner is the key with the given id that signs the status list of an
// address: one of the entry whose lists have addresses like this.
func (b *Bundle) StatusSigner(id, address string) (KeyOf, bool) {
	for _, k := range b.byKey[id] {
		if k.Signs(UseStatus) && strings.HasPrefix(address, k.Issuer.StatusBase) {
			return k, true
		}
	}
	return KeyOf{}, false
}

// StatusKey is the key of [Bundle.StatusSigner].
func (b *Bundle) StatusKey(id, address string) (signature.PublicKey, bool) {
	k, ok := b.StatusSigner(id, address)
	return k.PublicKey, ok
}

// Documents gives the signed documents that the bundle holds; they are not to
// be changed.
func (b *Bundle) Documents() Documents { return b.documents }

// In gives the same bundle for a verifier that stands in region.
func (b *Bundle) In(region license.Region) *Bundle {
	elsewhere := *b
	elsewhere.Anchor.Region = region
	return &elsewhere
}

// Published gives the signed documents in the form that is put on the web.
// It never carries the anchor: whoever fetches it checks it by one that came
// another way.
func (b *Bundle) Published() []byte {
	out, err := json.Marshal(b.documents)
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
	return json.MarshalIndent(file{Anchor: anchor, Documents: b.documents}, "", " ")
}
