package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"yizheng/issuer"
	"yizheng/keys"
	"yizheng/signature"
	"yizheng/trust"
)

func (c *console) keysRetireCommand() *cobra.Command {
	var o keyDesk
	var id string
	var closing bool
	cmd := &cobra.Command{
		Use:   "retire --data DIR --key ID",
		Short: "end the signing of a key that another has followed; what it signed stays good",
		Long: "retire names today as the last day of the key. With --closing-list what it signed is written down as well, and\n" +
			"nothing else counts: for a key of which copies may be left somewhere.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.loaded(cmd.Context(), c, func(w *keyWork) error {
				return w.retire(cmd.Context(), id, closing)
			})
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&id, "key", "", "id of the key, as yizheng keys list has it; required")
	cmd.Flags().BoolVar(&closing, "closing-list", false, "write down what the key has signed, and let nothing else of it count")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("key") // the flag is defined above
	return cmd
}

func (w *keyWork) retire(ctx context.Context, id string, closing bool) error {
	k := w.listed(id)
	switch {
	case k == nil:
		return w.unknownKey(id)
	case k.Closing != "" && !closing: // with it, an earlier run may have been stopped before all was published
		return usage("key_closed", fmt.Errorf("key %s was closed already; it has ended", id))
	case closing && k.Use != trust.UseLicense:
		return usage("key_use", fmt.Errorf("key %s is for %s: only license keys have closing lists", id, k.Use))
	}
	use := keys.Use(k.Use)
	if active, err := w.ring.Key(use); err == nil && active.PublicKey().KeyID() == id {
		return usage("key_in_use", fmt.Errorf("key %s is in use: let another follow first, with yizheng keys rotate --use %s", id, use))
	}
	if next, waits := w.ring.Next(use); waits && next.PublicKey().KeyID() == id {
		return usage("key_waiting", fmt.Errorf("key %s was never in use; it waits to follow another", id))
	}
	if k.NotAfter.IsZero() || k.NotAfter > w.today {
		k.NotAfter = max(w.today, k.NotBefore)
	}
	if closing {
		closed, err := w.closeKey(ctx, id, time.Time{})
		if err != nil {
			return err
		}
		w.listed(id).Closing = closed.List
	}
	done, err := w.publish()
	if err != nil {
		return err
	}
	if done {
		if err := w.reopen(ctx); err != nil {
			return err
		}
		w.c.say("已停用 retired: %s", id)
	}
	return w.showClosure(closure{Key: id, Use: string(use), Done: done, List: w.listedClosing(id)})
}

// listedClosing is the closing list of a key in the entry as it is to be.
func (w *keyWork) listedClosing(id string) string {
	if k := w.listed(id); k != nil {
		return k.Closing
	}
	return ""
}

// closeKey closes a key in the register, or all where id is empty, and makes
// the closing list.
func (w *keyWork) closeKey(ctx context.Context, id string, since time.Time) (issuer.ClosedKey, error) {
	closed, err := issuer.Close(ctx, w.store, w.settings.Region,
		issuer.ClosedKey{KeyID: id, Since: since, At: w.clock(), Actor: operator().String()}, w.algorithmOf)
	if errors.Is(err, issuer.ErrClosed) {
		return closed, usage("key_closed", fmt.Errorf("%w; give that instant, or none", err))
	}
	if err != nil {
		return closed, fmt.Errorf("closing key %s: %w", id, err)
	}
	w.c.say("关闭清单 closing list: %s", closed.List)
	return closed, nil
}

// algorithmOf gives the algorithm of a key that the trust list names, or that
// waits to be named.
func (w *keyWork) algorithmOf(id string) (signature.Algorithm, bool) {
	if k := w.listed(id); k != nil {
		return k.PublicKey.Algorithm(), true
	}
	return "", false
}

// closure is what closing or retiring a key came to.
type closure struct {
	Key     string `json:"key,omitempty"`
	Use     string `json:"use,omitempty"`
	Done    bool   `json:"done"` // false: waiting for the trust list
	List    string `json:"closingList,omitempty"`
	Reissue string `json:"reissue,omitempty"` // file with the licenses to be issued anew
	Count   int    `json:"licenses"`          // how many they are
	Active  string `json:"active,omitempty"`  // the key in use from now on
}

func (w *keyWork) showClosure(c closure) error {
	if w.c.json {
		printJSON(w.c.stdout, c)
	}
	return nil
}

func (c *console) keysCloseCommand() *cobra.Command {
	var o keyDesk
	var yes bool
	cmd := &cobra.Command{
		Use:   "close --data DIR --yes",
		Short: "end all issuing of a district that is abolished or merged; what it issued goes on verifying",
		Long: "close writes down everything that the district's register has ever signed, and has its entry name that list:\n" +
			"when the region is abolished, what stands there stays genuine and nothing else is. Nothing is issued here any\n" +
			"more; permits are still acted on, and status lists signed. It cannot be undone.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !yes {
				return usage("usage", errors.New("closing a district cannot be undone: give --yes"))
			}
			return o.loaded(cmd.Context(), c, func(w *keyWork) error {
				return w.closeDistrict(cmd.Context())
			})
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "yes, end it")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

func (w *keyWork) closeDistrict(ctx context.Context) error {
	closed, err := w.closeKey(ctx, "", time.Time{})
	if err != nil {
		return err
	}
	w.entry.Closing = closed.List
	done, err := w.publish()
	if err != nil {
		return err
	}
	if done {
		if err := w.reopen(ctx); err != nil {
			return err
		}
		w.c.say("%s 已关闭 is closed; %s", w.settings.Region, filepath.Join(w.statusDir(), "closing"))
	}
	return w.showClosure(closure{Done: done, List: closed.List})
}
