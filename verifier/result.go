package verifier

import (
	"time"

	"yizheng/license"
	"yizheng/trust"
)

// Outcome is the answer in one word. The outcomes stand in the order in which
// they are tried: the first that applies is the answer.
type Outcome string

// The outcomes.
const (
	NotALicense    Outcome = "not_a_license"   // no code of ours in the input
	Unreadable     Outcome = "unreadable"      // ours, but misread or cut off: scan again
	NotGenuine     Outcome = "not_genuine"     // signature, key or issuer's region say no
	Invalid        Outcome = "invalid"         // genuine, and known to be superseded, withdrawn or without one permit in force
	NotRecognised  Outcome = "not_recognised"  // genuine, not recognised in the verifier's region
	Unknown        Outcome = "unknown"         // cannot be told with what the verifier has
	PartiallyValid Outcome = "partially_valid" // some permits are in force and recognised, some are not
	Valid          Outcome = "valid"           // every permit is in force and recognised
)

// Exit is the exit status of a command that ends with this outcome: 0 for
// valid, 2 where trying again or updating may help, 1 for every other.
func (o Outcome) Exit() int {
	switch o {
	case Valid:
		return 0
	case Unreadable, Unknown:
		return 2
	}
	return 1
}

// Genuine says whether the outcome stands for a license that its issuer has
// signed. It is false where that could not be found out.
func (o Outcome) Genuine() bool {
	switch o {
	case Invalid, NotRecognised, PartiallyValid, Valid:
		return true
	}
	return false
}

// CheckName names one of the checks. A result always carries all of them, in
// this order.
type CheckName string

// The checks.
const (
	FormatCheck       CheckName = "format"       // the text is a whole code of ours, and its claims can be read
	SignatureCheck    CheckName = "signature"    // it was signed with the key that it names
	TrustCheck        CheckName = "trust"        // that key is one with which its issuer may sign licenses
	RecognitionCheck  CheckName = "recognition"  // its permits are recognised in the verifier's region
	StatusCheck       CheckName = "status"       // neither it nor its permits were suspended, revoked, …
	ValidityCheck     CheckName = "validity"     // its permits are in force by their dates
	PresentationCheck CheckName = "presentation" // it was shown just now by whoever holds it: never passed by a static code
)

// CheckStatus is how a check ended.
type CheckStatus string

// The ends of a check.
const (
	Passed  CheckStatus = "passed"
	Failed  CheckStatus = "failed"
	Warned  CheckStatus = "warned"   // passed for some permits, not for others
	NotDone CheckStatus = "not_done" // could not be done, or does not apply; the reason says why
)

// Check is one named check of a result.
type Check struct {
	Name   CheckName   `json:"name"`
	Status CheckStatus `json:"status"`
	Reason Reason      `json:"reason,omitempty"` // why it is not passed; empty when it is
}

// Result is everything that one verification found. Its JSON form is part of
// the public interface: members are added, never renamed.
type Result struct {
	Outcome      Outcome             `json:"outcome"`
	Checks       []Check             `json:"checks"`                 // all seven, in order
	License      *License            `json:"license,omitempty"`      // only where the signature is a trusted issuer's
	Presentation *Presentation       `json:"presentation,omitempty"` // of a live code that the issuer signed, however old it is
	Copy         *Copy               `json:"copy,omitempty"`         // of a derived copy that the issuer signed
	Agreements   []trust.Agreement   `json:"agreements,omitempty"`   // those that the permits' Agreement members name
	Authorities  []license.Authority `json:"authorities,omitempty"`  // of the permits, from the signed directory: whom to turn to
	Lists        Sources             `json:"lists"`                  // what the answer rests on, and how old it is
	Warnings     []Reason            `json:"warnings,omitempty"`     // what to know beside the outcome
	At           time.Time           `json:"at"`                     // the instant that was taken for now, UTC, whole seconds
	AsOf         time.Time           `json:"asOf,omitzero"`          // the moment of the past that the answer is about, where it is not about At: UTC, whole seconds
	Wanted       string              `json:"-"`                      // where the part of a closing list, or the list of the moment, is published that is not held and would tell; empty for none
	Document     *Document           `json:"document,omitempty"`     // what the PDF is worth in which the code was found; never filled in here
}

