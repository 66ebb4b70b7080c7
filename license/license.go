// Package license is the domain of the integrated industry license
// (行业综合许可证): one license that stands, by its code, for every permit
// (单项许可) beneath it. Start with [License]; [Date], [Region], [CreditCode]
// and [Identifier] are the checked values it is made of.
//
// The package knows no wire format, no storage and no clock.
package license

// Holder is the market entity (市场主体) to which the permits were granted.
type Holder struct {
	Name           string     `json:"name"`
	CreditCode     CreditCode `json:"creditCode"`
	Representative string     `json:"representative"` // 法定代表人(负责人)
	Premises       string     `json:"premises"`       // 经营场所
}

// Permit is a single permit (单项许可) as its authority granted it. Its state
// is not part of it: states change while the permit's text stands.
type Permit struct {
	Matter     string `json:"matter"`               // 许可事项, the catalogue's name
	Number     string `json:"number"`               // 许可证编号
	Authority  string `json:"authority"`            // 实施机关, its full name
	Scope      string `json:"scope"`                // 许可范围
	Conditions string `json:"conditions,omitempty"` // what the grant is subject to
	Premises   string `json:"premises,omitempty"`   // where it differs from, or repeats, the holder's
	Commitment bool   `json:"commitment,omitempty"` // 告知承诺: granted on a commitment
	ValidFrom  Date   `json:"validFrom"`
	ValidUntil Date   `json:"validUntil,omitzero"` // last day in force; none when the permit has no term
}

// License is one version of an integrated industry license.
type License struct {
	Identifier    Identifier `json:"identifier"`
	Number        string     `json:"number"`    // 行业综合许可证编号
	Region        Region     `json:"region"`    // of the issuing authority
	Issuer        string     `json:"issuer"`    // the issuing authority's name
	Industry      string     `json:"industry"`  // 行业类别, the catalogue's name
	Catalogue     string     `json:"catalogue"` // version of the catalogue it was issued under
	Holder        Holder     `json:"holder"`
	Permits       []Permit   `json:"permits"`
	IssueDate     Date       `json:"issueDate"`
	StatusIndex   uint32     `json:"statusIndex"`             // first of 1+len(Permits) neighbouring status entries: the version's, then each permit's
	Demonstration bool       `json:"demonstration,omitempty"` // made from a demonstration deployment: worth nothing in law
}

// State says whether one permit, or a whole license, is in force.
type State string

// The states of a permit. The words for what an authority may do to a permit
// are those of the administrative licensing law; those of time follow from
// its dates.
const (
	Valid       State = "valid"
	NotYetValid State = "not_yet_valid"
	Expired     State = "expired"
	Suspended   State = "suspended" // 暂扣
	Revoked     State = "revoked"   // 吊销
	Withdrawn   State = "withdrawn" // 撤销
	Cancelled   State = "cancelled" // 注销
	Unknown     State = "unknown"   // a verifier could not find out
)

// The states that only a whole license has.
const (
	PartiallyValid State = "partially_valid" // some permits are in force, some are not
	Invalid        State = "invalid"         // no permit is in force
	Superseded     State = "superseded"      // a newer version exists
)

// StateOn gives what the dates of p alone say of it on day: [Valid],
// [NotYetValid] or [Expired]. A permit is in force from the first instant of
// ValidFrom to the last of ValidUntil.
func (p Permit) StateOn(day Date) State {
	switch {
	case day < p.ValidFrom:
		return NotYetValid
	case !p.ValidUntil.IsZero() && day > p.ValidUntil:
		return Expired
	}
	return Valid
}

// Summary is the state of a license whose permits have the given states: it
// has no validity of its own beyond theirs. Unknown permits are not in force.
func Summary(permits []State) State {
	inForce := 0
	for _, s := range permits {
		if s == Valid {
			inForce++
		}
	}
	switch inForce {
	case 0:
		return Invalid
	case len(permits):
		return Valid
	}
	return PartiallyValid
}
