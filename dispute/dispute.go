// Package dispute is what one region tells another about a license of its own:
// an inspector elsewhere contests it (异议), the issuer answers, and both keep
// the same two signed statements. Start with [Office], which files, receives
// and answers; dispute/courier carries what was filed and brings answers back.
// The form of the statements, and why they travel so, is written down in
// docs/decisions/disputes.md.
package dispute

import (
	"errors"
	"time"

	"yizheng/license"
)

// The typ of each signed statement (RFC 7515). Both are signed by the key of
// the use record of whoever makes them.
const (
	TypeStatement = "yz-dispute"
	TypeAnswer    = "yz-dispute-answer"
)

// Reason is what is contested, from a closed list.
type Reason string

// The reasons.
const (
	HolderDiffers   Reason = "holder_differs"   // the business on the spot is another one
	PremisesDiffer  Reason = "premises_differ"  // it is somewhere else
	ContentWrong    Reason = "content_wrong"    // a permit's number, scope or term is not what was granted
	StateWrong      Reason = "state_wrong"      // shown as in force and is not, or the reverse
	DocumentDiffers Reason = "document_differs" // paper or PDF says something else than its code
	CodeCopied      Reason = "code_copied"      // the code of another business is shown
	OtherReason     Reason = "other"            // the sentence says
)

// Reasons lists every reason, in the order in which they are offered.
func Reasons() []Reason {
	return []Reason{HolderDiffers, PremisesDiffer, ContentWrong, StateWrong, DocumentDiffers, CodeCopied, OtherReason}
}

// Result is what the issuer finds.
type Result string

// The results.
const (
	Upheld   Result = "upheld"   // the objection is right, and something follows
	Rejected Result = "rejected" // the license is as it should be
	Mended   Result = "mended"   // it was right, and has been put right already
)

// Results lists every result, in the order in which they are offered.
func Results() []Result { return []Result{Upheld, Rejected, Mended} }

// Statement is what is contested, by whom, after which check.
type Statement struct {
	ID      string             `json:"id"`               // 32 hexadecimal digits
	From    license.Region     `json:"from"`             // of the deployment that files it
	To      license.Region     `json:"to"`               // of the issuer
	License license.Identifier `json:"license"`          // the version that was checked
	Permit  string             `json:"permit,omitempty"` // the number of one permit on it; empty for the whole license
	Check   Check              `json:"check"`
	Reason  Reason             `json:"reason"`
	Text    string             `json:"text"` // one sentence, of at most MaxText characters
	Contact Contact            `json:"contact"`
	Made    time.Time          `json:"made"` // UTC, whole seconds
}

// Check is the check on record that the objection came from.
type Check struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`      // UTC, whole seconds
	Outcome string    `json:"outcome"` // the verifier's outcome word
}

// Contact is who can be asked.
type Contact struct {
	Organisation string `json:"organisation"` // the authority of whoever files
	Name         string `json:"name"`
	Telephone    string `json:"telephone"`
}

// Answer is what the issuer has found, over one statement.
type Answer struct {
	Dispute   string             `json:"dispute"`   // the statement's ID
	Statement string             `json:"statement"` // SHA-256 of the signed statement, 64 hexadecimal digits
	From      license.Region     `json:"from"`      // of the issuer
	To        license.Region     `json:"to"`        // of who filed
	License   license.Identifier `json:"license"`
	Received  time.Time          `json:"received"` // when the issuer took the statement in; UTC, whole seconds
	Result    Result             `json:"result"`
	Text      string             `json:"text"`          // one sentence, of at most MaxText characters
	Act       string             `json:"act,omitempty"` // the act that followed, where one did
	By        string             `json:"by"`            // the office that answers
	Made      time.Time          `json:"made"`          // UTC, whole seconds
}

// The most characters of what people write.
const (
	MaxText      = 500
	MaxTelephone = 40
)

// Direction says on which side a dispute is kept.
type Direction string

// The directions.
const (
	Sent     Direction = "sent"     // filed here, with an issuer elsewhere
	Received Direction = "received" // filed elsewhere, about a license of ours
)

// State is how far a dispute has come.
type State string

// The states.
const (
	Waiting  State = "waiting"  // filed, and not yet with the issuer; of sent ones only
	Open     State = "open"     // with the issuer, who has not answered
	Answered State = "answered" // both sides have the answer, or will have when it was asked for
	Refused  State = "refused"  // the issuer's deployment does not take it, and Problem says why; of sent ones only
)

// Kept is a dispute as a register keeps it.
type Kept struct {
	Statement  Statement `json:"statement"`
	Answer     *Answer   `json:"answer,omitempty"`
	Direction  Direction `json:"direction"`
	State      State     `json:"state"`
	Problem    string    `json:"problem,omitempty"`      // what stood in the way of the last attempt, as a stable reason
	KeptAt     time.Time `json:"keptAt"`                 // when it came into this register
	ReceivedAt time.Time `json:"receivedAt,omitzero"`    // when the issuer took it in
	AnsweredAt time.Time `json:"answeredAt,omitzero"`    // when the answer came into this register
	Signed     string    `json:"signedStatement"`        // the compact JWS
	Answering  string    `json:"signedAnswer,omitempty"` // likewise
	Next       time.Time `json:"-"`                      // when it is to be sent, or asked about
}

// Other is the region on the other side.
func (k Kept) Other() license.Region {
	if k.Direction == Sent {
		return k.Statement.To
	}
	return k.Statement.From
}

// Sentinels. Those of statements that come from elsewhere are answered under
// the reasons in docs/decisions/disputes.md.
var (
	ErrNotFound  = errors.New("there is no such dispute")
	ErrMalformed = errors.New("it is no signed statement of a dispute")
	ErrStranger  = errors.New("no member of the federation has signed it")
	ErrStale     = errors.New("the trust list that would name its signer has ended")
	ErrElsewhere = errors.New("it is addressed to another region")
	ErrLicense   = errors.New("this office has issued no such license")
	ErrPermit    = errors.New("the license lists no permit of this number")
	ErrTime      = errors.New("it was made too long ago, or in the future")
	ErrDiffers   = errors.New("another statement was received under its id")
	ErrTooMany   = errors.New("its region has filed as many disputes as are taken in a day")
	ErrCheck     = errors.New("there is no such check on record")
	ErrNotOwn    = errors.New("the check was made by another organisation")
	ErrReused    = errors.New("another dispute was filed under this key")
	ErrIssuer    = errors.New("no issuer of the license is on the trust list")
	ErrAnswered  = errors.New("the dispute has been answered")
)

// NoAddressError says that an issuer takes no disputes over the network, and
// whom to call.
type NoAddressError struct {
	Name, Address, Telephone string // of the issuer, as its trust entry has them; the last two may be empty
}

// Error names the issuer.
func (e *NoAddressError) Error() string {
	return e.Name + " takes no disputes over the network"
}
