package exchange

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// LookEvery is how often a node looks whether it missed news, since Redis
// promises delivery to nobody.
const LookEvery = 500 * time.Millisecond

// news numbers what is announced, in one step: KEYS[1] is the number of the
// last, ARGV are channel and name. Where there is no number, it begins from
// the server's time in milliseconds, so that after a flush no number comes
// twice.
var news = redis.NewScript(`
local number = redis.pcall('INCR', KEYS[1])
if type(number) ~= 'number' or number == 1 then
  local time = redis.call('TIME')
  number = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  redis.call('SET', KEYS[1], string.format('%.0f', number))
end
redis.call('PUBLISH', ARGV[1], string.format('%.0f %s', number, ARGV[2]))
return number`)

func (x *Exchange) newsKey() string     { return x.keys + "news" }
func (x *Exchange) newsChannel() string { return x.keys + "news" }

// Announce tells the other nodes that there is something new under a name. Put
// it there first. Where Redis is away nobody is told, and others find it when
// they look at its source.
func (x *Exchange) Announce(ctx context.Context, name string) {
	if x.link == nil || len(name) > maxName {
		return
	}
	_ = x.link.do(ctx, "announce", func(ctx context.Context) (string, error) {
		return resultOK, news.Run(ctx, x.link.client, []string{x.newsKey()}, x.newsChannel(), name).Err()
	})
}

// Watch calls heed with each name that a node announces, its own included,
// until ctx ends; one call at a time. It calls heed with the empty name when
// news may have been missed: at the beginning, after Redis was away, flushed
// or slow, and whenever numbers do not follow each other. Then anything may be
// new. A name is no more than a hint: anybody who writes to Redis can say it.
func (x *Exchange) Watch(ctx context.Context, heed func(ctx context.Context, name string)) {
	if x.link == nil {
		<-ctx.Done()
		return
	}
	w := &watcher{x: x, heed: heed, last: -1}
	for ctx.Err() == nil {
		if err := w.listen(ctx); err != nil && ctx.Err() == nil {
			x.c.Log.Debug("listening to the other nodes", "error", err)
		}
		w.last = -1 // nobody could announce anything while Redis was away from all
		select {
		case <-ctx.Done():
		case <-time.After(probeEvery):
		}
	}
}

type watcher struct {
	x    *Exchange
	heed func(context.Context, string)
	last int64 // number of the last news that was heeded; -1 before any
}

// listen subscribes and heeds until something fails.
func (w *watcher) listen(ctx context.Context) error {
	if w.x.link.away.Load() {
		return ErrAway
	}
	subscription := w.x.link.client.Subscribe(ctx, w.x.newsChannel())
	defer func() { _ = subscription.Close() }() // nothing is lost by it
	if _, err := subscription.ReceiveTimeout(ctx, dialWithin+replyWithin); err != nil {
		return err
	}
	// From here on messages wait in the connection, so what is read now and
	// what comes leave no gap.
	if err := w.catchUp(ctx); err != nil {
		return err
	}
	looked := time.Now()
	for {
		message, err := subscription.ReceiveTimeout(ctx, max(time.Millisecond, LookEvery-time.Since(looked)))
		var late net.Error
		switch {
		case err == nil:
			if m, ok := message.(*redis.Message); ok {
				if err := w.take(ctx, m.Payload); err != nil {
					return err
				}
			}
		case errors.As(err, &late) && late.Timeout() && ctx.Err() == nil:
		default:
			return err
		}
		if time.Since(looked) < LookEvery {
			continue
		}
		if err := w.catchUp(ctx); err != nil {
			return err
		}
		looked = time.Now()
	}
}

// take heeds one message.
func (w *watcher) take(ctx context.Context, payload string) error {
	digits, name, ok := strings.Cut(payload, " ")
	number, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || name == "" || len(name) > maxName {
		return w.catchUp(ctx)
	}
	switch {
	case number == w.last+1:
		w.last = number
	case number > w.last:
		return w.catchUp(ctx)
	}
	w.heed(ctx, name)
	return nil
}

// catchUp looks for the number of the last news, and heeds everything if it is
// another than the last one heeded.
func (w *watcher) catchUp(ctx context.Context) error {
	number := int64(0)
	err := w.x.link.do(ctx, "look", func(ctx context.Context) (string, error) {
		text, err := w.x.link.client.GetRange(ctx, w.x.newsKey(), 0, 32).Result()
		if err != nil && err != redis.Nil {
			return "", err
		}
		if number, err = strconv.ParseInt(text, 10, 64); err != nil {
			number = 0
		}
		return resultOK, nil
	})
	if err != nil {
		return err
	}
	if number != w.last {
		w.last = number
		w.heed(ctx, "")
	}
	return nil
}
