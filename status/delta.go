package status

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// DeltaType is the media type of a [Delta].
const DeltaType = "application/vnd.yizheng.statuslist-delta+json"

// ErrDelta: a delta does not belong to the list that is held, or makes no
// sense. The list itself is to be fetched.
var ErrDelta = errors.New("delta of another status list")

// Delta is what makes a newer list out of an older one: the entries that
// differ, and what the newer list says of itself. It carries the newer list's
// signature and is worth nothing until the list that [Delta.Apply] gives was
// verified like any other.
type Delta struct {
	Since     uint64   `json:"since"`     // sequence of the list that it goes on from
	Protected string   `json:"protected"` // the header, as it stands in the token
	Expires   int64    `json:"exp"`
	IssuedAt  int64    `json:"iat"`
	Sequence  uint64   `json:"seq"`
	TTL       int64    `json:"ttl"`
	Entries   []uint32 `json:"entries"`   // offset and value by turns, offsets ascending
	Signature string   `json:"signature"` // as it stands in the token
}

// Compare makes the delta from one list of a subject to another. It verifies
// nothing. The error is [ErrDelta] where the newer list was not compressed
// in our way, so that nobody could write it from its entries.
func Compare(held, newest string) (Delta, error) {
	from, before, err := open(held)
	if err != nil {
		return Delta{}, err
	}
	if to, err := Peek(newest); err != nil || to.Subject != from.Subject {
		return Delta{}, fmt.Errorf("%w: of %q, not of %s", ErrDelta, to.Subject, from.Subject)
	}
	return compare(from.Sequence, before, newest)
}

// compare is Compare for the entries that a sequence had.
func compare(since uint64, before *packed, newest string) (Delta, error) {
	to, after, err := open(newest)
	if err != nil {
		return Delta{}, err
	}
	if lst, err := after.compress(); err != nil || lst != to.StatusList.List {
		return Delta{}, fmt.Errorf("%w: it was compressed in another way", ErrDelta)
	}
	header, _, _ := strings.Cut(newest, ".")
	d := Delta{
		Since: since, Protected: header, Expires: to.Expires, IssuedAt: to.IssuedAt,
		Sequence: to.Sequence, TTL: to.TTL, Entries: []uint32{}, Signature: newest[strings.LastIndexByte(newest, '.')+1:],
	}
	for offset := range uint32(ChunkSize) {
		if v := after.at(offset); v != before.at(offset) {
			d.Entries = append(d.Entries, offset, uint32(v))
		}
	}
	return d, nil
}

// Apply writes the newer list's token from the older one's. Nothing of it is
// verified: what was tampered with gives a token whose signature is wrong.
func (d Delta) Apply(held string) (token string, err error) {
	c, entries, err := open(held)
	if err != nil {
		return "", err
	}
	if c.Sequence != d.Since {
		return "", fmt.Errorf("%w: since %d, and %d is held", ErrDelta, d.Since, c.Sequence)
	}
	if len(d.Entries)%2 != 0 {
		return "", fmt.Errorf("%w: an offset without a value", ErrDelta)
	}
	for i := 0; i < len(d.Entries); i += 2 {
		offset, value := d.Entries[i], d.Entries[i+1]
		if offset >= ChunkSize || value > 0xf {
			return "", fmt.Errorf("%w: entry %d with value %d", ErrDelta, offset, value)
		}
		entries.set(offset, Value(value))
	}
	if c.StatusList.List, err = entries.compress(); err != nil {
		return "", fmt.Errorf("%w: %w", ErrDelta, err)
	}
	c.Expires, c.IssuedAt, c.Sequence, c.TTL = d.Expires, d.IssuedAt, d.Sequence, d.TTL
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("writing status list: %w", err)
	}
	return d.Protected + "." + base64.RawURLEncoding.EncodeToString(payload) + "." + d.Signature, nil
}

// ApplyJSON is [Delta.Apply] for a delta as it is served.
func ApplyJSON(held string, delta []byte) (token string, err error) {
	var d Delta
	if err := json.Unmarshal(delta, &d); err != nil {
		return "", fmt.Errorf("%w: no delta", ErrDelta)
	}
	return d.Apply(held)
}

// open reads a list and its entries without verifying it.
func open(token string) (claims, *packed, error) {
	_, c, err := read(token)
	if err != nil {
		return claims{}, nil, err
	}
	entries, err := inflate(c.StatusList.List)
	if err != nil {
		return claims{}, nil, fmt.Errorf("reading status list: %w", err)
	}
	return c, entries, nil
}
