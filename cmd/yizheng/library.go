package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yizheng/library"
	"yizheng/library/metadata"
	"yizheng/register"
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

func (c *console) libraryServeCommand() *cobra.Command {
	var data, listen, tokenFile string
	cmd := &cobra.Command{
		Use:   "serve --data DIR",
		Short: "run a reference e-license library, for development and demonstrations",
		Long: "serve runs a reference e-license library. It is not the city's library: it takes filings\n" +
			"as that would, and refuses what that would refuse, so that filing can be tried out.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			log := c.logger(slog.LevelInfo)
			r, err := openReceiver(cmd.Context(), data, tokenFile, c.now, log)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, r.Close()) }()
			s, err := open(listen, r, nil, log)
			if err != nil {
				return err
			}
			log.Info("serving a reference e-license library, which is not the city's", "address", s.listener.Addr().String(), "open", tokenFile == "")
			return s.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "directory of the library's books, made when it is missing")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8089", "address to listen on")
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "file with the bearer token to ask for; none asks for none")
	_ = cmd.MarkFlagRequired("data") // the flag is defined above
	return cmd
}

func openReceiver(ctx context.Context, dir, tokenFile string, clock func() time.Time, log *slog.Logger) (*library.Receiver, error) {
	var token string
	if tokenFile != "" {
		raw, err := os.ReadFile(tokenFile)
		if err != nil {
			return nil, usage("library_token", fmt.Errorf("reading the token: %w", err))
		}
		if token = strings.TrimSpace(string(raw)); token == "" {
			return nil, usage("library_token", fmt.Errorf("%s is empty, which would let everybody in", tokenFile))
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, usage("data_directory", fmt.Errorf("making the library's directory: %w", err))
	}
	return library.NewReceiver(ctx, library.ReceiverConfig{Path: filepath.Join(dir, "library.db"), Token: token, Clock: clock, Log: log})
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

func (f *filingDesk) with(ctx context.Context, c *console, work func(*deployment, librarySettings) error) (err error) {
	d, err := f.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	target, err := libraryOf(d.settings, f.address, f.tokenFile)
	if err != nil {
		return err
	}
	if target == nil {
		return usage("no_library", fmt.Errorf("%s names no library in %s: give --library and --library-token-file", f.data, settingsFile))
	}
	return work(d, *target)
}

func (c *console) libraryReconcileCommand() *cobra.Command {
	var at filingDesk
	var dry bool
	cmd := &cobra.Command{
		Use:   "reconcile --data D",
		Short: "compare the register with the library and queue what repairs the difference",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.with(cmd.Context(), c, func(d *deployment, s librarySettings) error {
				client, err := newLibraryClient(s, d.dir)
				if err != nil {
					return err
				}
				found, err := library.Reconciler{Ledger: d.store, Library: client, Clock: d.clock, DryRun: dry}.Reconcile(cmd.Context())
				if err != nil {
					return fmt.Errorf("reconciling: %w", err)
				}
				office, err := d.office()
				if err != nil {
					return err
				}
				// A library serves many issuers: what is another's is not ours to know.
				found.Differences = slices.DeleteFunc(found.Differences, func(x library.Difference) bool {
					return x.Reason == library.DiffUnknown && !strings.Contains(x.License, "."+string(office.Code)+".")
				})
				if !dry {
					if err := passOver(cmd.Context(), d, found.Differences); err != nil {
						return err
					}
				}
				if c.json {
					printJSON(c.stdout, found)
					return nil
				}
				fmt.Fprintf(c.stdout, "compared %d, agreed %d, waiting for delivery %d, different %d\n", found.Compared, found.Agreed, found.Pending, len(found.Differences))
				for _, x := range found.Differences {
					fmt.Fprintf(c.stdout, "%s  %s: %s%s\n", x.License, x.Reason, x.Detail, map[bool]string{true: " (repair queued)"}[x.Queued])
				}
				return nil
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only look")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

// passOver lets the register never give the serials of licenses that only the
// library knows: a register that came back from an old copy does not know them.
func passOver(ctx context.Context, d *deployment, differences []library.Difference) error {
	for n, x := range differences {
		if x.Reason != library.DiffUnknown {
			continue
		}
		serial := x.License[strings.LastIndexByte(x.License, '.')+1:]
		if len(serial) != 11 {
			continue // none of our form
		}
		year, errYear := strconv.Atoi(serial[:4])
		number, errNumber := strconv.Atoi(serial[4:])
		if errYear != nil || errNumber != nil {
			continue
		}
		news, err := d.store.PassedSerial(ctx, year, number)
		if err != nil {
			return err
		}
		if news {
			differences[n].Detail += "; its serial will not be given again"
		}
	}
	return nil
}

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
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			d, err := at.open(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
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

func (c *console) libraryReplayCommand() *cobra.Command {
	var at desk
	var id string
	var sequence int64
	cmd := &cobra.Command{
		Use:   "replay --data D [--license ID [--sequence N]]",
		Short: "make dead events pending again: all, one license's, or one",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if sequence != 0 && id == "" {
				return usage("replay", errors.New("--sequence needs --license"))
			}
			d, err := at.open(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
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
