package desk

import (
	"yizheng/api/access"
	"yizheng/issuer"
)

// right is what a page asks for. What no right names, nobody may.
type right int

// The rights. Each is what the HTTP interface asks of a token for the same
// thing.
const (
	forEveryone   right = iota // the log-in itself
	forPeople                  // whoever is logged in
	toRead                     // licenses: the office all of them, a department those with permits of its own
	toOversee                  // what concerns the whole district
	toIssue                    // licenses, for the issuing office
	toAct                      // on permits of one's own authority
	toBatch                    // either of the two, by a file of many rows
	toSeeFilings               // what has and has not reached the library
	toFileAgain                // what has not
	toSeeChecks                // who checked a license
	toRecord                   // a check, on the page of its result
	toSeeDisputes              // the office all of them, a department those that it filed
	toAnswer                   // disputes that were filed with this office
)

// scopes are what each right is granted by, any of them.
var scopes = map[right][]access.Scope{
	toRead: {access.LicenseRead}, toOversee: {access.LicenseRead}, toIssue: {access.LicenseWrite}, toAct: {access.PermitWrite},
	toBatch: {access.LicenseWrite, access.PermitWrite}, toSeeFilings: {access.LibraryRead}, toFileAgain: {access.LibraryWrite}, toSeeChecks: {access.VerificationRead},
	toRecord:      {access.VerificationWrite},
	toSeeDisputes: {access.DisputeRead}, toAnswer: {access.DisputeAnswer},
}

// may says whether somebody has a right.
func (d *Desk) may(g access.Grant, want right) bool {
	office := g.ActsFor(d.c.IssuerName)
	somebody := g.Authority != ""
	switch want {
	case forEveryone:
		return true
	case forPeople:
		return g.Subject != ""
	case toRead:
		return g.Allows(access.LicenseRead) && somebody
	case toOversee:
		return g.Allows(access.LicenseRead) && office
	case toIssue:
		return g.Allows(access.LicenseWrite) && office
	case toAct:
		return g.Allows(access.PermitWrite) && somebody
	case toBatch:
		return d.may(g, toIssue) || d.may(g, toAct)
	case toSeeFilings:
		return g.Allows(access.LibraryRead)
	case toFileAgain:
		return g.Allows(access.LibraryWrite) && somebody
	case toSeeChecks:
		return g.Allows(access.VerificationRead)
	case toRecord:
		return g.Allows(access.VerificationWrite) && somebody
	case toSeeDisputes:
		return g.Allows(access.DisputeRead) && somebody && d.c.Disputes != nil
	case toAnswer:
		return g.Allows(access.DisputeAnswer) && office && d.c.Disputes != nil
	}
	return false
}

// own are the authorities whose permits somebody sees: all of them where it is
// the issuing office, which is nil, and else one's own.
func (d *Desk) own(g access.Grant) []string {
	if g.ActsFor(d.c.IssuerName) {
		return nil
	}
	return []string{g.Authority}
}

// as gives the actor for what the office does, and for what a department does
// on its own permits.
func asOffice(g access.Grant) issuer.Actor     { return issuer.Operator(g.Subject) }
func asDepartment(g access.Grant) issuer.Actor { return issuer.Department(g.Subject, g.Authority) }
