package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"yizheng/batch"
	"yizheng/keys"
	"yizheng/trust"
)

// keysCompromiseOptions are the flags of keys compromise.
type keysCompromiseOptions struct {
	keyDesk
	id, since, reissue string
}

func (c *console) keysCompromiseCommand() *cobra.Command {
	var o keysCompromiseOptions
	cmd := &cobra.Command{
		Use:   "compromise --data DIR --key ID --since INSTANT",
		Short: "a key was stolen: stop signing by it at once, and let nothing count that this register does not know",
		Long: "compromise ends issuing by the key on every node at that moment, writes down what the register knows it to have\n" +
			"signed (the closing list), puts another key in its place, and has the trust list name both. Until verifiers have\n" +
			"that list, what a thief signs passes. INSTANT is the first at which somebody else may have had the key. Which\n" +
			"licenses are to be issued anew stands in a file for yizheng batch reissue --list. A run that was stopped or is\n" +
			"waiting for the trust list goes on when the same command is given again.\n" +
			"A status, record, presentation or credential key is taken off the trust list and replaced, and what it had\n" +
			"signed is signed anew.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			since, err := time.Parse(time.RFC3339, o.since)
			if err != nil {
				return usage("since", fmt.Errorf("--since %q is not an instant such as 2026-07-01T09:00:00+08:00", o.since))
			}
			return o.loaded(cmd.Context(), c, func(w *keyWork) error {
				return w.compromise(cmd.Context(), o.id, since.UTC().Truncate(time.Second), o.reissue)
			})
		},
	}
	o.keyDesk.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.id, "key", "", "id of the key, as yizheng keys list has it; required")
	f.StringVar(&o.since, "since", "", "first instant at which somebody else may have had the key, as in RFC 3339; required")
	f.StringVar(&o.reissue, "reissue", "", "file for the licenses that are to be issued anew (default: reissue-ID.txt in the data directory)")
	f.BoolVar(&c.json, "json", false, "print JSON")
	for _, name := range []string{"key", "since"} {
		_ = cmd.MarkFlagRequired(name) // the flags are defined above
	}
	return cmd
}

func (w *keyWork) compromise(ctx context.Context, id string, since time.Time, reissue string) error {
	use, err := w.useOf(id)
	switch {
	case err != nil:
		return err
	case since.After(w.clock()):
		return usage("since", fmt.Errorf("--since %s lies ahead of the clock", since.Format(time.RFC3339)))
	case !slices.Contains(rotating, use):
		_, err := useFlag(string(use))
		return err
	}
	came := closure{Key: id, Use: string(use)}
	if use == keys.UseLicense {
		if err := w.closeLicenseKey(ctx, id, since, reissue, &came); err != nil {
			return err
		}
	} else {
		w.entry.Keys = slices.DeleteFunc(w.entry.Keys, func(k trust.Key) bool { return k.PublicKey.KeyID() == id })
	}
	if err := w.replaceKey(id, use); err != nil {
		return err
	}
	if came.Done, err = w.publish(); err != nil {
		return err
	}
	if !came.Done {
		return w.showClosure(came)
	}
	if err := w.bringIn(ctx, id, use); err != nil {
		return err
	}
	if active, err := w.ring.Key(use); err == nil {
		came.Active = active.PublicKey().KeyID()
	}
	w.c.say("密钥 key %s 已作废 was closed; 启用 in use: %s", id, came.Active)
	if use == keys.UseLicense {
		w.c.say("清单以外的一概不认 what stands on its closing list counts, and nothing else")
		w.c.say("请立即重启各节点 restart every node now: until then a node refuses to issue (key_closed)")
	} else {
		w.c.say("请立即重启各节点 restart every node now: what a node still signs by that key is refused everywhere")
	}
	if came.Count > 0 {
		w.c.say("下一步 next: yizheng batch reissue --data %s --list %s --result reissued.csv", w.dir, came.Reissue)
	}
	return w.showClosure(came)
}

