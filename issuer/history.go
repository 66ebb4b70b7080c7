package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yizheng/status"
)

// Histories is what a look back needs.
type Histories interface {
	// ChunkAt gives the content of a status list as it was at an instant,
	// without anything published. [ErrNotFound]: there is no such list.
	ChunkAt(ctx context.Context, number uint32, at time.Time) (Chunk, error)
}

// ErrNoHistory: there is no list of that instant: it lies ahead, or before the
// first license of the list.
var ErrNoHistory = errors.New("no status list of that time")

// historicSequence is below that of every list in use, so that a list of the
// past never takes the place of one, whoever hands it in.
const historicSequence = 1

// ListAt signs a status list as it was at an instant (historical resolution of
// the draft). It is dated then, and signed now by today's key, which may not have
// been in use then: retired keys are destroyed, and the past stays.
func (i *Issuer) ListAt(ctx context.Context, h Histories, number uint32, at time.Time) (string, error) {
	at = at.UTC().Truncate(time.Second)
	if at.After(i.now()) {
		return "", fmt.Errorf("%w: it lies ahead", ErrNoHistory)
	}
	c, err := h.ChunkAt(ctx, number, at)
	if err != nil {
		return "", fmt.Errorf("reading status list %d as it was: %w", number, err)
	}
	if len(c.Blocks) == 0 {
		return "", fmt.Errorf("%w: nothing was issued in it yet", ErrNoHistory)
	}
	token, err := status.Build(status.Config{
		Subject: status.Address(i.c.StatusBase, number), IssuedAt: at,
		Lifetime: i.c.ListLifetime, TTL: i.c.ListTTL, Sequence: historicSequence, Values: c.values(),
	}, i.c.Keys.Status)
	if err != nil {
		return "", fmt.Errorf("building status list %d as it was: %w", number, err)
	}
	if i.c.ListChecker != nil {
		if err := i.c.ListChecker.CheckPast(token, at); err != nil {
			return "", fmt.Errorf("checking status list %d as it was: %w", number, err)
		}
	}
	return token, nil
}

// values are the assigned entries of a chunk by offset.
func (c Chunk) values() map[uint32]status.Value {
	values := make(map[uint32]status.Value)
	for _, block := range c.Blocks {
		for n, state := range block.States {
			values[block.Offset+uint32(n)] = valueOf(state)
		}
	}
	return values
}
