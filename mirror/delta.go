package mirror

import (
	"context"
	"errors"
	"net/url"
	"strconv"
)

// Deltas makes a newer token of an older one and of what has changed since.
type Deltas struct {
	// Media is the media type by which a source says that its answer is only
	// what has changed.
	Media string
	// Since gives the sequence of a token; an error says that there is none.
	Since func(token string) (uint64, error)
	// Apply gives the newer token. It is added like any other, so whoever
	// makes a delta is believed no more than whoever serves a token.
	Apply func(held string, delta []byte) (token string, err error)
}

// askSince asks the source for what has changed since the token that is held,
// and says whether that was enough, and which token came of it; nil where the
// one that is held is still the one. A source that knows nothing of this gives
// all of the token, or an error: then it is asked in the ordinary way.
func (m *Mirror) askSince(ctx context.Context, address string, held []byte, v *visit) (token []byte, done bool) {
	if m.cfg.Deltas.Apply == nil || len(held) == 0 || v.whole {
		return nil, false
	}
	since, err := m.cfg.Deltas.Since(string(held))
	if err != nil {
		return nil, false
	}
	at, err := url.Parse(address)
	if err != nil || at.RawQuery != "" {
		return nil, false
	}
	at.RawQuery = "since=" + strconv.FormatUint(since, 10)
	got, tag, err := m.get(ctx, at.String(), v.etag)
	switch {
	case errors.Is(err, errStatus):
		return nil, false
	case err != nil:
		v.err = err // it would not answer another question either
		return nil, true
	case got.bytes == nil:
		return nil, true
	case got.media != m.cfg.Deltas.Media:
		v.err = m.add(address, got.bytes, held, tag, v)
		return got.bytes, v.err == nil
	}
	newer, err := m.cfg.Deltas.Apply(string(held), got.bytes)
	if err != nil {
		return nil, false
	}
	token = []byte(newer)
	return token, m.add(address, token, held, tag, v) == nil
}
