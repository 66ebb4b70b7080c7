package root

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"yizheng/license"
	"yizheng/trust"
)

// KeyRequest is what a district asks its signer to list: all keys of its entry,
// as they are to be. It says nothing else of the entry, so that it undoes
// nothing that the signer has changed there.
type KeyRequest struct {
	Region  license.Region `json:"region"`
	Keys    []trust.Key    `json:"keys"`
	Closing string         `json:"closing,omitempty"` // of the whole entry; empty while the district issues
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

// Rekey gives the entry of a district the keys that it asks for, and says in a
// line for each what is new (+), gone (-) and changed (~). The next list bears
// them. A key that was closed stays so: its entry cannot lose the closing list.
func (f *Folder) Rekey(r KeyRequest) (changes []string, _ error) {
	i := slices.IndexFunc(f.issuers, func(held trust.Issuer) bool { return held.Region == r.Region })
	if i < 0 {
		return nil, fmt.Errorf("root: changing the keys of %s: %w: it has no entry", r.Region, ErrEnrolled)
	}
	entry := f.issuers[i]
	for _, held := range entry.Keys {
		next := keyOf(r.Keys, held)
		switch {
		case next == nil && held.Closing != "", next != nil && held.Closing != "" && next.Closing != held.Closing:
			return nil, fmt.Errorf("root: key %s of %s was closed, and stays so by the same closing list", held.PublicKey.KeyID(), r.Region)
		case next == nil:
			changes = append(changes, "- "+describeKey(held))
		case !same(held, *next):
			changes = append(changes, "~ "+describeKey(*next))
		}
	}
	for _, next := range r.Keys {
		if keyOf(entry.Keys, next) == nil {
			changes = append(changes, "+ "+describeKey(next))
		}
	}
	if entry.Closing != "" && r.Closing != entry.Closing {
		return nil, fmt.Errorf("root: the entry of %s was closed, and stays so", r.Region)
	}
	if r.Closing != entry.Closing {
		changes = append(changes, "~ "+string(r.Region)+" closed, by list "+r.Closing)
	}
	entry.Keys, entry.Closing = r.Keys, r.Closing
	return changes, f.Replace(entry)
}

func keyOf(keys []trust.Key, k trust.Key) *trust.Key {
	for i := range keys {
		if keys[i].PublicKey.KeyID() == k.PublicKey.KeyID() {
			return &keys[i]
		}
	}
	return nil
}

func describeKey(k trust.Key) string {
	s := fmt.Sprintf("%s %s %s from %s", k.PublicKey.KeyID(), k.Use, k.PublicKey.Algorithm(), k.NotBefore)
	if !k.NotAfter.IsZero() {
		s += " to " + k.NotAfter.String()
	}
	if k.Closing != "" {
		s += ", closed by list " + k.Closing
	}
	return s
}
