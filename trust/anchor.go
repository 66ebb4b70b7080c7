package trust

import (
	"encoding/json"
	"fmt"
	"time"

	"yizheng/license"
	"yizheng/signature"
)

// Anchor is what a verifier is given by hand: the root keys, how many of them
// must sign, and the region where the verifier stands. Everything else it
// believes follows from signatures.
type Anchor struct {
	Roots     []signature.PublicKey `json:"roots"`
	Threshold int                   `json:"threshold"`
	Region    license.Region        `json:"region"` // of the verifier
}

// maxRoots bounds the number of root keys.
const maxRoots = 16

// ParseAnchor reads and checks the "anchor" member of a trust.json. Its
// errors are of type [*Error].
func ParseAnchor(b []byte) (Anchor, error) {
	var a Anchor
	if err := decode(b, 1<<16, &a); err != nil {
		return Anchor{}, refuse("anchor", err)
	}
	if err := a.check(); err != nil {
		return Anchor{}, refuse("anchor", err)
	}
	return a, nil
}

// check holds an anchor to its rules: distinct roots, a threshold that they
// can reach, and a region that exists today.
func (a Anchor) check() error {
	if len(a.Roots) == 0 || len(a.Roots) > maxRoots {
		return breaks("%d root keys, want 1 to %d", len(a.Roots), maxRoots)
	}
	if a.Threshold < 1 || a.Threshold > len(a.Roots) {
		return breaks("threshold %d of %d root keys", a.Threshold, len(a.Roots))
	}
	seen := make(map[string]bool)
	for _, r := range a.Roots {
		if seen[r.KeyID()] {
			return breaks("root key %s is given twice", r.KeyID())
		}
		seen[r.KeyID()] = true
	}
	if !a.Region.WellFormed() {
		return breaks("%q is no region", a.Region)
	}
	if to, gone := a.Region.Successor(); gone {
		return breaks("region %s was abolished and is now %s", a.Region, to)
	}
	return nil
}

// The typ of each document. Every signed thing has its own, so that none
// passes for another.
const (
	TypeList        = "yz-trust-list"
	TypePolicy      = "yz-policy"
	TypeAuthorities = "yz-authorities"
	TypeRecord      = "yz-record"
)

// maxDocument bounds the payload of one document: the Delta has some three
// hundred districts, each with a dictionary of a few kilobytes.
const maxDocument = 8 << 20

// Term is what every signed document begins with. Instants are UTC and whole
// seconds.
type Term struct {
	Sequence uint64    `json:"sequence"` // never used twice, never lower
	Issued   time.Time `json:"issued"`
	Expires  time.Time `json:"expires"` // the first instant at which it counts no more
}

// Lifetime is how long the three documents count at most.
const Lifetime = 30 * 24 * time.Hour

func (t Term) check() error {
	switch {
	case t.Sequence == 0:
		return breaks("sequence 0: the first is 1")
	case !wholeUTC(t.Issued) || !wholeUTC(t.Expires):
		return breaks("instants must be UTC and whole seconds")
	case !t.Expires.After(t.Issued):
		return breaks("it expires before it is issued")
	case t.Expires.Sub(t.Issued) > Lifetime:
		return breaks("it is to last %s, at most %s are allowed", t.Expires.Sub(t.Issued), Lifetime)
	}
	return nil
}

func wholeUTC(t time.Time) bool {
	_, offset := t.Zone()
	return offset == 0 && t.Nanosecond() == 0 && t.Year() >= 2000 && t.Year() < 2180
}

// document is one of the three signed ones.
type document interface{ check() error }

// read checks the signatures of one document and decodes it into d.
func (a Anchor) read(signed json.RawMessage, typ string, d document) error {
	if len(signed) == 0 {
		return fmt.Errorf("it is missing")
	}
	multi, err := signature.ParseMulti(signed)
	if err != nil {
		return err
	}
	if err := multi.Verify(a.Roots, a.Threshold, typ); err != nil {
		return fmt.Errorf("%w: %w", errSigned, err)
	}
	if err := decode(multi.Payload, maxDocument, d); err != nil {
		return err
	}
	return d.check()
}
