// Package status builds and reads status lists: the signed tables in which an
// issuer says what became of each license version and each permit. They are
// IETF Token Status Lists (draft-ietf-oauth-status-list) as JWT, with 4 bits an
// entry. Start with [Build] and [Parse].
//
// A number in each license (its status index) finds a block of neighbouring
// entries: the version's, then each permit's. Lists are chunks of [ChunkSize]
// entries, each at its own address; [Locate] and [Address] lead from the
// number to it.
//
// Entries that belong to nobody read [Revoked], so nobody can point at one and
// call it valid, and nobody can count the licenses issued.
//
// That a list parsed says that its key signed it. Whether the key may speak
// for the license, the address is the one asked for, and the list is fresh and
// not older than one seen before, is for the caller to check.
package status

import (
	"errors"
	"strconv"
)

// Type is the typ of a status list's header.
const Type = "statuslist+jwt"

// ChunkSize is how many entries each list has.
const ChunkSize = 1 << 15

// ErrClaims: the times, the sequence or the subject of a list make no sense.
var ErrClaims = errors.New("senseless claims in status list")

// Value is what one entry says.
type Value uint8

// The values. The first three are registered by the draft; the others lie in
// its range for applications. Anything else says nothing that we know.
const (
	Valid      Value = 0x0
	Revoked    Value = 0x1 // 吊销, and every entry that is nobody's
	Suspended  Value = 0x2 // 暂扣
	Superseded Value = 0xB // a newer version of the license stands in its place
	Withdrawn  Value = 0xC // 撤销
	Cancelled  Value = 0xD // 注销
)

// Known says whether v is one of the values above. A reader must not take a
// value that it does not know for valid.
func (v Value) Known() bool {
	switch v {
	case Valid, Revoked, Suspended, Superseded, Withdrawn, Cancelled:
		return true
	default:
		return false
	}
}

// String names the value, an unknown one by its number.
func (v Value) String() string {
	switch v {
	case Valid:
		return "valid"
	case Revoked:
		return "revoked"
	case Suspended:
		return "suspended"
	case Superseded:
		return "superseded"
	case Withdrawn:
		return "withdrawn"
	case Cancelled:
		return "cancelled"
	default:
		return "unknown " + strconv.Itoa(int(v))
	}
}

// Locate gives the chunk in which an entry stands, and its offset there.
func Locate(index uint32) (chunk, offset uint32) { return index / ChunkSize, index % ChunkSize }

// Index is the opposite of [Locate].
func Index(chunk, offset uint32) uint32 { return chunk*ChunkSize + offset }

// Address is where the list of a chunk is published, and the list's subject:
// the base, such as https://zheng.example/status/, and the chunk in decimal.
func Address(base string, chunk uint32) string {
	return base + strconv.FormatUint(uint64(chunk), 10)
}
