package root

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"yizheng/license"
	"yizheng/trust"
)

// KeyRequest is what a district asks its signer to list: all keys of its entry,
// as they are to be. It says nothing else of the entry, so that it undoes
// nothing that the signer has changed there; and from which keys it was made, so
// that of two requests neither undoes the other, and an old one nothing.
type KeyRequest struct {
	Region  license.Region `json:"region"`
	Base    Base           `json:"base"`
	Keys    []trust.Key    `json:"keys"`
	Closing string         `json:"closing,omitempty"` // of the whole entry; empty while the district issues
}

// Base is the state that a request was made from.
type Base struct {
	List uint64 `json:"list"` // the sequence of the trust list that the district went by
	Keys string `json:"keys"` // the digest of the entry's keys and closing list, as they stood there
}

// ErrStale: the keys of the entry are others by now than those that the request
// was made from.
var ErrStale = errors.New("the request was made from keys that are not those of today")

// RequestKeys asks for the keys and the closing list of next in the place of
// those that b lists for the region.
func RequestKeys(b *trust.Bundle, next trust.Issuer) (KeyRequest, error) {
	held, signer := b.IssuerOf(next.Region), b.SpeakerOf(next.Region)
	if held == nil || signer == nil {
		return KeyRequest{}, fmt.Errorf("root: asking for keys of %s: %w: it has no entry", next.Region, ErrEnrolled)
	}
	return KeyRequest{Region: next.Region, Base: Base{List: signer.List.Sequence, Keys: keysOf(*held)}, Keys: next.Keys, Closing: next.Closing}, nil
}

// Same says whether the request asks for what it was made from.
func (r KeyRequest) Same() bool { return r.asks() == r.Base.Keys }

// asks is the digest of what is asked for.
func (r KeyRequest) asks() string { return keysOf(trust.Issuer{Keys: r.Keys, Closing: r.Closing}) }

// keysOf is the digest of an entry's keys and closing list.
func keysOf(entry trust.Issuer) string {
	b, err := json.Marshal(KeyRequest{Keys: entry.Keys, Closing: entry.Closing})
	if err != nil {
		return "" // cannot be: keys and texts always marshal
	}
	return trust.Digest(b)
}

// Marshal gives the request as a file.
func (r KeyRequest) Marshal() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("root: encoding a request: %w", err)
	}
	return append(b, '\n'), nil
}

// ParseKeyRequest reads what Marshal wrote.
func ParseKeyRequest(b []byte) (r KeyRequest, _ error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("root: reading a request for keys: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return r, fmt.Errorf("root: reading a request for keys: something follows it")
	}
	return r, nil
}

// current refuses a request that was not made from the entry as it is, or from
// a list that was signed before the last change. The digest alone would let an
// old request pass where the keys have come back to what they were: a key that
// was added by it, and was stolen and taken off since.
func (f *Folder) current(r KeyRequest, entry trust.Issuer) error {
	rekeyed, err := f.rekeyed()
	switch {
	case err != nil:
		return err
	case r.asks() == keysOf(entry):
		return nil
	case r.Base.Keys == "":
		return fmt.Errorf("root: the keys of %s: %w: it does not say which, as those of older programs; have the district run its command again with this one",
			r.Region, ErrStale)
	case r.Base.Keys != keysOf(entry), r.Base.List <= rekeyed[r.Region]:
		return fmt.Errorf("root: the keys of %s: %w: it was made from trust list %d, and they were changed since; sign and publish what waits here, "+
			"have the district take that list (yizheng trust fetch) and run its command again, which writes another request", r.Region, ErrStale, r.Base.List)
	}
	return nil
}

// rekeyed gives, for each district whose keys were changed here, the sequence of
// the newest list at that time: a request that was made from it, or from an
// older one, does not know of the change.
func (f *Folder) rekeyed() (map[license.Region]uint64, error) {
	at := make(map[license.Region]uint64)
	if err := readJSON(filepath.Join(f.dir, rekeyedFile), &at); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return at, nil
}

// noteRekeyed notes that the keys of a region's entry were changed, where the
// newest list does not have them yet.
func (f *Folder) noteRekeyed(entry trust.Issuer) error {
	p := f.published()
	if p == nil || p.List == nil {
		return nil // no list was ever signed that a request could be made from
	}
	for _, listed := range p.List.Issuers {
		if listed.Region == entry.Region && keysOf(listed) == keysOf(entry) {
			return nil
		}
	}
	at, err := f.rekeyed()
	if err != nil {
		return err
	}
	at[entry.Region] = p.List.Sequence
	return writeJSON(filepath.Join(f.dir, rekeyedFile), at)
}
