package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"yizheng/license"
	"yizheng/signature"
)

// Role is who signs one kind of thing: keys, and how many of them must.
type Role struct {
	Keys      []signature.PublicKey `json:"keys"`
	Threshold int                   `json:"threshold"`
}

// Online is the on-line role of a signer: with its keys, which lie on a server,
// it says from day to day that what was signed off line still counts. It can
// say nothing else.
type Online struct {
	Role
	Days int `json:"days"` // the longest term of a statement
}

// Signer is a root or one of its delegates: what it is called, for which
// regions it speaks, and with which keys.
type Signer struct {
	Name      string    `json:"name"`  // small letters, digits and hyphens
	Title     string    `json:"title"` // as people call it
	Territory Territory `json:"territory"`
	Role
	Online Online `json:"online"`
}

// Bounds of a signer.
const (
	maxRoleKeys   = 16 // two roles sign a root document, so twice this is what a document may bear
	maxOnlineDays = 30
	maxSignerName = 32
)

// check holds a role to its rules. Its keys must not be among those seen, to
// which it adds them: each key has one role.
func (r Role) check(of string, seen map[string]bool) error {
	if len(r.Keys) == 0 || len(r.Keys) > maxRoleKeys {
		return breaks("%s: %d keys, want 1 to %d", of, len(r.Keys), maxRoleKeys)
	}
	if r.Threshold < 1 || r.Threshold > len(r.Keys) {
		return breaks("%s: threshold %d of %d keys", of, r.Threshold, len(r.Keys))
	}
	for _, k := range r.Keys {
		id := k.KeyID()
		if id == "" || seen[id] {
			return breaks("%s: key %q is empty or given twice", of, id)
		}
		seen[id] = true
	}
	return nil
}

// Has says whether key has the role.
func (r Role) Has(key signature.PublicKey) bool { return slices.ContainsFunc(r.Keys, key.Equal) }

// HasID says whether a key of this id has the role.
func (r Role) HasID(id string) bool {
	return slices.ContainsFunc(r.Keys, func(k signature.PublicKey) bool { return k.KeyID() == id })
}

// MetBy says whether keys of these ids are enough of those that have the role.
func (r Role) MetBy(ids []string) bool {
	met := 0
	for _, k := range r.Keys {
		if slices.Contains(ids, k.KeyID()) {
			met++
		}
	}
	return met >= r.Threshold
}

// same says whether r and s ask for the same signatures.
func (r Role) same(s Role) bool {
	for _, k := range s.Keys {
		if !r.Has(k) {
			return false
		}
	}
	return r.Threshold == s.Threshold && len(r.Keys) == len(s.Keys)
}

// Check holds a signer to its rules: a name, a territory, and roles whose keys
// are all different.
func (s *Signer) Check() error { return s.check(make(map[string]bool)) }

func (s *Signer) check(seen map[string]bool) error {
	if !SignerName(s.Name) {
		return breaks("%q is no name of a signer: 1 to %d small letters, digits and hyphens", s.Name, maxSignerName)
	}
	if s.Title == "" || len(s.Title) > maxName || license.CheckText(s.Title) != nil {
		return breaks("signer %s: the title %q cannot be used", s.Name, s.Title)
	}
	if err := s.Territory.Check(); err != nil {
		return fmt.Errorf("signer %s: %w", s.Name, err)
	}
	if err := s.Role.check("signer "+s.Name, seen); err != nil {
		return err
	}
	if err := s.Online.check("on-line role of "+s.Name, seen); err != nil {
		return err
	}
	if s.Online.Days < 1 || s.Online.Days > maxOnlineDays {
		return breaks("on-line role of %s: %d days, want 1 to %d", s.Name, s.Online.Days, maxOnlineDays)
	}
	return nil
}

// SignerName says whether name has the form of a signer's name.
func SignerName(name string) bool {
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return name != "" && len(name) <= maxSignerName
}

// Digest is the lower-case hexadecimal SHA-256 of what was signed, by which a
// statement of freshness names it.
func Digest(payload []byte) string {
	sum := sha256.Sum256(payload)
	return hex.EncodeToString(sum[:])
}

func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == s
}

// document is a signed one.
type document interface{ check() error }

// read checks the signatures of one document and decodes it into d. It gives
// the digest of what was signed, and the ids of those keys of the role that
// have signed it.
func (r Role) read(signed json.RawMessage, typ string, d document) (digest string, by []string, err error) {
	if len(signed) == 0 {
		return "", nil, &Error{Reason: Missing, Err: errors.New("it is not there")}
	}
	multi, err := signature.ParseMulti(signed)
	if err != nil {
		return "", nil, err
	}
	if err := multi.Verify(r.Keys, r.Threshold, typ); err != nil {
		return "", nil, fmt.Errorf("%w: %w", errSigned, err)
	}
	if err := Decode(multi.Payload, maxDocument, d); err != nil {
		return "", nil, err
	}
	for _, s := range multi.Signatures { // Verify has looked at each that is by a key of the role
		if r.HasID(s.Header.KeyID) {
			by = append(by, s.Header.KeyID)
		}
	}
	return Digest(multi.Payload), by, d.check()
}
