package metadata

import "time"

// Queued is a filing as it waits in, or has left, the outbox.
type Queued struct {
	Filing
	State    string    // "pending", "delivered" or "dead"
	Attempts int       // since it was queued, or replayed
	Next     time.Time // not to be tried before
	Problem  string    // of the last attempt
	Receipt  string    // the library's, once delivered
}

// The states of a queued filing.
const (
	Pending   = "pending"
	Delivered = "delivered"
	Dead      = "dead" // given up; it holds back all that follows of its license until it is replayed
)

// Summary is where one license stands, as the register or the library has it:
// what the two compare.
type Summary struct {
	License    string        `json:"license"`
	Sequence   int64         `json:"sequence"`             // of the last event
	Identifier string        `json:"identifier,omitempty"` // of the newest version; empty when only checks were filed
	State      string        `json:"state,omitempty"`      // of the license, see [StateCode]: 01 or 03
	Permits    []PermitState `json:"permits,omitempty"`    // of the newest version, in its order
	Document   string        `json:"document,omitempty"`   // SHA-256 of the newest version's sealed document; empty until it was made
}

// PermitState is where one permit stands.
type PermitState struct {
	Authority string `json:"authority"`
	Number    string `json:"number"`
	State     string `json:"state"` // see [StateCode]
}

// Standing is a license's summary in the register, with how much of it the
// library has acknowledged.
type Standing struct {
	Summary
	Delivered int64 // every event up to this one was acknowledged
}
