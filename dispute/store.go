package dispute

import (
	"context"
	"time"

	"yizheng/license"
)

// Store keeps disputes. Each method that writes is one transaction, with its
// own line of the audit trail, and all are safe for concurrent use, also by
// several processes.
type Store interface {
	// Verification gives a check on record; [ErrCheck].
	Verification(ctx context.Context, id string) (license.Verification, error)
	// PermitNumbers gives the permits of an issued version; [ErrLicense].
	PermitNumbers(ctx context.Context, identifier string) ([]string, error)

	// AddDispute keeps k, and says that it is new; one that is kept already
	// under its direction and ID is given back as it is. Where most is above
	// zero and its region has so many of the direction since, it is
	// [ErrTooMany].
	AddDispute(ctx context.Context, k Kept, actor string, most int, since time.Time) (held Kept, added bool, _ error)
	// Dispute gives one; [ErrNotFound].
	Dispute(ctx context.Context, of Direction, id string) (Kept, error)
	// Disputes gives those that the filter names, the newest first.
	Disputes(ctx context.Context, f Filter) ([]Kept, error)
	// AnswerDispute keeps the signed answer of a dispute that is not answered
	// yet, and when the issuer took it in; [ErrAnswered] for one that is.
	AnswerDispute(ctx context.Context, of Direction, id, answer, actor string, received, at time.Time) error

	// DueDisputes gives sent ones that are to be sent or asked about, the
	// longest due first: those whose time has come, and those whose time lies
	// beyond horizon, which a wrong clock has named.
	DueDisputes(ctx context.Context, now, horizon time.Time, limit int) ([]Kept, error)
	// ClaimDispute moves the time of one that is due, so that nobody else
	// takes it up; false when somebody has.
	ClaimDispute(ctx context.Context, id string, due, next time.Time) (bool, error)
	// DisputeArrived notes that the issuer has taken one in.
	DisputeArrived(ctx context.Context, id string, received, at time.Time) error
	// DisputeHeld notes what stood in the way of an attempt; empty for nothing.
	DisputeHeld(ctx context.Context, id, problem string) error
	// DisputeRefused ends one that the issuer's deployment does not take.
	DisputeRefused(ctx context.Context, id, problem string, at time.Time) error
}

// Filter chooses disputes. What is zero chooses all.
type Filter struct {
	Direction    Direction
	State        State
	License      string // the identifier of a version
	Organisation string // that filed
	Limit        int    // at most so many; 100 when zero
}

// Tally is what is known of the disputes that are not answered, for those who
// watch: of those that wait to be delivered, of those that are with an issuer
// elsewhere, and of those that were filed with this office.
type Tally struct{ Waiting, Open, Received Count }

// Count is how many disputes there are, and when the oldest of them was kept;
// zero for none.
type Count struct {
	Number int64
	Oldest time.Time
}
