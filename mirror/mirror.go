// Package mirror keeps copies of what other issuers publish (their status
// lists and license records) at hand for a verifier that is on line. It only
// carries signed bytes: whoever serves them is not believed, the one who adds
// them checks. Start with [New] and [Mirror.Fetch].
package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// maxBody is the largest answer that is read, in bytes: a full status list of
// 32768 entries and its signature stay well under it.
const maxBody = 256 << 10

// ErrNotAllowed says that an address is not one that the trust list names.
// Fetching any address that a code points at would let a forger use the
// verifier to reach other machines.
var ErrNotAllowed = errors.New("address is not named by the trust list")

// Config holds what a Mirror needs. All but Pause are required.
type Config struct {
	// Client makes the requests. Its Timeout bounds a fetch.
	Client *http.Client
	// Allowed says whether the trust list names address.
	Allowed func(address string) bool
	// Add takes a fetched token, checks it, and keeps it.
	Add func(token []byte) error
	// Clock gives the time, for Pause.
	Clock func() time.Time
	// Pause is how long an address is left alone after it was asked, with or
	// without success; 5 s when zero. It is also the time after which a
	// revocation elsewhere may still be unseen here.
	Pause time.Duration
}

// Mirror fetches. It is safe for concurrent use.
type Mirror struct {
	cfg    Config
	flight singleflight.Group

	mu   sync.Mutex
	seen map[string]visit // by address; bounded by the addresses that Allowed lets through
}

type visit struct {
	at   time.Time
	etag string
	err  error
}

// New checks cfg and gives a Mirror.
func New(cfg Config) (*Mirror, error) {
	if cfg.Client == nil || cfg.Allowed == nil || cfg.Add == nil || cfg.Clock == nil {
		return nil, errors.New("mirror needs a client, the allowed addresses, a place to add to and a clock")
	}
	if cfg.Client.Timeout <= 0 {
		return nil, errors.New("mirror needs a client with a timeout")
	}
	if cfg.Pause == 0 {
		cfg.Pause = 5 * time.Second
	}
	client := *cfg.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cfg.Client = &client
	return &Mirror{cfg: cfg, seen: make(map[string]visit)}, nil
}

// Fetch gets the token at address and hands it to Add, unless it was asked for
// less than Pause ago: then the answer of that time stands. Callers that ask
// for one address at the same moment share one request. It gives
// [ErrNotAllowed] for an address that no trusted issuer has.
func (m *Mirror) Fetch(ctx context.Context, address string) error {
	if !m.cfg.Allowed(address) {
		return ErrNotAllowed
	}
	if v, ok := m.recent(address); ok {
		return v.err
	}
	// The request outlives a caller that goes away: others may wait for it,
	// and the client's timeout bounds it.
	result := m.flight.DoChan(address, func() (any, error) {
		if v, ok := m.recent(address); ok {
			return nil, v.err
		}
		return nil, m.visit(context.WithoutCancel(ctx), address)
	})
	select {
	case r := <-result:
		return r.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *Mirror) recent(address string) (visit, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.seen[address]
	return v, ok && m.cfg.Clock().Sub(v.at) < m.cfg.Pause
}

func (m *Mirror) visit(ctx context.Context, address string) error {
	m.mu.Lock()
	etag := m.seen[address].etag
	m.mu.Unlock()
	etag, err := m.get(ctx, address, etag)
	m.mu.Lock()
	m.seen[address] = visit{at: m.cfg.Clock(), etag: etag, err: err}
	m.mu.Unlock()
	return err
}

// get asks for address and adds what comes. It gives the entity tag to ask
// with the next time.
func (m *Mirror) get(ctx context.Context, address, etag string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", fmt.Errorf("asking for %s: %w", address, err)
	}
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	response, err := m.cfg.Client.Do(request)
	if err != nil {
		return etag, fmt.Errorf("asking for %s: %w", address, err)
	}
	defer func() { _ = response.Body.Close() }()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotModified:
		return etag, nil
	default:
		return etag, fmt.Errorf("asking for %s: status %d", address, response.StatusCode)
	}
	token, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return etag, fmt.Errorf("reading %s: %w", address, err)
	}
	if len(token) > maxBody {
		return etag, fmt.Errorf("reading %s: more than %d bytes", address, maxBody)
	}
	if err := m.cfg.Add(token); err != nil {
		return "", fmt.Errorf("checking %s: %w", address, err)
	}
	return response.Header.Get("ETag"), nil
}
