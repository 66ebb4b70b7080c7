package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"yizheng/library"
	"yizheng/library/metadata"
)

// outboxPage is how many licenses are read at a time.
const outboxPage = 500

func (c *console) libraryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "library",
		Short: "see and repair what is filed with the e-license library; run a reference library",
	}
	cmd.AddCommand(c.libraryServeCommand(), c.libraryReconcileCommand(), c.libraryOutboxCommand(), c.libraryReplayCommand(), c.libraryDeliverCommand())
	return cmd
}

// filingDesk is what the commands share that speak to the library.
type filingDesk struct {
	desk
	address, tokenFile string
}

func (f *filingDesk) flags(cmd *cobra.Command) {
	f.desk.flags(cmd, false)
	libraryFlags(cmd, &f.address, &f.tokenFile)
}

func (f *filingDesk) with(ctx context.Context, c *console, work func(*deployment, librarySettings) error) error {
	return f.opened(ctx, c, func(d *deployment) error {
		target, err := libraryOf(d.settings, f.address, f.tokenFile)
		if err != nil {
			return err
		}
		if target == nil {
			return usage("no_library", fmt.Errorf("%s names no library in %s: give --library and --library-token-file", f.data, settingsFile))
		}
		return work(d, *target)
	})
}

func (c *console) libraryReplayCommand() *cobra.Command {
	var at desk
	var id string
	var sequence int64
	cmd := &cobra.Command{
		Use:   "replay --data D [--license ID [--sequence N]]",
		Short: "make dead events pending again: all, one license's, or one",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if sequence != 0 && id == "" {
				return usage("replay", errors.New("--sequence needs --license"))
			}
			return at.opened(cmd.Context(), c, func(d *deployment) error {
				dead, err := d.store.DeadLetters(cmd.Context(), outboxPage)
				if err != nil {
					return fmt.Errorf("reading the dead letters: %w", err)
				}
				replayed := 0
				for _, q := range dead {
					if !chosen(q, id, sequence) {
						continue
					}
					if err := d.store.Replay(cmd.Context(), q.License, q.Sequence, operator().String(), d.clock()); err != nil {
						return fmt.Errorf("replaying %s/%d: %w", q.License, q.Sequence, err)
					}
					replayed++
				}
				if replayed == 0 && id != "" {
					return usage("not_dead", fmt.Errorf("no dead event of %s", id))
				}
				if c.json {
					printJSON(c.stdout, map[string]int{"replayed": replayed})
					return nil
				}
				fmt.Fprintf(c.stdout, "replayed %d\n", replayed)
				return nil
			})
		},
	}
	at.flags(cmd, false)
	cmd.Flags().StringVar(&id, "license", "", "license, as the outbox names it")
	cmd.Flags().Int64Var(&sequence, "sequence", 0, "number of the event")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

func chosen(q metadata.Queued, id string, sequence int64) bool {
	return (id == "" || q.License == id) && (sequence == 0 || q.Sequence == sequence)
}

func (c *console) libraryDeliverCommand() *cobra.Command {
	var at filingDesk
	cmd := &cobra.Command{
		Use:   "deliver --data D",
		Short: "take everything that is pending to the library now",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.with(cmd.Context(), c, func(d *deployment, s librarySettings) error {
				p, err := deliverNow(cmd.Context(), d, s)
				if err != nil {
					return err
				}
				if c.json {
					printJSON(c.stdout, map[string]any{"delivered": p.Delivered, "next": p.Next, "dead": p.Dead})
				} else {
					fmt.Fprintf(c.stdout, "delivered %d\n", p.Delivered)
				}
				if !p.Next.IsZero() || p.Dead != "" {
					return outcomeExit(2) // some of it waits: the outbox command says what
				}
				return nil
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

// deliverNow delivers without regard to when an event was to be tried again.
func deliverNow(ctx context.Context, d *deployment, s librarySettings) (library.Progress, error) {
	deliverer, err := newDeliverer(d, s, nil)
	if err != nil {
		return library.Progress{}, err
	}
	for after := ""; ; {
		page, err := d.store.Backlog(ctx, after, outboxPage)
		if err != nil {
			return library.Progress{}, fmt.Errorf("reading the outbox: %w", err)
		}
		if len(page) == 0 {
			break
		}
		for _, id := range page {
			if err := d.store.Hurry(ctx, id); err != nil {
				return library.Progress{}, fmt.Errorf("hurrying %s: %w", id, err)
			}
		}
		after = page[len(page)-1]
	}
	p, err := deliverer.DeliverAll(ctx)
	if err != nil {
		return p, fmt.Errorf("delivering: %w", err)
	}
	return p, nil
}
