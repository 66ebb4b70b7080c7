package offline

import (
	"slices"
	"time"

	"yizheng/license"
	"yizheng/trust"
)

// State is what a session holds, for a page that shows how old it is.
type State struct {
	Roots      []Root            `json:"roots"`  // of the anchor
	Region     license.Region    `json:"region"` // where the verifier stands
	RegionName string            `json:"regionName"`
	Signers    []Signer          `json:"signers"`
	Issuers    []Issuer          `json:"issuers"`
	Newest     time.Time         `json:"newest"`  // the latest instant that anything held was signed at: no clock may show less
	Highest    map[string]uint64 `json:"highest"` // for the next session
}

// Root is a root as it was given by hand.
type Root struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
	Keys        int    `json:"keys"`
	Threshold   int    `json:"threshold"`
}

// Signer is who publishes a trust list: a root, or one of its delegates.
type Signer struct {
	Title    string       `json:"title"`
	Sequence uint64       `json:"sequence,omitempty"` // of its list
	Issued   time.Time    `json:"issued,omitzero"`    // of its last statement that the list counts
	Expires  time.Time    `json:"expires,omitzero"`   // when the list counts no more
	Refused  trust.Reason `json:"refused,omitempty"`  // why its list is not believed
}

// Issuer is one issuer of the trust list, and what is held of its lists.
type Issuer struct {
	Region     license.Region `json:"region"`
	RegionName string         `json:"regionName"`
	Name       string         `json:"name"`
	Lists      int            `json:"lists"`
	Oldest     time.Time      `json:"oldest,omitzero"` // issue of the oldest list held
	Expires    time.Time      `json:"expires,omitzero"`
	Closing    []Closing      `json:"closing,omitempty"` // those that its entry names
}

// State says what the session holds.
func (s *Session) State() State {
	b := s.bundle
	st := State{Region: s.region, Highest: s.lists.Highest()}
	if st.Region == "" {
		st.Region = b.Anchor.Region
	}
	st.RegionName = st.Region.FullName()
	for _, r := range b.Anchor.Roots {
		st.Roots = append(st.Roots, Root{Name: r.Name, Fingerprint: r.Fingerprint(), Keys: len(r.Keys), Threshold: r.Threshold})
	}
	for _, p := range b.Publications {
		st.Newest = later(st.Newest, p.SignedAt())
		if p.Stated {
			st.Signers = append(st.Signers, signerOf(p, b.Faults))
		}
	}
	for _, i := range b.Issuers {
		st.Issuers = append(st.Issuers, Issuer{Region: i.Region, RegionName: i.Region.FullName(), Name: i.Name, Closing: s.closingsOf(i)})
	}
	for _, h := range s.lists.Held() {
		st.Newest = later(st.Newest, h.Issued)
		at := slices.IndexFunc(st.Issuers, func(i Issuer) bool { return i.Region == h.Region })
		if at < 0 {
			continue // cannot be: lists are only taken from issuers of the bundle
		}
		i := &st.Issuers[at]
		i.Lists++
		if i.Oldest.IsZero() || h.Issued.Before(i.Oldest) {
			i.Oldest, i.Expires = h.Issued, h.Expires
		}
	}
	return st
}

func signerOf(p *trust.Publication, faults []*trust.Error) Signer {
	s := Signer{Title: p.Signer.Title}
	if p.List != nil {
		s.Sequence, s.Issued = p.List.Sequence, p.Freshness.Issued
		s.Expires, _ = p.Ends(p.List.Term, trust.ListPart)
	}
	for _, f := range faults {
		if f.Signer == p.Path() && s.Refused == "" {
			s.Refused = f.Reason
		}
	}
	return s
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
