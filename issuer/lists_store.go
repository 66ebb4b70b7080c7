package issuer

import (
	"context"
	"time"

	"yizheng/license"
)

// Published is a signed object with its place in order, as it stands in the
// register: a status list or the record of a license.
type Published struct {
	Sequence  uint64
	Built     int64 // the change that it shows
	Token     string
	IssuedAt  time.Time
	ExpiresAt time.Time // zero for a record, which does not expire
}

// Chunk is the content of one status list.
type Chunk struct {
	Number    uint32
	Change    int64 // rises with every change of an entry
	Blocks    []Block
	Published Published // zero when none was built yet
}

// Block is some neighbouring assigned entries.
type Block struct {
	Offset uint32 // in its chunk
	States []license.State
}

// Record is the content of one license's signed record.
type Record struct {
	Base      string
	Change    int64 // rises with every new version
	Versions  []RecordedVersion
	Published Published
}

// RecordedVersion is where one version of a license stands.
type RecordedVersion struct {
	Identifier string
	IssuedAt   time.Time
	State      license.State // Valid, Superseded or Withdrawn
}

// Due names what must be built: its content changed since it was built, or
// what was built expires soon or is dated ahead of the time.
type Due struct {
	Chunks  []uint32
	Records []string // licenses, without version; only those that have a second version
}

// Lists is what publishing needs.
type Lists interface {
	// Due lists what is to be built, at most limit of each: what has changed,
	// lists that expire up to an instant, and what was issued after another.
	Due(ctx context.Context, expiring, ahead time.Time, limit int) (Due, error)
	Chunk(ctx context.Context, number uint32) (Chunk, error)
	Record(ctx context.Context, base string) (Record, error)
	// PutList and PutRecord store what was built. A sequence that is not the
	// one after the stored one is ErrMoved.
	PutList(ctx context.Context, number uint32, p Published) error
	PutRecord(ctx context.Context, base string, p Published) error
	// EachList and EachRecord give what is published, in order; they end at
	// the first error of yield and return it.
	EachList(ctx context.Context, yield func(number uint32, p Published) error) error
	EachRecord(ctx context.Context, yield func(base string, p Published) error) error
	// ClosingPart gives a closing list or a chunk of one by its digest, and
	// EachClosingPart all of them, in an order of its own.
	ClosingPart(ctx context.Context, digest string) ([]byte, error)
	EachClosingPart(ctx context.Context, yield func(digest string, content []byte) error) error
}
