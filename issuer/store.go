package issuer

import (
	"context"
	"errors"
	"time"

	"yizheng/library/metadata"
	"yizheng/license"
)

// Store is what issuing needs of the register. Every method that writes is
// one transaction: when it returns nil, what it wrote is on the disk and will
// be there after a power cut; when it returns an error, nothing was written.
// All methods are safe for concurrent use, also by several processes.
type Store interface {
	Journal
	Records
	States
	Lists
}

// Sentinels of a Store. They may be wrapped.
var (
	// ErrNotFound says that the register has no such record.
	ErrNotFound = errors.New("not in the register")
	// ErrMoved says that what a write was based on is no longer so: read
	// again and try again.
	ErrMoved = errors.New("the register has moved on")
	// ErrKeyClosed says that the key in use was closed: nothing is issued by it
	// any more, by any process.
	ErrKeyClosed = errors.New("the key in use was closed: bring another into use (yizheng keys), and restart what serves; a district that was itself closed issues no more")
	// ErrUnproven says that what was signed here would not verify anywhere, so
	// that it was given up and nothing was issued: the clock is wrong, or the
	// trust list is not the keys'.
	ErrUnproven = errors.New("what is signed here does not verify: compare the clock of this machine, and see that the trust list names its keys")
	// ErrUnavailable says that the register could not be reached, or was held
	// by others for too long. Nothing was written by halves; where the answer
	// to a commit was lost, all of it may have been. Trying again is safe.
	ErrUnavailable = errors.New("the register cannot be reached just now")
)

// Conflict is returned by Issue and Withdraw when what they need is another's.
type Conflict struct {
	Kind  ConflictKind
	Entry int       // index into Batch.Entries, for all but the key
	Batch string    // what holds the key, the content or the version
	Key   PermitKey // for a permit
	Base  string    // the license that lists the permit
	Left  bool      // Batch was left half-way by a program of before; [Journal.Void] makes way
}

// ConflictKind says what is held by another.
type ConflictKind string

// The kinds of conflict.
const (
	KeyHeld     ConflictKind = "key"     // the idempotency key was used
	ContentHeld ConflictKind = "content" // a current license has this content
	PermitHeld  ConflictKind = "permit"  // a permit is on another current license
	VersionHeld ConflictKind = "version" // the license has moved on
)

// Error says what is held.
func (c *Conflict) Error() string { return string(c.Kind) + " is held by another" }

// Want asks for a serial and a block of status entries.
type Want struct {
	Serial string // given: a further version, whose serial stands; empty: a new one
	Length int    // entries in the block
}

// Slot is what was reserved for a Want.
type Slot struct {
	Serial string // 4-digit year and 7-digit number
	Index  uint32 // of the first entry of the block
}

// Batch is some licenses that are issued together or not at all.
type Batch struct {
	ID      string
	Key     string   // idempotency key; empty for none
	Hash    [32]byte // of the request under the key
	Actor   string
	At      time.Time
	Entries []Entry
	Answer  []string // identifiers that answer the request, in its order; those of Entries and those that were there before
}

// Entry is one version, signed and checked, with what it claims.
type Entry struct {
	License     license.License
	Content     [32]byte        // two current licenses never have the same
	Operation   string          // "issue", "change", "renew" or "reissue"
	Predecessor string          // identifier of the version that must be current, and is superseded; empty for a new license
	KeyID       string          // of the key that has signed
	Text        string          // of the QR code, with the issuer's prefix
	States      []license.State // of its permits, as the event says
	Event       metadata.Event
}

