package issuer

import (
	"context"
	"errors"
	"fmt"
)

// GiveUpLeft gives up what programs of before have left half-way: they stored
// what they were about to sign, signed it, and stored the result. What a crash
// has left in between was promised to nobody, and whoever asked for it asks
// again; so does a process of before that is at work on it. GiveUpLeft is called
// when a process starts.
func (i *Issuer) GiveUpLeft(ctx context.Context) error {
	left, err := i.c.Store.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("listing what was left half-way: %w", err)
	}
	for _, batch := range left {
		if err := i.makeWay(ctx, batch, Operator("recovery")); err != nil {
			return err
		}
	}
	return nil
}

// makeWay gives up a batch that was left half-way, unless it has come to an end
// meanwhile.
func (i *Issuer) makeWay(ctx context.Context, batch string, actor Actor) error {
	i.c.Log.Warn("giving up what a program of before has left half-way", "batch", batch)
	err := i.c.Store.Void(ctx, batch, actor.String(), "left half-way by a program of before", i.now())
	if err != nil && !errors.Is(err, ErrMoved) {
		return fmt.Errorf("giving up a batch that was left half-way: %w", err)
	}
	return nil
}
