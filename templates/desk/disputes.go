package desk

import (
	"time"

	"yizheng/license"
	"yizheng/templates/answer"
)

// DisputeLine is a dispute as a list shows it.
type DisputeLine struct {
	ID           string
	KeptAt       time.Time
	License      string // the identifier of the version
	Region       string // on the other side
	Outward      bool   // it was filed here
	Organisation string // that filed it
	Reason       Text
	State        answer.Badge
}

// DisputesPage lists disputes: what waits for an answer of ours, what was
// answered, and what was filed here.
type DisputesPage struct {
	Office           bool // the first two are shown
	Open, Done, Sent []DisputeLine
}

// DisputePage shows one.
type DisputePage struct {
	DisputeLine
	Permit, Text, Person, Telephone string
	Check                           string // the record of the check that it came from
	CheckedAt, ReceivedAt           time.Time
	Found                           Text // by that check
	Problem                         string
	Answer                          *DisputeAnswer
	OursToSee                       bool // the license is on this desk

	Answers bool // the form is shown
	Token   string
	Results []Choice
	Written DisputeReply
	Faults  license.Faults
}

// DisputeAnswer is what the issuer has found.
type DisputeAnswer struct {
	Result        Text
	Text, Act, By string
	Made          time.Time
}

// DisputeReply is what stands in the form.
type DisputeReply struct{ Result, Text, Act string }

// Choice is one of several.
type Choice struct {
	Value string
	Text  Text
}