// Journal is what makes issuing survive a crash at any step: what leaves the
// process was stored by Issue, and what was not is worth nothing, since the
// entries that were reserved for it read revoked.
type Journal interface {
	// Reserve gives each want a serial that was never given before and a
	// block of status entries that nobody has. Blocks are placed by
	// [Placement] with draw, which gives random numbers. What is reserved
	// stays reserved, used or not.
	Reserve(ctx context.Context, year int, wants []Want, draw func() (uint32, error)) ([]Slot, error)

	// Issue stores a batch: it supersedes the predecessors, assigns the status
	// entries, queues the events and the documents and writes the audit trail.
	// What another has is a *Conflict; permits that are in other states than
	// given are ErrMoved; a key that was closed is ErrKeyClosed. A batch without
	// entries only remembers its answer under its key.
	Issue(ctx context.Context, b Batch) error

	// Void gives up a batch that a program of before, which stored what it was
	// about to sign, has left half-way, and frees its claims; its serials stay
	// used up. A batch that is no longer unfinished is ErrMoved.
	Void(ctx context.Context, batch, actor, reason string, at time.Time) error

	// Unfinished lists such batches, oldest first.
	Unfinished(ctx context.Context) ([]string, error)
}

// Version is one issued version as the register has it.
type Version struct {
	License  license.License
	Text     string
	State    license.State   // Valid while current, Superseded, or Withdrawn
	States   []license.State // of the permits, by act alone: Valid, Suspended, Revoked, Withdrawn or Cancelled
	IssuedAt time.Time
}

// Request is what is remembered under an idempotency key.
type Request struct {
	Hash   [32]byte
	Batch  string
	Answer []string // identifiers of versions
	Left   bool     // the batch was left half-way by a program of before
}

// Records is what issuing reads. What is not there is ErrNotFound.
type Records interface {
	Request(ctx context.Context, key string) (Request, error)
	// Version gives the version with the full identifier.
	Version(ctx context.Context, identifier string) (Version, error)
	// Current gives the newest issued version of the license that id names:
	// a full identifier of any version, one without version and check, or a
	// license number.
	Current(ctx context.Context, id string) (Version, error)
	// CurrentOf gives the identifier of the current version that has each of
	// the contents, and nothing where none has.
	CurrentOf(ctx context.Context, contents [][32]byte) ([]string, error)
}

// PermitKey is what makes a permit the same one on any license.
type PermitKey struct {
	Authority string
	Number    string
}

// PermitStanding is where a permit stands by its authority's acts.
type PermitStanding struct {
	State license.State
	Acted bool   // some act was recorded
	Held  string // the license that lists it now, without version; empty for none
}

// PermitAct is a change of a permit's state.
type PermitAct struct {
	Key      PermitKey
	From, To license.State
	Reason   string
	Actor    string
	At       time.Time
	Carriers []string         // identifiers of the versions that the events speak of: see States.Carriers
	Events   []metadata.Event // one for each carrier
	Done     *Done            // to be remembered; nil for nothing
}

// Withdrawal is the withdrawal of a license with all its versions.
type Withdrawal struct {
	Identifier string // the version that must be current
	Reason     string
	Actor      string
	At         time.Time
	Event      metadata.Event
	Done       *Done // to be remembered; nil for nothing
}

// States is what acts on permits and licenses need.
type States interface {
	// Standing gives where each permit stands; one that was never seen is
	// Valid.
	Standing(ctx context.Context, keys []PermitKey) ([]PermitStanding, error)
	// Carriers gives the identifier of the newest version of each license
	// whose newest version lists the permit, in a settled order.
	Carriers(ctx context.Context, key PermitKey) ([]string, error)
	// Done gives what was remembered of an act under its key.
	Done(ctx context.Context, key string) (Done, error)
	// Remember keeps what a request came to that had nothing to do. A key that
	// was used is ErrMoved, here and wherever an act is to be remembered.
	Remember(ctx context.Context, d Done) error
	// ActOnPermit changes the state, writes the entry of every version that
	// carries the permit, queues the events and writes the audit trail. A
	// state that is not From, and carriers that are not those given, are
	// ErrMoved.
	ActOnPermit(ctx context.Context, a PermitAct) error
	// Withdraw sets every version's own entry to withdrawn, frees its
	// permits, queues the event and writes the audit trail. A version that
	// is no longer current, or is withdrawn, is ErrMoved; one that a program
	// of before was changing when it ended is a *Conflict.
	Withdraw(ctx context.Context, w Withdrawal) error
}