// useOf finds what a key is for: one of the trust list's, one that waits, or one
// that was put aside by a run that did not come to its end.
func (w *keyWork) useOf(id string) (keys.Use, error) {
	if k := w.listed(id); k != nil {
		return keys.Use(k.Use), nil
	}
	for _, use := range rotating {
		for _, key := range w.here(use) {
			if key.PublicKey().KeyID() == id {
				return use, nil
			}
		}
	}
	if use, found := keys.RetiredUse(keysDir(w.dir), filepath.Base(id)); found {
		return use, nil
	}
	return "", w.unknownKey(id)
}

// here are the keys of a use in the folder, in use and next.
func (w *keyWork) here(use keys.Use) (all []*keys.Key) {
	if active, err := w.ring.Key(use); err == nil {
		all = append(all, active)
	}
	if next, waits := w.ring.Next(use); waits {
		all = append(all, next)
	}
	return all
}

// closeLicenseKey ends issuing by a key, makes its closing list and writes
// down which licenses are to be issued anew.
func (w *keyWork) closeLicenseKey(ctx context.Context, id string, since time.Time, reissue string, came *closure) error {
	if !w.settings.Restored.IsZero() {
		w.c.note("the register was restored from a backup: licenses that were issued after it was made are missing, will not be on the closing list, and are to be issued anew: " +
			"yizheng library reconcile names them (unknown_to_us)")
	}
	closed, err := w.closeKey(ctx, id, since)
	if err != nil {
		return err
	}
	came.List = closed.List
	k := w.listed(id)
	if k == nil {
		return nil // it was never named, so nothing by it counts anywhere
	}
	k.Closing = closed.List
	if k.NotAfter.IsZero() || k.NotAfter > w.today {
		k.NotAfter = max(w.today, k.NotBefore)
	}
	if came.Reissue = reissue; reissue == "" {
		came.Reissue = filepath.Join(w.dir, "reissue-"+id+".txt")
	}
	if came.Count, err = w.writeReissue(ctx, id, came.Reissue); err != nil {
		return err
	}
	w.c.say("待重新制发 to be issued anew: %d 张 licenses, %s", came.Count, came.Reissue)
	return nil
}

// writeReissue writes the number of each license whose current version was
// signed by a key.
func (w *keyWork) writeReissue(ctx context.Context, id, path string) (count int, _ error) {
	var b bytes.Buffer
	filter := batch.Filter{KeyID: id}
	for l, err := range w.deployment.listed(ctx) {
		if err != nil {
			return 0, err
		}
		if filter.Takes(l) {
			fmt.Fprintln(&b, l.Number)
			count++
		}
	}
	if err := writeFile(path, b.Bytes(), 0o600); err != nil {
		return 0, usage("reissue", err)
	}
	return count, nil
}

// replaceKey sees to another key in the place of one that is in use or waits:
// it may sign from today on.
func (w *keyWork) replaceKey(id string, use keys.Use) error {
	next, waits := w.ring.Next(use)
	if waits && next.PublicKey().KeyID() == id {
		path := keys.NextPath(keysDir(w.dir), use)
		if err := os.Rename(path, path+".closed"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("putting the closed key aside: %w", err)
		}
		return nil
	}
	active, err := w.ring.Key(use)
	if err != nil || active.PublicKey().KeyID() != id {
		return nil // it had been followed already
	}
	next, err = w.next(use, active.PublicKey().Algorithm())
	if err != nil {
		return err
	}
	w.announce(next, w.today)
	return nil
}

// bringIn brings the key in the place of a closed one into use, once the trust
// list names it, and publishes by it.
func (w *keyWork) bringIn(ctx context.Context, id string, use keys.Use) (err error) {
	active, err := w.ring.Key(use)
	if err == nil && active.PublicKey().KeyID() == id {
		if err := keys.Activate(keysDir(w.dir), use, w.passphrase); err != nil {
			return usage("keys", err)
		}
	}
	if use == keys.UseStatus || use == keys.UseRecord {
		if err := w.store.SignAnew(ctx); err != nil {
			return err
		}
	}
	if w.ring, err = keys.LoadRing(keysDir(w.dir), w.passphrase); err != nil {
		return usage("keys", err)
	}
	return w.reopen(ctx)
}
