// Package mirror keeps copies of what other issuers publish (their status
// lists and license records) at hand for a verifier that is on line. It only
// carries signed bytes: whoever serves them is not believed, the one who adds
// them checks. Start with [New] and [Mirror.Fetch].
package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"yizheng/ration"
)

// ErrNotAllowed says that an address is not one that the trust list names.
// Fetching any address that a code points at would let a forger use the
// verifier to reach other machines.
var ErrNotAllowed = errors.New("address is not named by the trust list")

// ErrBusy says that the source wants to be asked again later: it holds those
// who ask to a rate, or has too much to do.
var ErrBusy = errors.New("the source is busy")

// errStatus: the source answered, but gave nothing.
var errStatus = errors.New("status")

// Config holds what a Mirror needs. All but Held, Pause, Deltas, Shared, Spared
// and Limit are required.
type Config struct {
	// Client makes the requests. Its Timeout bounds a fetch.
	Client *http.Client
	// Owner says whose an address is, and whether the trust list names it. What
	// is done and remembered for one owner has bounds, and takes nothing from
	// another.
	Owner func(address string) (owner string, allowed bool)
	// Add takes the token of an address, checks it, keeps it, and says until
	// when a copy of it is of use.
	Add func(address string, token []byte) (until time.Time, err error)
	// Held gives what Add has kept of an address; nil where that had to go. A
	// source is not asked whether something is new of which nothing is held. Nil
	// where Add takes to pieces what it is given: then nothing is had from Shared
	// or as a delta.
	Held func(address string) []byte
	// Clock gives the time, for Pause.
	Clock func() time.Time
	// Pause is how long an address is left alone after it was asked, with or
	// without success; 5 s when zero. It is also the time after which a
	// revocation elsewhere may still be unseen here.
	Pause time.Duration
	// Deltas knows how a newer token is made of an older one and of what has
	// changed; the zero value where all of it is always fetched.
	Deltas Deltas
	// Shared is what the nodes of a deployment have in common; nil for a node
	// that is alone.
	Shared Shared
	// Spared says of an owner that nothing of his is left in Shared any more,
	// since he has more than there is room for; nil where that is never so.
	Spared func(owner string) bool
	// Limit is the largest answer that is read, in bytes; when zero, 256 KiB,
	// which a full status list of 32768 entries stays well under.
	Limit int64
}

// Bounds for one owner of addresses, and for all of them.
const (
	atOnce                = 16 // requests
	visitsEach, visitsAll = 1 << 20, 8 << 20
	visitCost             = 256 // bytes, beside the texts of a visit
	maxTag                = 256 // bytes of an ETag that is kept
)

// Mirror fetches. It is safe for concurrent use.
type Mirror struct {
	cfg    Config
	flight singleflight.Group
	added  atomic.Uint64
	turns  *ration.Turns

	mu     sync.Mutex
	seen   map[string]visit // by address
	visits *ration.Book     // of seen
	forgot int              // times that Forget was called
}

type visit struct {
	at    time.Time
	etag  string
	err   error
	whole bool      // what has changed since is not enough: the last that came was refused
	until time.Time // when it is of no use any more
	kept  *ration.Entry
}

// New checks cfg and gives a Mirror.
func New(cfg Config) (*Mirror, error) {
	if cfg.Client == nil || cfg.Owner == nil || cfg.Add == nil || cfg.Clock == nil {
		return nil, errors.New("mirror needs a client, the owners of addresses, a place to add to and a clock")
	}
	if cfg.Client.Timeout <= 0 {
		return nil, errors.New("mirror needs a client with a timeout")
	}
	if cfg.Pause == 0 {
		cfg.Pause = 5 * time.Second
	}
	if cfg.Limit == 0 {
		cfg.Limit = 256 << 10
	}
	client := *cfg.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cfg.Client = &client
	return &Mirror{
		cfg: cfg, turns: ration.NewTurns(atOnce),
		seen: make(map[string]visit), visits: ration.New(ration.Limits{Each: visitsEach, All: visitsAll}, "", nil),
	}, nil
}

// Added counts the tokens that were added so far, for a caller that wants to
// know whether there is anything new since it last looked.
func (m *Mirror) Added() uint64 { return m.added.Load() }

// Forget has every address asked for again, and what it gives added again: for
// when what was added has come to be judged by other keys.
func (m *Mirror) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgot++
	for address, v := range m.seen {
		m.seen[address] = visit{kept: v.kept}
	}
}

// last gives the last visit to an address, and how often Forget was called.
func (m *Mirror) last(address string) (v visit, forgot int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[address], m.forgot
}

