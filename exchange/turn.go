package exchange

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/redis/go-redis/v9"
)

// endTurn ends a turn that is still one's own.
var endTurn = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)

// Turn says whether it is this node's turn to do what one node is enough for,
// and gives what ends the turn; it ends by itself after most. It only saves
// work: two nodes may have a turn at once, as when Redis is away, and what
// they do must be right all the same. A node that does not get a turn must
// not wait for one for ever, since anybody who writes to Redis can hold it.
func (x *Exchange) Turn(ctx context.Context, what string, most time.Duration) (end func(), mine bool) {
	if x.link == nil {
		return func() {}, true
	}
	key := x.keys + "turn:" + what
	own, err := x.draw()
	if err != nil {
		return func() {}, true
	}
	taken := false
	err = x.link.do(ctx, "turn", func(ctx context.Context) (string, error) {
		got, err := x.link.client.SetNX(ctx, key, own, most).Result()
		if err != nil {
			return "", err
		}
		if taken = !got; taken {
			return resultMiss, nil
		}
		return resultHit, nil
	})
	switch {
	case err != nil:
		return func() {}, true
	case taken:
		return func() {}, false
	}
	return func() {
		// A turn that is not ended here ends by itself.
		_ = x.link.do(context.WithoutCancel(ctx), "turn", func(ctx context.Context) (string, error) {
			return resultOK, endTurn.Run(ctx, x.link.client, []string{key}, own).Err()
		})
	}, true
}

func (x *Exchange) draw() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(x.c.Rand, b[:]); err != nil {
		return "", fmt.Errorf("drawing a token: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
