package batch

import (
	"context"
	"errors"
	"io"

	"golang.org/x/sync/errgroup"
)

// inOrder works on what next gives, by several at once, and hands the results
// on in the order of next. No more than a few times as many as there are
// workers lie between the two, so memory is bounded. next ends with io.EOF.
func inOrder[T, R any](ctx context.Context, workers int, next func() (T, error), work func(context.Context, T) (R, error), hand func(R) error) error {
	return mixed(ctx, workers, 1, nil, next, work, hand)
}

// mixed is inOrder that takes some of what next gives at a time, and works on
// them in the order that shuffle brings them into.
func mixed[T, R any](ctx context.Context, workers, some int, shuffle func(n int, swap func(i, j int)), next func() (T, error),
	work func(context.Context, T) (R, error), hand func(R) error) error {
	type task struct {
		in  T
		out chan R
	}
	tasks, order := make(chan task, workers), make(chan chan R, max(4*workers, 2*some))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(tasks)
		defer close(order)
		for {
			var ahead []task
			var ended error
			for len(ahead) < some && ended == nil {
				in, err := next()
				if ended = err; err == nil {
					ahead = append(ahead, task{in: in, out: make(chan R, 1)})
				}
			}
			for _, t := range ahead {
				select {
				case order <- t.out:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			if shuffle != nil {
				shuffle(len(ahead), func(i, j int) { ahead[i], ahead[j] = ahead[j], ahead[i] })
			}
			for _, t := range ahead {
				select {
				case tasks <- t:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			if errors.Is(ended, io.EOF) {
				return nil
			}
			if ended != nil {
				return ended
			}
		}
	})
	for range workers {
		group.Go(func() error {
			for t := range tasks {
				out, err := work(ctx, t.in)
				if err != nil {
					return err
				}
				t.out <- out
			}
			return nil
		})
	}
	group.Go(func() error {
		for out := range order {
			select {
			case r := <-out:
				if err := hand(r); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return group.Wait()
}
