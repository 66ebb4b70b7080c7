package holder

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"yizheng/license"
)

// Sentinels of links.
var (
	// ErrNoLink says that nobody was given such a link.
	ErrNoLink = errors.New("there is no such holder link")
	// ErrRevoked says that the office has taken the link back.
	ErrRevoked = errors.New("the holder link was revoked")
	// ErrTooMany says that a holder has [MostLinks] already.
	ErrTooMany = errors.New("the holder has too many links: revoke some")
)

// MostLinks is how many links of one holder may be open at a time: for the
// shop, the head office and those who act for it.
const MostLinks = 20

// Token is the secret part of a holder link: whoever has it may show the
// holder's licenses. It is 160 random bits, and the register keeps its hash
// alone. It prints as nothing.
type Token string

const tokenSize = 20

// String keeps a token out of logs.
func (Token) String() string { return "(holder link)" }

// Secret gives the text that stands in the address.
func (t Token) Secret() string { return string(t) }

// hash names a token in the register. A token of 160 random bits cannot be
// guessed from it, so no slow hash is needed.
func (t Token) hash() (h [32]byte, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(t))
	// The decoder skips line breaks: with one, the text is longer.
	if err != nil || len(b) != tokenSize || len(t) != base64.RawURLEncoding.EncodedLen(tokenSize) {
		return h, false
	}
	return sha256.Sum256(b), true
}

// Link is what is kept of a holder link.
type Link struct {
	ID        string             `json:"id"` // 12 hexadecimal digits, by which the office names it
	Holder    license.CreditCode `json:"holder"`
	Hash      [32]byte           `json:"-"`
	MadeAt    time.Time          `json:"madeAt"`
	MadeBy    string             `json:"madeBy"`
	RevokedAt time.Time          `json:"revokedAt,omitzero"`
	RevokedBy string             `json:"revokedBy,omitempty"`
}

// Open says whether the link counts.
func (l Link) Open() bool { return l.RevokedAt.IsZero() }

// Store keeps links. Each method is one transaction and writes its own line of
// the audit trail; all are safe for concurrent use, also by several processes.
type Store interface {
	// AddLink keeps a link, unless the holder has most open ones already,
	// which is [ErrTooMany].
	AddLink(ctx context.Context, l Link, most int) error
	// LinkByHash gives a link, revoked or not; [ErrNoLink].
	LinkByHash(ctx context.Context, hash [32]byte) (Link, error)
	// Links gives those of a holder, the newest first.
	Links(ctx context.Context, holder license.CreditCode) ([]Link, error)
	// RevokeLink revokes the open link of that name; [ErrNoLink] where there
	// is none.
	RevokeLink(ctx context.Context, holder license.CreditCode, id, by string, at time.Time) error
}

// Links gives holders links and takes them back. It is safe for concurrent use
// where its parts are.
type Links struct {
	store Store
	clock func() time.Time
	rand  io.Reader
}

// NewLinks takes the register, the clock and a source of cryptographic
// randomness.
func NewLinks(store Store, clock func() time.Time, rand io.Reader) *Links {
	return &Links{store, clock, rand}
}

// Make gives the holder a new link. The token is told this once. Others of the
// holder stay open.
func (l *Links) Make(ctx context.Context, holder license.CreditCode, by string) (Token, Link, error) {
	var secret [tokenSize]byte
	if _, err := io.ReadFull(l.rand, secret[:]); err != nil {
		return "", Link{}, fmt.Errorf("drawing a holder link: %w", err)
	}
	token := Token(base64.RawURLEncoding.EncodeToString(secret[:]))
	hash, _ := token.hash()
	link := Link{ID: hex.EncodeToString(hash[:6]), Holder: holder, Hash: hash, MadeAt: l.now(), MadeBy: by}
	if err := l.store.AddLink(ctx, link, MostLinks); err != nil {
		return "", Link{}, fmt.Errorf("making a holder link: %w", err)
	}
	return token, link, nil
}

// Open gives the link of a token: [ErrNoLink] where there is none, [ErrRevoked]
// where it was taken back.
func (l *Links) Open(ctx context.Context, t Token) (Link, error) {
	hash, ok := t.hash()
	if !ok {
		return Link{}, ErrNoLink
	}
	link, err := l.store.LinkByHash(ctx, hash)
	if err != nil {
		return Link{}, fmt.Errorf("looking for a holder link: %w", err)
	}
	if !link.Open() {
		return Link{}, ErrRevoked
	}
	return link, nil
}

// Of lists the links of a holder, the newest first, revoked ones too.
func (l *Links) Of(ctx context.Context, holder license.CreditCode) ([]Link, error) {
	links, err := l.store.Links(ctx, holder)
	if err != nil {
		return nil, fmt.Errorf("listing holder links: %w", err)
	}
	return links, nil
}

// Revoke takes a link back; [ErrNoLink] where the holder has no open one of
// that name.
func (l *Links) Revoke(ctx context.Context, holder license.CreditCode, id, by string) error {
	if err := l.store.RevokeLink(ctx, holder, id, by, l.now()); err != nil {
		return fmt.Errorf("revoking holder link %s: %w", id, err)
	}
	return nil
}

func (l *Links) now() time.Time { return l.clock().UTC().Truncate(time.Second) }
