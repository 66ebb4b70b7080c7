package pages

import (
	"time"

	"yizheng/license"
	"yizheng/templates/answer"
	"yizheng/verifier"
)

// Recording is what the page of a result offers to those who record checks.
type Recording struct {
	// Login is where an inspector logs in, who then comes back; somebody is
	// logged in where it is empty.
	Login string

	Who, Authority string // who is logged in, and for whom
	Token          string // of the session's forms
	Away           bool   // whether and what was recorded cannot be told now
	MayNot         bool   // who is logged in may not record checks
	Done           *Recorded
	Before         *Recorded // the last check that the same person has recorded of this license

	Address string // where the form goes
	Key     string // under which the form is recorded once
	Method  string // how the code was read
	Fields  []Field
}

// Field is one line of the form.
type Field struct {
	Name     string
	Label    answer.Text
	Value    string
	Most     int // characters
	Required bool
	Choices  []string // proposed; others may be written
	Faults   license.Faults
}

// purposes are those that an inspector most often has. They are proposed, and
// anything else may be written: no list of them is prescribed.
var purposes = []string{"日常检查", "专项检查", "投诉举报核查", "办理事项核验", "跨区域协查"}

// Fields gives the form's lines with what was written so far. matters are
// those of the license.
func Fields(place, purpose, matter string, matters []string, faults license.Faults) []Field {
	fields := []Field{
		{Name: "place", Label: answer.Text{ZH: "地点", EN: "Place"}, Value: place},
		{Name: "purpose", Label: answer.Text{ZH: "目的", EN: "Purpose"}, Value: purpose, Required: true, Choices: purposes},
		{Name: "matter", Label: answer.Text{ZH: "事项（可不填）", EN: "Matter (may be empty)"}, Value: matter, Choices: matters},
	}
	for i := range fields {
		fields[i].Most = license.MaxPurpose
		for _, f := range faults {
			if f.Field == fields[i].Name {
				fields[i].Faults = append(fields[i].Faults, f)
			}
		}
	}
	return fields
}

// Recorded is a check that is on record.
type Recorded struct {
	license.Verification
	Again    string       // the address of the page without the record
	Disputes []Dispute    // that were filed after it
	Contest  *ContestForm // by which one is filed; nil for those who may not
}

// Dispute is one that was filed with the issuer, and what came of it.
type Dispute struct {
	ID            string
	Address       string // of its page; empty for none
	Reason, State answer.Text
	Result        answer.Text // of the answer; zero while there is none
	Says          string      // the answer
}

// ContestForm is what is asked of somebody who contests a license.
type ContestForm struct {
	Key                            string // under which it is filed once
	Issuer                         string // with whom it is filed
	Permits                        []verifier.Permit
	Reasons                        []Choice
	Permit, Reason, Text           string // as written so far
	Name, Telephone                string
	MostText, MostName, MostNumber int // characters
	Faults                         license.Faults
}

// Choice is one of several.
type Choice struct {
	Value string
	Text  answer.Text
}

// Instant gives the time of the record as a program reads it.
func (r Recorded) Instant() string { return r.Verification.At.Format(time.RFC3339) }

// At gives it as a person does, in Shanghai's time.
func (r Recorded) At() string { return answer.Clock(r.Verification.At) }

// Found gives the outcome in a word.
func (r Recorded) Found() answer.Text { return answer.OutcomeVerdict(r.Outcome).Word }

// Presence says how the check of a live code ended; the zero Text for another
// code.
func (r Recorded) Presence() answer.Text { return answer.PresenceWord(r.Presentation) }
