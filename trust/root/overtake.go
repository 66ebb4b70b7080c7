package root

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"yizheng/signature"
	"yizheng/trust"
)

// Overtake is for a node that states with the on-line keys of the signer at path,
// and to which that signer's newer documents, or those with a newer version of the
// root that it is, come late: with a statement that was
// made when they were signed, still counts, and is older than the last one that the
// node has made of those before, so that Update refuses them. It publishes them with
// a statement of its own. It gives nil where there is nothing to overtake: the
// documents are not newer, are not rightly signed, or are not stated to count; or
// what is held of the signer is not whole, so that nobody knows what is newer.
func Overtake(held *trust.Bundle, offered []byte, path string, clerks []signature.Signer, now time.Time) (*trust.Bundle, error) {
	var given trust.Documents
	if err := trust.Decode(offered, len(offered), &given); err != nil {
		return nil, nil // what it is worth is for Update to say
	}
	newer := newerParts(held, given, path, now)
	if len(newer) == 0 {
		return nil, nil
	}
	n, err := Publish(held, path, clerks, now, newer...)
	if err != nil {
		return nil, fmt.Errorf("root: stating that newer documents of %s count: %w", path, err)
	}
	return n, nil
}

// newerParts gives the documents of a signer that are newer than those that are
// held, where they would count for somebody who holds nothing of the signer yet, and
// only the statement is older than the one that is held. Those that come with a newer
// version of a root bear the signatures that it asks for, and are given all.
func newerParts(held *trust.Bundle, given trust.Documents, path string, now time.Time) (newer [][]byte) {
	ours, raw, offered := held.Of(path), held.Documents().By(path), given.By(path)
	if ours == nil || ours.Freshness == nil || faultIn(held, path) != nil || bytes.Equal(offered.Freshness, raw.Freshness) {
		return nil
	}
	var versions []json.RawMessage
	if ours.Above == nil { // a chain that is named like a delegate is nothing
		versions = newerVersions(ours, given.Of(path))
	}
	theirs := alone(held, versions, offered, path)
	if theirs == nil || theirs.Freshness.Sequence >= ours.Freshness.Sequence || !now.Before(theirs.Freshness.Expires) {
		return nil
	}
	for _, version := range versions {
		newer = append(newer, version)
	}
	before, after := ours.Terms(), theirs.Terms()
	for _, part := range []struct {
		of        trust.Part
		held, now json.RawMessage
	}{
		{trust.ListPart, raw.List, offered.List}, {trust.PolicyPart, raw.Policy, offered.Policy}, {trust.AuthoritiesPart, raw.Authorities, offered.Authorities},
	} {
		was, is := before[part.of].Sequence, after[part.of].Sequence
		switch {
		case is < was: // it is older, or gone
			return nil
		case is > was, is > 0 && len(versions) > 0:
			newer = append(newer, part.now)
		case !sameContent(part.held, part.now):
			return nil // two of one number
		}
	}
	return newer
}

// newerVersions gives those documents of a chain that are of later versions of a
// root than the one that p rests on.
func newerVersions(p *trust.Publication, chain []json.RawMessage) []json.RawMessage {
	for n, document := range chain {
		var r trust.Root
		m, err := signature.ParseMulti(document)
		if err != nil || json.Unmarshal(m.Payload, &r) != nil {
			return nil // what it is worth is for Update to say
		}
		if r.Version > p.Root.Version {
			return chain[n:]
		}
	}
	return nil
}

// sameContent says whether two documents, or none, say the same.
func sameContent(a, b json.RawMessage) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	one, err := nameOf("", a)
	if err != nil {
		return false
	}
	other, err := nameOf("", b)
	return err == nil && one == other
}

// alone reads a publication, and the versions that follow on its root's, as if
// nothing of its signer were held; nil where anything of it cannot be believed.
func alone(held *trust.Bundle, versions []json.RawMessage, offered trust.SignedPublication, path string) *trust.Publication {
	documents := held.Documents()
	documents.Roots = slices.Clone(documents.Roots)
	for n, chain := range documents.Roots {
		if chain.Name == path {
			documents.Roots[n].Documents = slices.Concat(chain.Documents, versions)
		}
	}
	var publications []trust.SignedPublication
	for _, p := range documents.Publications {
		if p.Signer != path {
			publications = append(publications, p)
		}
	}
	documents.Publications = append(publications, offered)
	b, err := json.Marshal(documents)
	if err != nil {
		return nil
	}
	opened, err := held.Anchor.Open(b)
	if err != nil {
		return nil
	}
	if p := opened.Of(path); p != nil && p.Freshness != nil && faultIn(opened, path) == nil {
		return p
	}
	return nil
}
