package exchange

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// MaxObject is the largest object that is shared, in bytes.
	MaxObject = 1 << 20
	maxName   = 512

	markSize = 32
	headSize = markSize + 8

	minKeep = time.Minute
	maxKeep = 31 * 24 * time.Hour
)

// Get gives the copy of a signed object that a node of the deployment left
// under its name, and when that node had it from its source. It gives nothing
// where there is none, where none of our nodes wrote it, and where Redis is
// away. Whoever wrote to Redis may have put back an older copy: verify it, and
// take nothing from its presence but what it says itself.
func (x *Exchange) Get(ctx context.Context, name string) (object []byte, at time.Time, ok bool) {
	if x.link == nil || len(name) > maxName {
		return nil, time.Time{}, false
	}
	err := x.link.do(ctx, "get", func(ctx context.Context) (string, error) {
		// No more is read than an object may have, whatever lies there.
		raw, err := x.link.client.GetRange(ctx, x.copyKey(name), 0, headSize+MaxObject).Bytes()
		if err != nil && err != redis.Nil {
			return "", err
		}
		if len(raw) == 0 {
			return resultMiss, nil
		}
		if object, at, ok = x.open(name, raw); !ok {
			return resultRefused, nil
		}
		return resultHit, nil
	})
	return object, at, ok && err == nil
}

// Put leaves a copy of a signed object, which the caller has verified, as it
// was had from its source at an instant; until says when it is of no use any
// more. It stays a month at most. Where Redis is away or full, nothing is left.
func (x *Exchange) Put(ctx context.Context, name string, object []byte, at, until time.Time) {
	if x.link == nil || len(name) > maxName || len(object) == 0 || len(object) > MaxObject {
		return
	}
	keep := min(max(until.Sub(x.c.Clock()), minKeep), maxKeep)
	// That it failed is counted, and costs others a fetch.
	_ = x.link.do(ctx, "put", func(ctx context.Context) (string, error) {
		return resultOK, x.link.client.Set(ctx, x.copyKey(name), x.seal(name, object, at), keep).Err()
	})
}

func (x *Exchange) copyKey(name string) string { return x.keys + "copy:" + name }

// seal writes a copy down: a mark, the instant, the object. The mark tells
// what a node of ours wrote from what somebody else did.
func (x *Exchange) seal(name string, object []byte, at time.Time) []byte {
	instant := binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli()))
	raw := make([]byte, 0, headSize+len(object))
	raw = append(raw, x.mark("copy", []byte(name), instant, object)...)
	raw = append(raw, instant...)
	return append(raw, object...)
}

func (x *Exchange) open(name string, raw []byte) (object []byte, at time.Time, ok bool) {
	if len(raw) <= headSize || len(raw) > headSize+MaxObject {
		return nil, time.Time{}, false
	}
	mark, instant, object := raw[:markSize], raw[markSize:headSize], raw[headSize:]
	if !hmac.Equal(mark, x.mark("copy", []byte(name), instant, object)) {
		return nil, time.Time{}, false
	}
	return object, time.UnixMilli(int64(binary.BigEndian.Uint64(instant))), true
}
