package mirror

import (
	"bytes"
	"context"
	"time"
)

// Shared is what the nodes of a deployment have in common. exchange.Exchange
// is one. A copy that comes from it is checked like any other token; that a
// node had it lately spares this one a request, so Shared must know its own
// nodes' word from anybody else's. All of it may fail, and costs requests then.
type Shared interface {
	// Get gives the copy that a node left, and when it had it from its source.
	Get(ctx context.Context, address string) (token []byte, at time.Time, ok bool)
	// Put leaves a copy that was checked.
	Put(ctx context.Context, address string, token []byte, at, until time.Time)
	// Announce says that there is a new one.
	Announce(ctx context.Context, address string)
	// Turn says whether this node is to do what one node is enough for.
	Turn(ctx context.Context, what string, most time.Duration) (end func(), mine bool)
}

// How long a node waits for another that is asking the source already.
const (
	waitForOthers = 400 * time.Millisecond
	lookForOthers = 20 * time.Millisecond
)

// longestShared is how long a copy is of use to other nodes: what is wanted again
// is left again.
const longestShared = 24 * time.Hour

func sooner(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Load takes over the copy of address that another node left, if this node has
// asked for the address before; of others it will hear when it needs them.
func (m *Mirror) Load(ctx context.Context, address string) {
	m.mu.Lock()
	_, known := m.seen[address]
	m.mu.Unlock()
	if known && m.allowed(address) {
		m.byOthers(ctx, address)
	}
}

// LoadAll does so for all addresses that this node ever asked for.
func (m *Mirror) LoadAll(ctx context.Context) {
	m.mu.Lock()
	addresses := make([]string, 0, len(m.seen))
	for address := range m.seen {
		addresses = append(addresses, address)
	}
	m.mu.Unlock()
	for _, address := range addresses {
		m.Load(ctx, address)
	}
}

// byOthers takes over the copy that another node left. It says whether that is
// so fresh that nobody needs to be asked.
func (m *Mirror) byOthers(ctx context.Context, address string) bool {
	if m.cfg.Shared == nil || m.cfg.Held == nil {
		return false
	}
	token, at, ok := m.cfg.Shared.Get(ctx, address)
	if !ok || len(token) == 0 || int64(len(token)) > m.cfg.Limit {
		return false
	}
	v, forgot := m.last(address)
	if held := m.held(address); !bytes.Equal(token, held) {
		if err := m.add(address, token, held, "", &v); err != nil {
			return false
		}
	}
	if at.After(v.at) {
		v.at, v.err = at, nil
	}
	m.remember(address, v, forgot)
	return m.fresh(at)
}

func (m *Mirror) nodesTurn(ctx context.Context, address string) (end func(), mine bool) {
	if m.cfg.Shared == nil {
		return func() {}, true
	}
	return m.cfg.Shared.Turn(ctx, "fetch:"+address, m.cfg.Client.Timeout)
}

// awaited waits a little for the node that is asking. Whoever holds a turn and
// does nothing costs that little.
func (m *Mirror) awaited(ctx context.Context, address string) bool {
	for range waitForOthers / lookForOthers {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(lookForOthers):
		}
		if m.byOthers(ctx, address) {
			return true
		}
	}
	return false
}

// share leaves what was had from its source for the other nodes.
func (m *Mirror) share(ctx context.Context, address string, token []byte, v visit, isNew bool) {
	if m.cfg.Shared == nil {
		return
	}
	if owner, _ := m.cfg.Owner(address); m.cfg.Spared != nil && m.cfg.Spared(owner) {
		return
	}
	v.until = sooner(v.until, v.at.Add(longestShared))
	m.cfg.Shared.Put(ctx, address, token, v.at, v.until)
	if isNew {
		m.cfg.Shared.Announce(ctx, address)
	}
}
