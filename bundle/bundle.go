// Package bundle is what an inspector takes along who goes off line: trust
// documents, and the status lists and closing lists of the issuers of some
// regions, in one file that the deployment which made it has signed. Start
// with [Make] and [Open].
//
// Each member is signed by its own authority and verified again when a bundle
// is opened, so whoever makes one is believed in nothing that they say. What
// the signature adds is that the members are all of them, as they were at one
// moment, and until when they are to be used. docs/format.md, section 11, has
// the form.
package bundle

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/verifier"
)

// Type is the typ of a bundle's statement.
const Type = "yz-bundle"

// Bounds.
const (
	MaxLife    = 7 * 24 * time.Hour // from made to expires
	MaxFile    = 96 << 20           // bytes
	MaxClosing = 16 << 20           // bytes of closing lists with their chunks: a million licenses
	MaxLists   = 48 << 20           // bytes of status lists that Make puts in: a hundred million assigned entries
	MaxRegions = 64
)

// room is what the lists of a bundle may take once they are read, in bytes: one
// issuer's may be all that MaxLists and MaxClosing let in, three thousand lists
// unpacked, and not the equal part that a node on line keeps of each.
const room = 160 << 20

// Errors of [Open], beside those of the trust documents.
var (
	ErrMalformed  = errors.New("no bundle")
	ErrSignature  = errors.New("not signed by a deployment that the trust documents name")
	ErrIncomplete = errors.New("members of the bundle are missing or were exchanged")
)

// Reason is the stable word for why a bundle was not opened.
func Reason(err error) string {
	var refused *trust.Error
	switch {
	case errors.As(err, &refused):
		return string(refused.Reason)
	case errors.Is(err, ErrSignature):
		return "bundle_signature"
	case errors.Is(err, ErrIncomplete):
		return "bundle_incomplete"
	}
	return "bundle_malformed"
}

// Statement is what the deployment that made a bundle says of it. Its JSON is
// written in one way only: these members in this order.
type Statement struct {
	By      license.Region   `json:"by"`      // of the issuer whose status key signs
	Made    time.Time        `json:"made"`    // UTC, whole seconds
	Expires time.Time        `json:"expires"` // from then on nothing in it counts as good
	Regions []license.Region `json:"regions"` // whose lists it has, ascending
	Trust   string           `json:"trust"`   // SHA-256 of the trust documents, as they stand, and a line feed
	Lists   int              `json:"lists"`   // how many there are
	Digest  string           `json:"digest"`  // SHA-256 of the lists, each with a line feed behind it
	// Closing are the digests of the closing lists that it has, ascending. Each
	// is there with all its chunks; one that was too large is not.
	Closing []string `json:"closing,omitempty"`
}

// file is a bundle as it is written. Anchor is there in one that its user has
// on their own disk, never in one that is handed out.
type file struct {
	Anchor    json.RawMessage `json:"anchor,omitempty"`
	Statement string          `json:"statement"`
	Trust     json.RawMessage `json:"trust"`
	Lists     []string        `json:"lists"`
	Closing   [][]byte        `json:"closing,omitempty"` // each list and behind it its chunks, in the statement's order
}

// Config is what a bundle is made of.
type Config struct {
	By      license.Region
	Regions []license.Region
	Made    time.Time
	Life    time.Duration // up to MaxLife
	Trust   *trust.Bundle
	Lists   []verifier.Held // those of Regions are taken
	// Closing are closing lists, each followed by all its chunks in order, of up
	// to MaxClosing bytes together.
	Closing [][][]byte
}

// Make writes a bundle. The signer's key must be the issuer's for status lists.
// Regions whose lists leave no room for the others' are left out, and then the
// statement does not name them.
func Make(c Config, signer signature.Signer) ([]byte, error) {
	f := file{Trust: c.Trust.Published(), Lists: []string{}}
	regions := fitting(c.Regions, c.Lists)
	for _, held := range c.Lists {
		if slices.Contains(regions, held.Region) {
			f.Lists = append(f.Lists, string(held.Token))
		}
	}
	made := c.Made.UTC().Truncate(time.Second)
	s := Statement{
		By: c.By, Made: made, Expires: made.Add(c.Life), Regions: regions,
		Trust: digest(string(f.Trust)), Lists: len(f.Lists), Digest: digest(f.Lists...),
	}
	s.Closing, f.Closing = arrange(c.Closing)
	if err := errors.Join(s.check(), checkSize(f.Closing)); err != nil {
		return nil, fmt.Errorf("making a bundle: %w", err)
	}
	payload, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("making a bundle: %w", err)
	}
	if f.Statement, err = signature.SignCompact(signer, signature.Header{Type: Type}, payload); err != nil {
		return nil, fmt.Errorf("signing a bundle: %w", err)
	}
	return json.Marshal(f)
}

// fitting gives those of the regions, in order, whose lists a bundle has room
// for: the smallest first, so that one with lists without end leaves out itself.
func fitting(regions []license.Region, lists []verifier.Held) (fit []license.Region) {
	size := make(map[license.Region]int)
	for _, held := range lists {
		size[held.Region] += len(held.Token)
	}
	bySize := slices.Clone(regions)
	slices.SortStableFunc(bySize, func(a, b license.Region) int { return cmp.Compare(size[a], size[b]) })
	left := MaxLists
	for _, region := range bySize {
		if left -= size[region]; left < 0 {
			break
		}
		fit = append(fit, region)
	}
	slices.Sort(fit)
	return fit
}

