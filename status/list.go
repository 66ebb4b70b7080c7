package status

import (
	"encoding/json"
	"fmt"
	"time"

	"yizheng/signature"
)

// Config is what a list says.
type Config struct {
	Subject  string        // the list's [Address]
	IssuedAt time.Time     // cut to whole seconds
	Lifetime time.Duration // until the list expires: whole seconds, up to [MaxLifetime]
	TTL      time.Duration // for which a copy may be kept: whole seconds, up to Lifetime
	Sequence uint64        // from 1 up, higher than any list of the subject before

	// Values are the assigned entries of the chunk by offset. All others read
	// [Revoked].
	Values map[uint32]Value
}

// Build signs a status list. The signer's key must be the issuer's for status
// lists.
func Build(c Config, signer signature.Signer) (token string, err error) {
	entries := allRevoked()
	for offset, value := range c.Values {
		if offset >= ChunkSize {
			return "", fmt.Errorf("building status list: no entry %d in a chunk", offset)
		}
		if !value.Known() {
			return "", fmt.Errorf("building status list: entry %d has value %d", offset, value)
		}
		entries.set(offset, value)
	}
	lst, err := entries.compress()
	if err != nil {
		return "", fmt.Errorf("compressing status list: %w", err)
	}
	issued := c.IssuedAt.Unix()
	cl := claims{
		Expires:    issued + int64(c.Lifetime/time.Second),
		IssuedAt:   issued,
		Sequence:   c.Sequence,
		StatusList: statusList{Bits: bitsPerEntry, List: lst},
		Subject:    c.Subject,
		TTL:        int64(c.TTL / time.Second),
	}
	if err := cl.check(); err != nil {
		return "", fmt.Errorf("building status list: %w", err)
	}
	payload, err := json.Marshal(cl)
	if err != nil {
		return "", fmt.Errorf("building status list: %w", err)
	}
	token, err = signature.SignCompact(signer, signature.Header{Type: Type}, payload)
	if err != nil {
		return "", fmt.Errorf("signing status list: %w", err)
	}
	return token, nil
}

// List is a status list whose signature was verified.
type List struct {
	Subject  string
	KeyID    string // of the key that verified it
	IssuedAt time.Time
	Expires  time.Time
	TTL      time.Duration
	Sequence uint64

	entries *packed
}

// At gives the value of an entry; [Revoked] for offsets beyond the chunk.
func (l *List) At(offset uint32) Value {
	if offset >= ChunkSize {
		return Revoked
	}
	return l.entries.at(offset)
}

// Parse reads a status list and verifies it by key. It is strict: the claims
// exp, iat, seq, status_list (bits, lst), sub and ttl in this order, without
// white space, none other; bits 4; exactly [ChunkSize] entries. Errors:
// [signature.ErrMalformed], [ErrClaims], and those of [signature.JWS.Verify].
func Parse(token string, key signature.PublicKey) (*List, error) {
	jws, err := split(token)
	if err != nil {
		return nil, err
	}
	if err := jws.Verify(key, Type); err != nil {
		return nil, fmt.Errorf("verifying status list: %w", err)
	}
	c, err := parseClaims(jws.Payload)
	if err != nil {
		return nil, fmt.Errorf("reading status list: %w", err)
	}
	entries, err := inflate(c.StatusList.List)
	if err != nil {
		return nil, fmt.Errorf("reading status list: %w", err)
	}
	return &List{
		Subject:  c.Subject,
		KeyID:    key.KeyID(),
		IssuedAt: time.Unix(c.IssuedAt, 0).UTC(),
		Expires:  time.Unix(c.Expires, 0).UTC(),
		TTL:      time.Duration(c.TTL) * time.Second,
		Sequence: c.Sequence,
		entries:  entries,
	}, nil
}

// Claimed is what a token says of itself. Nothing of it is verified.
type Claimed struct {
	Subject  string // which list it is
	KeyID    string // which key has signed it
	Sequence uint64
	IssuedAt time.Time
}

// Peek reads what a token says of itself, to find the key to verify it by, or
// to ask for what has changed since. Errors: [signature.ErrMalformed],
// [signature.ErrType], [ErrClaims].
func Peek(token string) (Claimed, error) {
	jws, c, err := read(token)
	if err != nil {
		return Claimed{}, err
	}
	return Claimed{Subject: c.Subject, KeyID: jws.Header.KeyID, Sequence: c.Sequence, IssuedAt: time.Unix(c.IssuedAt, 0).UTC()}, nil
}

// Sequence is that of [Peek].
func Sequence(token string) (uint64, error) {
	c, err := Peek(token)
	return c.Sequence, err
}

// read reads a list without verifying it.
func read(token string) (*signature.JWS, claims, error) {
	jws, err := split(token)
	if err != nil {
		return nil, claims{}, err
	}
	if jws.Header.Type != Type {
		return nil, claims{}, fmt.Errorf("reading status list: %w: %q", signature.ErrType, jws.Header.Type)
	}
	c, err := parseClaims(jws.Payload)
	if err != nil {
		return nil, claims{}, fmt.Errorf("reading status list: %w", err)
	}
	return jws, c, nil
}

func split(token string) (*signature.JWS, error) {
	if len(token) > MaxToken {
		return nil, fmt.Errorf("reading status list: %w: %d bytes", signature.ErrMalformed, len(token))
	}
	jws, err := signature.Parse(token)
	if err != nil {
		return nil, fmt.Errorf("reading status list: %w", err)
	}
	return jws, nil
}
