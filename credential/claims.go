package credential

import (
	"yizheng/license"
	"yizheng/status"
)

// reference is the status claim of the IETF token status list.
type reference struct {
	List struct {
		Index uint32 `json:"idx"`
		URI   string `json:"uri"`
	} `json:"status_list"`
}

// reference points at the entry with the number in the issuer's lists.
func (e *Exporter) reference(index uint32) reference {
	chunk, offset := status.Locate(index)
	var r reference
	r.List.Index, r.List.URI = offset, status.Address(e.c.StatusBase, chunk)
	return r
}

// permit is a permit with its own entry in the status lists, so that whoever
// is shown nothing else can still ask for its state.
type permit struct {
	license.Permit
	Status reference `json:"status"`
}

func (e *Exporter) permits(l license.License) []permit {
	permits := make([]permit, len(l.Permits))
	for i, p := range l.Permits {
		permits[i] = permit{p, e.reference(l.StatusIndex + 1 + uint32(i))}
	}
	return permits
}

// subject is what both forms say of the license itself, under the names that
// the result of a verification has.
type subject struct {
	Identifier    license.Identifier `json:"identifier"`
	Number        string             `json:"number"`
	Version       int                `json:"version"`
	Region        license.Region     `json:"region"`
	IssuedBy      string             `json:"issuedBy"` // the issuing authority's name
	Industry      string             `json:"industry"`
	Catalogue     string             `json:"catalogue"`
	IssueDate     license.Date       `json:"issueDate"`
	Demonstration bool               `json:"demonstration,omitempty"` // worth nothing in law
}

func subjectOf(l license.License) subject {
	return subject{
		Identifier: l.Identifier, Number: l.Number, Version: l.Identifier.Version, Region: l.Region, IssuedBy: l.Issuer,
		Industry: l.Industry, Catalogue: l.Catalogue, IssueDate: l.IssueDate, Demonstration: l.Demonstration,
	}
}
