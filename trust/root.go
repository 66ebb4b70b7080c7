package trust

import (
	"encoding/json"
	"fmt"
	"time"

	"yizheng/signature"
)

// Root is a root document: a signer that nobody stands above, with the
// delegates that it has named. Each version is signed by the keys of the one
// before and by its own, so that whoever knows any version can follow to the
// newest.
type Root struct {
	Version uint64    `json:"version"` // from 1, one more each time
	Issued  time.Time `json:"issued"`
	Expires time.Time `json:"expires"`
	Signer
	// Delegates (受托方) sign for parts of its territory, each alone. For what is
	// left of it the root signs itself.
	Delegates []Signer `json:"delegates,omitempty"`

	digest string
}

// Bounds of roots and their documents.
const (
	maxDelegates = 512
	maxVersions  = 256 // in one chain
	maxDocument  = 8 << 20
)

// Digest names the document in a statement of freshness.
func (r *Root) Digest() string { return r.digest }

func (r *Root) check() error {
	if err := checkTerm(r.Version, r.Issued, r.Expires, Lifetime); err != nil {
		return err
	}
	return r.Check()
}

// Check holds the signers of a root document to their rules, each alone and
// all together: no key has two roles, no region two delegates, and nobody
// speaks for more than the root.
func (r *Root) Check() error {
	if len(r.Delegates) > maxDelegates {
		return breaks("%d delegates, at most %d", len(r.Delegates), maxDelegates)
	}
	keys := make(map[string]bool)
	names := make(map[string]bool)
	for i, s := range r.signers() {
		if err := s.check(keys); err != nil {
			return err
		}
		if names[s.Name] {
			return breaks("two signers are called %s", s.Name)
		}
		names[s.Name] = true
		if i > 0 && !s.Territory.Within(r.Territory) {
			return &Error{Reason: OutsideTerritory, Err: fmt.Errorf("delegate %s is to speak for more than the root itself", s.Name)}
		}
		for _, other := range r.Delegates[:max(i-1, 0)] {
			if p := s.Territory.Meets(other.Territory); p != "" {
				return breaks("both %s and %s are to speak for %s", other.Name, s.Name, p)
			}
		}
	}
	return nil
}

// signers are the root and its delegates.
func (r *Root) signers() []*Signer {
	all := []*Signer{&r.Signer}
	for i := range r.Delegates {
		all = append(all, &r.Delegates[i])
	}
	return all
}

// follow goes from the version that was given by hand to the newest, and gives
// them all. What lies before that version is passed over: nobody here can say
// whether it is genuine.
func (a AnchoredRoot) follow(documents []json.RawMessage) ([]*Root, error) {
	if len(documents) > maxVersions {
		return nil, breaks("%d versions, at most %d", len(documents), maxVersions)
	}
	var followed []*Root
	for _, signed := range documents {
		multi, err := signature.ParseMulti(signed)
		if err != nil {
			return nil, err
		}
		r := &Root{digest: Digest(multi.Payload)}
		if err := Decode(multi.Payload, maxDocument, r); err != nil {
			return nil, err
		}
		if len(followed) == 0 && r.Version < a.Version {
			continue
		}
		signedBy, next := a.Role, a.Version
		if n := len(followed); n > 0 {
			signedBy, next = followed[n-1].Role, followed[n-1].Version+1
		}
		if r.Version != next || r.Name != a.Name {
			return nil, &Error{Reason: BrokenChain, Err: fmt.Errorf("version %d of %s stands where version %d of %s is looked for", r.Version, r.Name, next, a.Name)}
		}
		for _, role := range []Role{signedBy, r.Role} {
			if err := multi.Verify(role.Keys, role.Threshold, TypeRoot); err != nil {
				return nil, fmt.Errorf("%w of version %d: %w", errSigned, r.Version, err)
			}
		}
		if err := r.check(); err != nil {
			return nil, err
		}
		if len(followed) == 0 && !a.Role.same(r.Role) {
			return nil, &Error{Reason: BrokenChain, Err: fmt.Errorf("version %d names other keys than those that were given by hand", r.Version)}
		}
		followed = append(followed, r)
	}
	if len(followed) == 0 {
		return nil, &Error{Reason: BrokenChain, Err: fmt.Errorf("version %d, which was given by hand, is missing", a.Version)}
	}
	return followed, nil
}
