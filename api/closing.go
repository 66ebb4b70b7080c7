package api

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// ErrIssuerAway says that another issuer, who publishes what was asked for,
// gives no answer now.
var ErrIssuerAway = errors.New("its issuer gives no answer")

// closing answers with a closing list or a chunk of one. What has a digest
// never changes, so that everybody may keep it for ever.
func (s *server) closing(c echo.Context) error {
	digest := c.Param("digest")
	if b, err := hex.DecodeString(digest); err != nil || len(b) != 32 || strings.ToLower(digest) != digest {
		return fail(reasonNotFound, err)
	}
	content, err := s.parts.get(c.Request().Context(), digest)
	if err != nil {
		return err
	}
	return publishKept(c, "application/octet-stream", content, `"`+digest+`"`, "public, max-age=31536000, immutable")
}

// partsBytes bounds the parts of closing lists that a node keeps at hand to
// give out: those of two million licenses. Beyond it all are forgotten.
const partsBytes = 32 << 20

// parts keeps what was given out of closing lists, so that many phones asking
// for the same part are one look into the register.
type parts struct {
	read func(ctx context.Context, digest string) ([]byte, error)

	mu    sync.Mutex
	held  map[string][]byte
	bytes int
}

func newParts(read func(ctx context.Context, digest string) ([]byte, error)) *parts {
	return &parts{read: read, held: make(map[string][]byte)}
}

// get gives a part that is held, or reads it.
func (p *parts) get(ctx context.Context, digest string) ([]byte, error) {
	p.mu.Lock()
	content, found := p.held[digest]
	p.mu.Unlock()
	if found {
		return content, nil
	}
	content, err := p.read(ctx, digest)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes += len(content); p.bytes > partsBytes {
		clear(p.held)
		p.bytes = len(content)
	}
	p.held[digest] = content
	return content, nil
}
