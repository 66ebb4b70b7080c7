package payload

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync"

	"yizheng/deflate"
	"yizheng/license"
)

// Dictionary is a preset dictionary of DEFLATE, in the text form of the
// claims. A code names the one that it was written with, and that name is part
// of what is signed; so each that was ever used is kept for ever. It is
// never changed after [NewDictionary] and safe for concurrent use.
type Dictionary struct {
	id        string
	bytes     []byte
	inflaters sync.Pool
	encoder   func() *deflate.Encoder
}

// MaxDictionary is the largest dictionary: the window of DEFLATE.
const MaxDictionary = 32 << 10

// dictionaryIDSize is the length of a dictionary's id in bytes.
const dictionaryIDSize = 8

// NewDictionary takes a copy of b as a dictionary. It must have 1 to
// [MaxDictionary] bytes.
func NewDictionary(b []byte) (*Dictionary, error) {
	if len(b) == 0 || len(b) > MaxDictionary {
		return nil, fmt.Errorf("dictionary of %d bytes, must be 1 to %d", len(b), MaxDictionary)
	}
	d := &Dictionary{id: DictionaryID(b), bytes: append([]byte(nil), b...)}
	d.inflaters.New = func() any { return newInflater() }
	// Only who issues needs the index of the dictionary.
	d.encoder = sync.OnceValue(func() *deflate.Encoder { return deflate.NewEncoder(d.bytes) })
	return d, nil
}

// DictionaryID is the name by which codes call a dictionary: base64url of the
// first 8 bytes of its SHA-256, 11 characters.
func DictionaryID(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:dictionaryIDSize])
}

// ID is the name of d: see [DictionaryID].
func (d *Dictionary) ID() string { return d.id }

// Bytes is a copy of the dictionary itself.
func (d *Dictionary) Bytes() []byte { return append([]byte(nil), d.bytes...) }

// deflate gives the payload that carries the claims of l.
func (d *Dictionary) deflate(l *license.License) ([]byte, error) {
	if err := checkLicense(l); err != nil {
		return nil, err
	}
	claims := appendClaims(make([]byte, 0, 1024), l)
	if len(claims) > MaxClaims {
		return nil, malformed(ReasonSize, "claims of %d bytes, at most %d are allowed", len(claims), MaxClaims)
	}
	return d.encoder().Encode(claims), nil
}

// inflate gives the license that a payload carries.
func (d *Dictionary) inflate(payload []byte) (*license.License, error) {
	f := d.inflaters.Get().(*inflater)
	defer d.inflaters.Put(f)
	claims, err := f.inflate(payload, d.bytes)
	if err != nil {
		return nil, err
	}
	return readClaims(claims)
}
