package trust

import (
	"slices"

	"yizheng/license"
)

// Policy is the recognition policy (互认): the agreements under which a
// license of one region counts in another. It decides permit by permit, since
// the formal lists of the Delta name single permits rather than licenses.
type Policy struct {
	Term
	Agreements []Agreement `json:"agreements"`
}

// Agreement is one agreement on recognition, or on handling across regions.
type Agreement struct {
	ID         string       `json:"id"`
	Title      string       `json:"title"`
	Scope      Scope        `json:"scope"`
	Mode       Mode         `json:"mode"`
	Members    []string     `json:"members"`    // prefixes of region codes: 2, 4 or 6 digits
	Industries []string     `json:"industries"` // names of industries, or "*" for all
	Matters    []string     `json:"matters"`    // names of matters, or "*" for all
	Excluded   []string     `json:"excluded,omitempty"`
	From       license.Date `json:"from"`
	Until      license.Date `json:"until,omitzero"`
	Basis      Basis        `json:"basis"`
	// Demonstration says that no such agreement was made: it shows what one
	// would look like.
	Demonstration bool `json:"demonstration,omitempty"`
}

// Basis is the legal basis of an agreement. It has a term of its own: an
// agreement does not outlive it.
type Basis struct {
	Title  string       `json:"title"`
	Number string       `json:"number,omitempty"` // 文号
	Source string       `json:"source,omitempty"` // where its text can be read
	From   license.Date `json:"from,omitzero"`
	Until  license.Date `json:"until,omitzero"`
	Note   string       `json:"note,omitempty"`
}

// Scope says between whom an agreement holds.
type Scope string

// The scopes.
const (
	District     Scope = "district"      // between the districts that are named
	Citywide     Scope = "citywide"      // between all regions of one city: 全市范围互认通用
	YangtzeDelta Scope = "yangtze-delta" // between cities of Shanghai, Jiangsu, Zhejiang and Anhui
)

// Mode says what the members have agreed upon.
type Mode string

// The modes.
const (
	Full             Mode = "full"               // 互认: the permit counts as one of its own
	DisplayOnly      Mode = "display_only"       // 亮证: shown in place of paper it proves what was permitted there; nothing may be done here on the strength of it
	NeedsLocalFiling Mode = "needs_local_filing" // 备案后认可: it counts once its holder has filed it here
	HandlingOnly     Mode = "handling_only"      // 跨省通办: applications are handled in each; the license itself is not recognised
)

func (m Mode) known() bool {
	return m == Full || m == DisplayOnly || m == NeedsLocalFiling || m == HandlingOnly
}

// delta are the provinces of the Yangtze Delta.
var delta = [...]string{"31", "32", "33", "34"}

const maxAgreements = 1024

func (p *Policy) check() error {
	if err := p.Term.check(); err != nil {
		return err
	}
	return CheckAgreements(p.Agreements)
}

// CheckAgreements holds the agreements of a policy to their rules.
func CheckAgreements(agreements []Agreement) error {
	if len(agreements) > maxAgreements {
		return breaks("%d agreements, at most %d", len(agreements), maxAgreements)
	}
	seen := make(map[string]bool)
	for i := range agreements {
		a := &agreements[i]
		if a.ID == "" || seen[a.ID] {
			return breaks("agreement %d has no id of its own", i)
		}
		seen[a.ID] = true
		if err := a.check(); err != nil {
			return err
		}
	}
	return nil
}

func (a *Agreement) check() error {
	texts := []string{a.ID, a.Title, a.Basis.Title, a.Basis.Number, a.Basis.Source, a.Basis.Note}
	texts = append(append(append(texts, a.Industries...), a.Matters...), a.Excluded...)
	for _, s := range texts {
		if s != "" && license.CheckText(s) != nil {
			return breaks("agreement %s: the text %q cannot be used", a.ID, s)
		}
	}
	switch {
	case a.Title == "" || a.Basis.Title == "":
		return breaks("agreement %s needs a title and a legal basis", a.ID)
	case !a.Mode.known():
		return breaks("agreement %s has the unknown mode %q", a.ID, a.Mode)
	case a.From.IsZero() || (!a.Until.IsZero() && a.Until < a.From):
		return breaks("the days of agreement %s run backwards", a.ID)
	case !a.Basis.Until.IsZero() && a.Basis.Until < a.Basis.From:
		return breaks("the days of the basis of agreement %s run backwards", a.ID)
	case len(a.Members) == 0 || len(a.Industries) == 0 || len(a.Matters) == 0:
		return breaks("agreement %s needs members, industries and matters", a.ID)
	}
	for _, m := range a.Members {
		if !regionPrefix(m) {
			return breaks("agreement %s: member %q is no prefix of 2, 4 or 6 digits", a.ID, m)
		}
		if a.Scope == YangtzeDelta && !slices.Contains(delta[:], m[:2]) {
			return breaks("agreement %s: member %s lies outside the Delta", a.ID, m)
		}
	}
	switch a.Scope {
	case YangtzeDelta:
	case District:
		if len(a.Members) < 2 {
			return breaks("agreement %s needs two districts", a.ID)
		}
	case Citywide:
		if len(a.Members) != 1 || license.Region((a.Members[0] + "0000")[:6]).City() != a.Members[0] {
			return breaks("agreement %s is citywide and needs one city for its member", a.ID)
		}
	default:
		return breaks("agreement %s has the unknown scope %q", a.ID, a.Scope)
	}
	return nil
}
