package offline

import (
	"slices"
	"time"

	"yizheng/license"
	"yizheng/trust"
)

// State is what a session holds, for a page that shows how old it is.
type State struct {
	Fingerprint string            `json:"fingerprint"` // of the anchor
	Roots       int               `json:"roots"`
	Threshold   int               `json:"threshold"`
	Region      license.Region    `json:"region"` // where the verifier stands
	RegionName  string            `json:"regionName"`
	Trust       trust.Term        `json:"trust"`
	Policy      trust.Term        `json:"policy"`
	Authorities trust.Term        `json:"authorities"`
	Issuers     []Issuer          `json:"issuers"`
	Newest      time.Time         `json:"newest"`  // the latest instant that anything held was signed at: no clock may show less
	Highest     map[string]uint64 `json:"highest"` // for the next session
}

// Issuer is one issuer of the trust list, and what is held of its lists.
type Issuer struct {
	Region     license.Region `json:"region"`
	RegionName string         `json:"regionName"`
	Name       string         `json:"name"`
	Lists      int            `json:"lists"`
	Oldest     time.Time      `json:"oldest,omitzero"` // issue of the oldest list held
	Expires    time.Time      `json:"expires,omitzero"`
}

// State says what the session holds.
func (s *Session) State() State {
	b := s.bundle
	st := State{
		Fingerprint: b.Anchor.Fingerprint(), Roots: len(b.Anchor.Roots), Threshold: b.Anchor.Threshold,
		Region: s.region, Trust: b.List.Term, Policy: b.Policy.Term, Authorities: b.Directory.Term,
		Highest: s.lists.Highest(),
	}
	if st.Region == "" {
		st.Region = b.Anchor.Region
	}
	st.RegionName = st.Region.FullName()
	for _, t := range []trust.Term{b.List.Term, b.Policy.Term, b.Directory.Term} {
		st.Newest = later(st.Newest, t.Issued)
	}
	for _, i := range b.List.Issuers {
		st.Issuers = append(st.Issuers, Issuer{Region: i.Region, RegionName: i.Region.FullName(), Name: i.Name})
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

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