// Check gives the check of the given name, the zero Check if there is none.
func (r Result) Check(name CheckName) Check {
	for _, c := range r.Checks {
		if c.Name == name {
			return c
		}
	}
	return Check{}
}

// License is the license as verified: what its issuer signed, and the state
// that it is in.
type License struct {
	Identifier    license.Identifier  `json:"identifier"`
	Number        string              `json:"number"`
	Version       int                 `json:"version"`
	Region        license.Region      `json:"region"`
	Issuer        string              `json:"issuer"`
	Contact       Contact             `json:"contact"` // the issuer's, from its trust entry
	Industry      string              `json:"industry"`
	Catalogue     string              `json:"catalogue"`
	Holder        license.Holder      `json:"holder"`
	IssueDate     license.Date        `json:"issueDate"`
	State         license.State       `json:"state"`
	SupersededBy  *license.Identifier `json:"supersededBy,omitempty"` // the newest version, from the issuer's signed record
	Demonstration bool                `json:"demonstration,omitempty"`
	Permits       []Permit            `json:"permits"`
	Claims        license.License     `json:"-"` // all that its issuer signed, as it was decoded
}

// Contact is how to reach the issuer of a license.
type Contact struct {
	Code      license.CreditCode `json:"code"`
	Address   string             `json:"address,omitempty"`
	Telephone string             `json:"telephone,omitempty"`
	VerifyURL string             `json:"verifyURL,omitempty"` // where its own result page stands
}

// Permit is one permit of a verified license with its state, and whether it
// is recognised where the verifier stands.
type Permit struct {
	Matter     string        `json:"matter"`
	Number     string        `json:"number"`
	Authority  string        `json:"authority"` // its name: look it up in Result.Authorities
	Scope      string        `json:"scope"`
	Conditions string        `json:"conditions,omitempty"`
	Premises   string        `json:"premises,omitempty"`
	Commitment bool          `json:"commitment,omitempty"`
	ValidFrom  license.Date  `json:"validFrom"`
	ValidUntil license.Date  `json:"validUntil,omitzero"`
	State      license.State `json:"state"`
	Recognised bool          `json:"recognised"`
	Mode       trust.Mode    `json:"mode,omitempty"`      // how far: "full", "display_only"; and of what is not recognised, "needs_local_filing" or "handling_only" where that is agreed
	Agreement  string        `json:"agreement,omitempty"` // the deciding agreement's id: look it up in Result.Agreements
	Reasons    []Reason      `json:"reasons,omitempty"`   // of its recognition first, then of its state
}

// Counts says whether the permit is recognised here as one of this region's
// own would be. Whether it is in force is another question.
func (p Permit) Counts() bool { return p.Recognised && p.Mode == trust.Full }

// Sources are the signed lists that an answer rests on; one that is not held
// is absent.
type Sources struct {
	Trust       *Source `json:"trust,omitempty"`       // of the license's issuer, else of the verifier's own region
	Policy      *Source `json:"policy,omitempty"`      // absent where none was asked: in the license's own region
	Authorities *Source `json:"authorities,omitempty"` // of the signer of the trust list
	Status      *Source `json:"status,omitempty"`      // absent where no list of the license is held
	Record      *Source `json:"record,omitempty"`      // absent where no record of the license is held
}

// Source is one signed list.
type Source struct {
	Signer   string    `json:"signer,omitempty"` // of a trust document: the path of who signed it
	URI      string    `json:"uri,omitempty"`    // of a status list: its address
	Sequence uint64    `json:"sequence"`
	Issued   time.Time `json:"issued"` // of a trust document: of the last statement that it still counts
	Age      int64     `json:"age"`    // seconds from Issued to Result.At
	Expires  time.Time `json:"expires,omitzero"`
}
