package root

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"yizheng/signature"
	"yizheng/trust"
)

// Overtake is for a node that states with the on-line keys of the signer at path,
// and to which that signer's newer documents come late: with a statement that was
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
	newer := newerParts(held, given.By(path), path, now)
	if len(newer) == 0 {
		return nil, nil
	}
	n, err := Publish(held, path, clerks, now, newer...)
	if err != nil {
		return nil, fmt.Errorf("root: stating that newer documents of %s count: %w", path, err)
	}
	return n, nil
}

// newerParts gives the documents of a publication that are newer than those that
// are held, where it would count for somebody who holds nothing of the signer yet,
// and only its statement is older than the one that is held.
func newerParts(held *trust.Bundle, offered trust.SignedPublication, path string, now time.Time) (newer [][]byte) {
	ours, raw := held.Of(path), held.Documents().By(path)
	if ours == nil || ours.Freshness == nil || faultIn(held, path) != nil || bytes.Equal(offered.Freshness, raw.Freshness) {
		return nil
	}
	theirs := alone(held, offered, path)
	if theirs == nil || theirs.Freshness.Sequence >= ours.Freshness.Sequence || !now.Before(theirs.Freshness.Expires) {
		return nil
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
		case is > was:
			newer = append(newer, part.now)
		case !sameContent(part.held, part.now):
			return nil // two of one number
		}
	}
	return newer
}

// sameContent says whether two documents, or none, say the same.
func sameContent(a, b json.RawMessage) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	one, err := nameOf(a)
	if err != nil {
		return false
	}
	other, err := nameOf(b)
	return err == nil && one == other
}

// alone reads a publication as if nothing of its signer were held; nil where
// anything of it cannot be believed.
func alone(held *trust.Bundle, offered trust.SignedPublication, path string) *trust.Publication {
	documents := held.Documents()
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