func (s Statement) check() error {
	switch life := s.Expires.Sub(s.Made); {
	case life <= 0 || life > MaxLife || s.Made.Year() < 2000 || s.Expires.Year() > 2179:
		return fmt.Errorf("%w: from %v to %v", ErrMalformed, s.Made, s.Expires)
	case !wholeUTC(s.Made) || !wholeUTC(s.Expires):
		return fmt.Errorf("%w: its instants are not whole seconds of UTC", ErrMalformed)
	case len(s.Regions) == 0 || len(s.Regions) > MaxRegions:
		return fmt.Errorf("%w: %d regions", ErrMalformed, len(s.Regions))
	case !ascending(s.Regions):
		return fmt.Errorf("%w: regions are not in order", ErrMalformed)
	case s.Closing != nil && !ascending(s.Closing):
		return fmt.Errorf("%w: closing lists are not in order", ErrMalformed)
	}
	for _, region := range append([]license.Region{s.By}, s.Regions...) {
		if !region.WellFormed() {
			return fmt.Errorf("%w: region %q", ErrMalformed, region)
		}
	}
	return nil
}

func wholeUTC(t time.Time) bool {
	_, offset := t.Zone()
	return offset == 0 && t.Nanosecond() == 0
}

// ascending says whether a slice is in order, with nothing in it twice.
func ascending[T cmp.Ordered](s []T) bool {
	return slices.IsSorted(s) && len(slices.Compact(slices.Clone(s))) == len(s)
}

// digest is the SHA-256 of the parts, each with a line feed behind it.
func digest(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		h.Write([]byte(part))
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Bundle is an opened bundle.
type Bundle struct {
	Statement
	Trust   *trust.Bundle
	Lists   *verifier.Lists // those that were taken
	Refused []error         // why others were not
	// Without are closing lists that the trust documents name for its regions
	// and that it has not: what those keys signed is unknown by it.
	Without []string
}

// Open checks a bundle: its trust documents by held, which may be older; its
// statement by the key that they name; that all members are there; and each
// list as [verifier.Lists.Add] does, closing lists too. Where held is nil, the file must have an
// anchor of its own. Whether it is too old is asked when it is used: see
// [verifier.Freshness].
func Open(raw []byte, held *trust.Bundle) (*Bundle, error) {
	var f file
	if err := trust.Decode(raw, MaxFile, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	documents, err := f.documents(held)
	if err != nil {
		return nil, fmt.Errorf("reading the bundle's trust documents: %w", err)
	}
	b := &Bundle{Trust: documents}
	if b.Statement, err = readStatement(f.Statement, documents); err != nil {
		return nil, err
	}
	if b.Lists = verifier.NewListsIn(documents, verifier.Room{Each: room, All: room}); b.Statement.Trust != digest(string(f.Trust)) ||
		b.Statement.Lists != len(f.Lists) || b.Digest != digest(f.Lists...) {
		return nil, ErrIncomplete
	}
	for _, token := range f.Lists {
		if err := b.Lists.Add([]byte(token)); err != nil {
			b.Refused = append(b.Refused, err)
		}
	}
	if err := b.takeClosing(f.Closing); err != nil {
		return nil, err
	}
	return b, nil
}

// documents gives the trust documents, brought up to date by the file's.
func (f *file) documents(held *trust.Bundle) (*trust.Bundle, error) {
	if held != nil {
		newer, err := held.Update(f.Trust)
		var refused *trust.Error
		if errors.As(err, &refused) && refused.Reason == trust.RolledBack {
			return held, nil // what is held is newer
		}
		return newer, err
	}
	if len(f.Anchor) == 0 {
		return nil, fmt.Errorf("%w: it says not by which roots it is to be believed", ErrMalformed)
	}
	anchor, err := trust.ParseAnchor(f.Anchor)
	if err != nil {
		return nil, err
	}
	return anchor.Open(f.Trust)
}

// readStatement verifies the statement by a status key of the issuer that it
// says to be by.
func readStatement(token string, documents *trust.Bundle) (Statement, error) {
	jws, err := signature.Parse(token)
	if err != nil {
		return Statement{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var s Statement
	if err := trust.Decode(jws.Payload, MaxFile, &s); err != nil {
		return s, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if canonical, err := json.Marshal(s); err != nil || !bytes.Equal(canonical, jws.Payload) {
		return s, fmt.Errorf("%w: its statement is not in canonical form", ErrMalformed)
	}
	if err := s.check(); err != nil {
		return s, err
	}
	key, known := documents.KeyIn(s.By, jws.Header.KeyID)
	if !known || !key.Signs(trust.UseStatus) || !key.SignsOn(license.DateOf(s.Made)) {
		return s, fmt.Errorf("%w: key %s of %s", ErrSignature, jws.Header.KeyID, s.By)
	}
	if err := jws.Verify(key.PublicKey, Type); err != nil {
		return s, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return s, nil
}

// Keep gives a bundle as its user keeps it: with the anchor by which it was
// found good, so that it is enough by itself.
func Keep(raw []byte, anchor trust.Anchor) ([]byte, error) {
	var f file
	if err := trust.Decode(raw, MaxFile, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	rest, err := json.Marshal(struct {
		Anchor    trust.Anchor `json:"anchor"`
		Statement string       `json:"statement"`
		Lists     []string     `json:"lists"`
		Closing   [][]byte     `json:"closing,omitempty"`
	}{anchor, f.Statement, append([]string{}, f.Lists...), f.Closing})
	if err != nil {
		return nil, fmt.Errorf("writing a bundle to keep: %w", err)
	}
	// The statement has the digest of the trust documents as they stand: not a
	// space of them may change.
	return slices.Concat([]byte(`{"trust":`), f.Trust, []byte(","), rest[1:]), nil
}
