package license

import "time"

// Verification is the record of one check of a license (核验): who looked at
// it, when, where, for which purpose, and what came out. Every use of an
// electronic license states its purpose.
type Verification struct {
	ID           string     `json:"id"`
	License      Identifier `json:"license"`
	Outcome      string     `json:"outcome"` // the verifier's outcome word
	At           time.Time  `json:"at"`      // UTC, whole seconds
	Region       Region     `json:"region"`  // of whoever checked
	Place        string     `json:"place,omitempty"`
	Purpose      string     `json:"purpose"`
	Organisation string     `json:"organisation"`
	Operator     string     `json:"operator"`
	Matter       string     `json:"matter,omitempty"` // the matter it was checked for
	Method       string     `json:"method,omitempty"` // how the code was read: camera, scanner, file, link
	// Presentation is how the check of a live code ended: passed, failed or
	// not_done. It is empty for every other code.
	Presentation string `json:"presentation,omitempty"`

	// Found and FoundAt are what the device of whoever checked had found, and
	// when by its clock, where the check was made off line and recorded later.
	// Outcome and At are then what the recording deployment found, and when.
	Found   string    `json:"found,omitempty"`
	FoundAt time.Time `json:"foundAt,omitzero"`
}
