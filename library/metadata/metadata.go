// Package metadata is the one home of what is filed with the city's e-license
// library (市电子证照库): the events of a license, in order, and the metadata
// of each by the element names of GB/T 36903. The issuer composes them, the
// register keeps them, the deliverer sends them and the receiver checks them,
// all by this package. Start with [Filing].
//
// It is pure: no storage, no HTTP, no clock.
package metadata

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind says what happened to a license.
type Kind string

// The kinds of event that are filed.
const (
	Issue        Kind = "issue"        // the first version; the body is a [Certificate]
	Change       Kind = "change"       // a further version; the body is a [Certificate] with its predecessor
	Status       Kind = "status"       // the license or one permit changed its state; the body is a [StatusChange]
	Document     Kind = "document"     // the sealed document was made; the body is a [SealedDocument]
	Verification Kind = "verification" // somebody checked the license; the body is a [Check]
)

// Filing is one event of one license, as it is sent. The same event always has
// the same bytes, so that the library may compare a repetition with what it
// has.
type Filing struct {
	ID       string          `json:"id"`       // license + "/" + sequence; the idempotency key
	License  string          `json:"license"`  // the identifier without version and check character
	Sequence int64           `json:"sequence"` // 1 first, +1 for each event of the license
	Kind     Kind            `json:"kind"`
	At       time.Time       `json:"at"` // UTC, whole seconds
	Body     json.RawMessage `json:"body"`
}

// ID gives the identity of a license's event: it is drawn from nothing but
// the two, so that a register restored from an old copy cannot file a second
// event in the place of another without being found out.
func ID(license string, sequence int64) string {
	return license + "/" + strconv.FormatInt(sequence, 10)
}

// SplitID takes an event's identity apart; ok is false where it has none of
// the form that [ID] gives.
func SplitID(id string) (license string, sequence int64, ok bool) {
	license, number, found := strings.Cut(id, "/")
	if !found || license == "" {
		return "", 0, false
	}
	sequence, err := strconv.ParseInt(number, 10, 64)
	if err != nil || sequence < 1 || ID(license, sequence) != id {
		return "", 0, false
	}
	return license, sequence, true
}

// Event is a filing before the register has given it its place in order.
type Event struct {
	License string // the identifier without version and check character
	Kind    Kind
	At      time.Time
	Body    json.RawMessage
}

// NewEvent makes the event of the given kind whose body is one of this
// package's types. The instant is kept in whole seconds of UTC.
func NewEvent(license string, kind Kind, at time.Time, body any) (Event, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return Event{}, fmt.Errorf("writing the metadata of %s: %w", license, err)
	}
	return Event{License: license, Kind: kind, At: at.UTC().Truncate(time.Second), Body: b}, nil
}

// Filing puts the event into its place in order.
func (e Event) Filing(sequence int64) Filing {
	return Filing{ID: ID(e.License, sequence), License: e.License, Sequence: sequence, Kind: e.Kind, At: e.At, Body: e.Body}
}
