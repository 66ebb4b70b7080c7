package trust

import (
	"yizheng/license"
)

// Anchor is what a verifier is given by hand: one root or several, and the
// region where the verifier stands. Everything else it believes follows from
// signatures.
type Anchor struct {
	Region license.Region `json:"region"` // of the verifier
	Roots  []AnchoredRoot `json:"roots"`
}

// AnchoredRoot is a root as somebody handed it over: the keys of one version
// of it, and for which regions it is believed here.
type AnchoredRoot struct {
	Name      string    `json:"name"`
	Territory Territory `json:"territory"` // what it says of other regions is not taken
	Version   uint64    `json:"version"`
	Role                // of that version
}

// maxRoots bounds the number of roots.
const maxRoots = 16

// ParseAnchor reads and checks the "anchor" member of a trust.json. Its
// errors are of type [*Error].
func ParseAnchor(b []byte) (Anchor, error) {
	var a Anchor
	if err := Decode(b, 1<<18, &a); err != nil {
		return Anchor{}, refuse("anchor", err)
	}
	if err := a.check(); err != nil {
		return Anchor{}, refuse("anchor", err)
	}
	return a, nil
}

// check holds an anchor to its rules: a region that exists today, and roots of
// which no two speak for the same region, so that nobody has to choose between
// them.
func (a Anchor) check() error {
	if !a.Region.WellFormed() {
		return breaks("%q is no region", a.Region)
	}
	if to, gone := a.Region.Successor(); gone {
		return breaks("region %s was abolished and is now %s", a.Region, to)
	}
	if len(a.Roots) == 0 || len(a.Roots) > maxRoots {
		return breaks("%d roots, want 1 to %d", len(a.Roots), maxRoots)
	}
	for i, r := range a.Roots {
		if err := r.check(); err != nil {
			return err
		}
		for _, other := range a.Roots[:i] {
			if r.Name == other.Name {
				return breaks("two roots are called %s", r.Name)
			}
			if p := r.Territory.Meets(other.Territory); p != "" {
				return breaks("both root %s and root %s are believed for %s: leave it out of the territory of one", other.Name, r.Name, p)
			}
		}
	}
	return nil
}

func (r AnchoredRoot) check() error {
	if !SignerName(r.Name) {
		return breaks("%q is no name of a root", r.Name)
	}
	if r.Version == 0 {
		return breaks("root %s: version 0: the first is 1", r.Name)
	}
	if err := r.Territory.Check(); err != nil {
		return err
	}
	return r.Role.check("root "+r.Name, make(map[string]bool))
}

// AnchorOf is how a root is handed over: by its document as it is now.
func AnchorOf(r *Root) AnchoredRoot {
	return AnchoredRoot{Name: r.Name, Territory: r.Territory, Version: r.Version, Role: r.Role}
}