// remember notes a visit, unless Forget was called since last.
func (m *Mirror) remember(address string, v visit, forgot int) {
	owner, _ := m.cfg.Owner(address)
	cost := visitCost + len(address) + len(v.etag)
	if v.err != nil {
		cost += len(v.err.Error())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if forgot != m.forgot {
		v = visit{}
	}
	m.seen[address].kept.Release()
	delete(m.seen, address)
	if v.kept = m.visits.Keep(owner, cost, func() { delete(m.seen, address) }); v.kept != nil {
		m.seen[address] = v
	}
}

// held gives what is held of an address.
func (m *Mirror) held(address string) []byte {
	if m.cfg.Held == nil {
		return nil
	}
	return m.cfg.Held(address)
}

// Fetch gets the token at address and hands it to Add, unless it was asked for
// less than Pause ago, by this node or by another: then the answer of that
// time stands. Callers that ask for one address at the same moment share one
// request. It gives [ErrNotAllowed] for an address that no trusted issuer has.
func (m *Mirror) Fetch(ctx context.Context, address string) error {
	if !m.allowed(address) {
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

// Once gets what is at an address, adds it nowhere and remembers nothing of it:
// for what is asked for seldom, and at more addresses than could be remembered.
// It gives [ErrNotAllowed] as Fetch does.
func (m *Mirror) Once(ctx context.Context, address string) ([]byte, error) {
	if !m.allowed(address) {
		return nil, ErrNotAllowed
	}
	got, _, err := m.get(ctx, address, "")
	return got.bytes, err
}

func (m *Mirror) allowed(address string) bool {
	_, allowed := m.cfg.Owner(address)
	return allowed
}

// recent gives a visit of less than a pause ago, if what it brought is still
// held.
func (m *Mirror) recent(address string) (visit, bool) {
	m.mu.Lock()
	v, ok := m.seen[address]
	m.mu.Unlock()
	if !ok || !m.fresh(v.at) {
		return v, false
	}
	v.kept.Use()
	return v, v.err != nil || m.cfg.Held == nil || m.held(address) != nil
}

// fresh says whether what was had at an instant need not be asked for yet. An
// instant ahead of the clock by more than the pause is another node's mistake.
func (m *Mirror) fresh(at time.Time) bool {
	age := m.cfg.Clock().Sub(at)
	return age < m.cfg.Pause && age > -m.cfg.Pause
}

func (m *Mirror) visit(ctx context.Context, address string) error {
	if m.byOthers(ctx, address) {
		return nil
	}
	end, mine := m.nodesTurn(ctx, address)
	defer end()
	if !mine && m.awaited(ctx, address) {
		return nil
	}
	return m.ask(ctx, address)
}

// ask asks the source.
func (m *Mirror) ask(ctx context.Context, address string) error {
	last, forgot := m.last(address)
	held := m.held(address)
	now := visit{at: m.cfg.Clock(), etag: last.etag, until: last.until, whole: last.whole}
	if held == nil && m.cfg.Held != nil {
		now.etag = "" // whether it is new is no question: it is not here
	}
	token, done := m.askSince(ctx, address, held, &now)
	if !done {
		got, etag, err := m.get(ctx, address, now.etag)
		token = got.bytes
		if now.err = err; err == nil && token != nil {
			now.err = m.add(address, token, held, etag, &now)
		}
	}
	if now.err == nil {
		isNew := token != nil && !bytes.Equal(token, held)
		if token == nil {
			token = held
		}
		m.share(ctx, address, token, now, isNew)
	}
	m.remember(address, now, forgot)
	return now.err
}

// add has a token checked that came from its source, in the place of what is held.
func (m *Mirror) add(address string, token, held []byte, etag string, v *visit) error {
	until, err := m.cfg.Add(address, token)
	if err != nil {
		v.etag, v.whole = "", true // ask for all of it the next time
		return fmt.Errorf("checking %s: %w", address, err)
	}
	if !bytes.Equal(token, held) {
		m.added.Add(1)
	}
	v.etag, v.until, v.whole = etag, until, false
	return nil
}

// answer is what a source gave: its bytes, and of which media type.
type answer struct {
	bytes []byte
	media string
}

// get asks for address. It gives no bytes where the token that has the tag is
// still the one, and the tag to ask with the next time.
func (m *Mirror) get(ctx context.Context, address, etag string) (a answer, tag string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return a, "", fmt.Errorf("asking for %s: %w", address, err)
	}
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	end, err := m.turn(ctx, address)
	if err != nil {
		return a, etag, err
	}
	defer end()
	response, err := m.cfg.Client.Do(request)
	if err != nil {
		return a, etag, fmt.Errorf("asking for %s: %w", address, err)
	}
	defer func() { _ = response.Body.Close() }()
	switch {
	case response.StatusCode == http.StatusOK:
	case response.StatusCode == http.StatusNotModified && etag != "":
		return a, etag, nil
	case response.StatusCode == http.StatusTooManyRequests, response.StatusCode == http.StatusServiceUnavailable:
		return a, etag, fmt.Errorf("asking for %s: %w: %w %d", address, ErrBusy, errStatus, response.StatusCode)
	default:
		return a, etag, fmt.Errorf("asking for %s: %w %d", address, errStatus, response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, m.cfg.Limit+1))
	if err != nil {
		return a, etag, fmt.Errorf("reading %s: %w", address, err)
	}
	if int64(len(body)) > m.cfg.Limit {
		return a, etag, fmt.Errorf("reading %s: more than %d bytes", address, m.cfg.Limit)
	}
	media, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	if etag = response.Header.Get("ETag"); len(etag) > maxTag {
		etag = ""
	}
	return answer{body, media}, etag, nil
}

// turn waits until its owner may be asked for one more address: one who is slow
// holds up what is asked of himself, and nobody else's.
func (m *Mirror) turn(ctx context.Context, address string) (end func(), err error) {
	owner, _ := m.cfg.Owner(address)
	ctx, cancel := context.WithTimeout(ctx, m.cfg.Client.Timeout)
	defer cancel()
	end, mine := m.turns.Wait(ctx.Done(), owner)
	if !mine {
		return nil, fmt.Errorf("asking for %s: %w: enough is being asked of it", address, ErrBusy)
	}
	return end, nil
}
