package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"yizheng/register"
)

// outbox is what the outbox command prints.
type outbox struct {
	register.FilingState
	Licenses []outboxLine `json:"licenses"`
}

type outboxLine struct {
	License   string        `json:"license"`
	Events    int64         `json:"events"`
	Delivered int64         `json:"delivered"` // every event up to this one
	Waiting   []outboxEvent `json:"waiting,omitempty"`
}

type outboxEvent struct {
	Sequence int64     `json:"sequence"`
	Kind     string    `json:"kind"`
	State    string    `json:"state"`
	Attempts int       `json:"attempts"`
	Next     time.Time `json:"next,omitzero"`
	Problem  string    `json:"problem,omitempty"`
}

func (c *console) libraryOutboxCommand() *cobra.Command {
	var at desk
	cmd := &cobra.Command{
		Use:   "outbox --data D",
		Short: "list what has and has not reached the library",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.opened(cmd.Context(), c, func(d *deployment) error {
				o, err := readOutbox(cmd.Context(), d.store)
				if err != nil {
					return fmt.Errorf("reading the outbox: %w", err)
				}
				if c.json {
					printJSON(c.stdout, o)
					return nil
				}
				o.print(c.stdout)
				return nil
			})
		},
	}
	at.flags(cmd, false)
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

func readOutbox(ctx context.Context, store *register.Store) (o outbox, err error) {
	if o.FilingState, err = store.FilingState(ctx); err != nil {
		return o, err
	}
	o.Licenses = []outboxLine{}
	for after := ""; ; {
		page, err := store.Standings(ctx, after, outboxPage)
		if err != nil || len(page) == 0 {
			return o, err
		}
		for _, standing := range page {
			line := outboxLine{License: standing.License, Events: standing.Sequence, Delivered: standing.Delivered}
			if line.Delivered < line.Events {
				waiting, err := store.Pending(ctx, standing.License, outboxPage)
				if err != nil {
					return o, err
				}
				for _, q := range waiting {
					line.Waiting = append(line.Waiting, outboxEvent{q.Sequence, string(q.Kind), q.State, q.Attempts, q.Next, q.Problem})
				}
			}
			o.Licenses = append(o.Licenses, line)
		}
		after = page[len(page)-1].License
	}
}

func (o outbox) print(w io.Writer) {
	fmt.Fprintf(w, "pending %d, dead %d\n", o.Pending, o.Dead)
	for _, l := range o.Licenses {
		fmt.Fprintf(w, "%s  %d of %d\n", l.License, l.Delivered, l.Events)
		for _, e := range l.Waiting {
			fmt.Fprintf(w, "    %d %s: %s, %d attempts %s\n", e.Sequence, e.Kind, e.State, e.Attempts, e.Problem)
		}
	}
}
