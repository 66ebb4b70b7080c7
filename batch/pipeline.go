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
	type task struct {
		in  T
		out chan R
	}
	tasks, order := make(chan task, workers), make(chan chan R, 4*workers)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(tasks)
		defer close(order)
		for {
			in, err := next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			t := task{in: in, out: make(chan R, 1)}
			select {
			case order <- t.out:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case tasks <- t:
			case <-ctx.Done():
				return ctx.Err()
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
