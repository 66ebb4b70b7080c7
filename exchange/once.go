package exchange

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrUnknown says that it cannot be told whether a token was used before. It
// must then not be accepted; asked again a little later, it can be.
var ErrUnknown = errors.New("whether the token was used is not known")

// maxOnce is the longest life of a token.
const maxOnce = time.Hour

// Once says whether owner is the first by whom any node of the deployment is
// asked about a token that lives for ttl, from its making to its end. A token
// that was asked about counts as used by that owner alone: he is told the same
// each time, so that whoever lost the answer may ask again. It gives [ErrUnknown] where Redis is
// away, full or does not remember as far back as the token may have been made:
// for ttl after it was started empty or flushed. A node that is alone
// remembers from its own start. A ttl that is not of 1 ms to 1 h is an error, and so is no owner.
func (x *Exchange) Once(ctx context.Context, token, owner string, ttl time.Duration) (first bool, err error) {
	if ttl < time.Millisecond || ttl > maxOnce {
		return false, fmt.Errorf("exchange: no token lives for %v", ttl)
	}
	if owner == "" {
		return false, errors.New("exchange: nobody uses a token")
	}
	owner = x.hidden("owner", token+"\x00"+owner)
	now := x.c.Clock()
	if x.link == nil {
		first, _, err = x.used.take(token, owner, now, ttl, now.Sub(x.used.since) >= ttl)
		return first, err
	}
	// What this node has seen stays used, whatever happens to Redis. That it
	// has not seen a token, or saw it with this owner, says nothing: another
	// node may have seen it before.
	first, taken, err := x.used.take(token, owner, now, ttl, true)
	if err != nil || !first {
		return false, err
	}
	first, err = x.onceShared(ctx, token, owner, ttl)
	if err != nil {
		if taken {
			x.used.forget(token)
		}
		return false, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return first, nil
}

//go:embed once.lua
var onceScript string

var onceLua = redis.NewScript(onceScript)

// onceShared asks Redis. A token and the instant since when tokens like it are
// remembered lie in one slot of a cluster, one of sixteen.
func (x *Exchange) onceShared(ctx context.Context, token, owner string, ttl time.Duration) (first bool, err error) {
	name := x.hidden("once", token)
	slot := x.keys + "once:{" + x.c.Deployment + name[:1] + "}:"
	var answer string
	err = x.link.do(ctx, "once", func(ctx context.Context) (_ string, err error) {
		answer, err = onceLua.Run(ctx, x.link.client, []string{slot + name, slot + "since"}, ttl.Milliseconds(), owner).Text()
		return resultOK, err
	})
	switch {
	case err != nil:
		return false, err
	case answer == "first", answer == "used":
		return answer == "first", nil
	}
	return false, errors.New("redis does not remember as far back")
}

// maxUsed bounds the tokens that one node remembers.
const maxUsed = 1 << 17

// used are the tokens that one node has seen.
type used struct {
	since time.Time

	mu     sync.Mutex
	tokens map[string]use
	swept  time.Time
}

// use is by whom a token was used, and until when that is remembered.
type use struct {
	owner string
	until time.Time
}

func newUsed(now time.Time) *used {
	return &used{since: now, swept: now, tokens: make(map[string]use)}
}

// take notes a token and whose it is; known says whether memory reaches back far
// enough. Whoever has it already is first, and it is not taken anew.
func (u *used) take(token, owner string, now time.Time, ttl time.Duration, known bool) (first, taken bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if before, seen := u.tokens[token]; seen && now.Before(before.until) {
		return before.owner == owner, false, nil
	}
	if !known {
		return false, false, fmt.Errorf("%w: this node was started less than %v ago", ErrUnknown, ttl)
	}
	if len(u.tokens) >= maxUsed {
		u.sweep(now)
	}
	if len(u.tokens) >= maxUsed {
		return false, false, fmt.Errorf("%w: %d others are remembered", ErrUnknown, maxUsed)
	}
	u.tokens[token] = use{owner, now.Add(ttl)}
	return true, true, nil
}

// sweep forgets what has ended, at most once a second.
func (u *used) sweep(now time.Time) {
	if now.Sub(u.swept) < time.Second {
		return
	}
	u.swept = now
	for token, of := range u.tokens {
		if !now.Before(of.until) {
			delete(u.tokens, token)
		}
	}
}

func (u *used) forget(token string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.tokens, token)
}
