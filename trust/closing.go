package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"yizheng/license"
)

// ClosingList says what a closed key, or an issuer whose region was abolished,
// is known to have signed: by this list that counts, and nothing else. It is
// believed because a trust list names its digest, so those who sign trust lists
// have signed it; no key of the issuer could, as the closed one may be in a
// thief's hands. The entries lie in chunks, each named by its own digest, so
// that who asks for one license fetches one chunk. See
// docs/decisions/closing-lists.md.
type ClosingList struct {
	Region  license.Region `json:"region"`         // of the entry
	Key     string         `json:"key,omitempty"`  // id of the closed key; empty where the whole entry was closed
	Since   time.Time      `json:"since,omitzero"` // from when on somebody else may have had the key; zero where nobody is known to
	Issued  time.Time      `json:"issued"`         // when it was made, UTC, whole seconds
	Entries uint64         `json:"entries"`        // in all chunks together
	Chunks  []byte         `json:"chunks"`         // the SHA-256 of each, in a row; 1, 2, 4 … 2048 of them
}

// ClosingAddress is where a closing list or a chunk of one is published, below
// the address of its issuer's status lists. What stands there never changes.
func ClosingAddress(statusBase, digest string) string { return statusBase + "closing/" + digest }

// The form of a chunk: entries of closingEntry bytes, ascending, none twice.
const (
	closingEntry     = 16      // the bytes of a SHA-256 from the third on
	closingSkipped   = 2       // its first two, which find the chunk
	maxClosingBits   = 11      // of these, at most
	maxClosing       = 1 << 20 // bytes of a list without its chunks
	closingPerChunk  = 2048    // entries that a chunk is made for
	maxClosingChunk  = 256 << 10
	maxClosingNumber = (maxClosingChunk / closingEntry / 2) << maxClosingBits
)

// ParseClosing reads a closing list, without its chunks. That its digest is the
// one that a trust list names is for the caller to see.
func ParseClosing(b []byte) (*ClosingList, error) {
	var c ClosingList
	if err := Decode(b, maxClosing, &c); err != nil {
		return nil, refuse("closing", err)
	}
	if err := c.check(); err != nil {
		return nil, refuse("closing", err)
	}
	return &c, nil
}

func (c *ClosingList) check() error {
	n := len(c.Chunks) / sha256.Size
	switch {
	case !c.Region.WellFormed():
		return breaks("%q is no region", c.Region)
	case !wholeUTC(c.Issued), !c.Since.IsZero() && !wholeUTC(c.Since):
		return breaks("its instants must be UTC and whole seconds")
	case len(c.Chunks)%sha256.Size != 0, bits.OnesCount(uint(n)) != 1, n > 1<<maxClosingBits:
		return breaks("%d bytes name no allowed number of chunks", len(c.Chunks))
	}
	return nil
}

// Chunk gives the digest of the chunk that has the entry of what was signed, if
// any has. sum is the SHA-256 of the signing input (RFC 7515, 5.1).
func (c *ClosingList) Chunk(sum [sha256.Size]byte) string {
	at := chunkNumber(sum, bits.Len(uint(len(c.Chunks)/sha256.Size))-1) * sha256.Size
	return fmt.Sprintf("%x", c.Chunks[at:at+sha256.Size])
}

// Size is how many bytes its chunks have together, by what it says itself.
func (c *ClosingList) Size() int { return int(min(c.Entries, maxClosingNumber)) * closingEntry }

// ChunkDigests gives the digests of all chunks, in order.
func (c *ClosingList) ChunkDigests() (digests []string) {
	for d := range slices.Chunk(c.Chunks, sha256.Size) {
		digests = append(digests, fmt.Sprintf("%x", d))
	}
	return digests
}

// Names says whether a digest is that of one of the chunks.
func (c *ClosingList) Names(digest [sha256.Size]byte) bool {
	for at := 0; at < len(c.Chunks); at += sha256.Size {
		if bytes.Equal(c.Chunks[at:at+sha256.Size], digest[:]) {
			return true
		}
	}
	return false
}

// chunkNumber is the number that the first n bits make.
func chunkNumber(sum [sha256.Size]byte, n int) int {
	return int(binary.BigEndian.Uint16(sum[:])) >> (16 - n)
}

// ClosingChunk is a chunk that was checked.
type ClosingChunk []byte

// ParseClosingChunk checks the form of a chunk. That a list names it is for the
// caller to see.
func ParseClosingChunk(b []byte) (ClosingChunk, error) {
	if len(b) > maxClosingChunk || len(b)%closingEntry != 0 {
		return nil, refuse("closing", breaks("a chunk of %d bytes", len(b)))
	}
	for at := closingEntry; at < len(b); at += closingEntry {
		if bytes.Compare(b[at-closingEntry:at], b[at:at+closingEntry]) >= 0 {
			return nil, refuse("closing", breaks("the entries of a chunk do not ascend"))
		}
	}
	return ClosingChunk(b), nil
}

// Has says whether what was signed stands in the chunk, which must be the one
// that [ClosingList.Chunk] names.
func (c ClosingChunk) Has(sum [sha256.Size]byte) bool {
	want := sum[closingSkipped : closingSkipped+closingEntry]
	low, high := 0, len(c)/closingEntry
	for low < high {
		middle := (low + high) / 2
		if bytes.Compare(c[middle*closingEntry:(middle+1)*closingEntry], want) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low < len(c)/closingEntry && bytes.Equal(c[low*closingEntry:(low+1)*closingEntry], want)
}

// BuildClosing makes a closing list of what was signed, by the SHA-256 of each
// signing input. Of c it takes Region, Key, Since and Issued. It gives the list
// and its chunks, in order; the same sums in any order give the same bytes.
func BuildClosing(c ClosingList, sums [][sha256.Size]byte) (list []byte, chunks [][]byte, _ error) {
	if len(sums) > maxClosingNumber {
		return nil, nil, fmt.Errorf("a closing list of %d licenses, at most %d", len(sums), maxClosingNumber)
	}
	n := 0 // bits that find a chunk
	for n < maxClosingBits && len(sums)>>n > closingPerChunk {
		n++
	}
	chunks = make([][]byte, 1<<n)
	for _, sum := range sums {
		at := chunkNumber(sum, n)
		chunks[at] = append(chunks[at], sum[closingSkipped:closingSkipped+closingEntry]...)
	}
	c.Entries, c.Chunks = 0, nil
	for i, chunk := range chunks {
		chunks[i] = sortChunk(chunk)
		c.Entries += uint64(len(chunks[i]) / closingEntry)
		digest := sha256.Sum256(chunks[i])
		c.Chunks = append(c.Chunks, digest[:]...)
	}
	if err := c.check(); err != nil {
		return nil, nil, refuse("closing", err)
	}
	list, err := json.Marshal(c)
	if err != nil {
		return nil, nil, fmt.Errorf("encoding a closing list: %w", err)
	}
	return list, chunks, nil
}

// sortChunk puts entries in order and takes out what stands there twice.
func sortChunk(chunk []byte) []byte {
	entries := slices.Collect(slices.Chunk(chunk, closingEntry))
	slices.SortFunc(entries, bytes.Compare)
	return bytes.Join(slices.CompactFunc(entries, bytes.Equal), nil)
}
