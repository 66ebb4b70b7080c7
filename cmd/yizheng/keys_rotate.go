package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"yizheng/keys"
	"yizheng/license"
	"yizheng/signature"
)

// keysRotateOptions are the flags of keys rotate.
type keysRotateOptions struct {
	keyDesk
	use, algorithm string
	overlap        int
}

func (c *console) keysRotateCommand() *cobra.Command {
	var o keysRotateOptions
	cmd := &cobra.Command{
		Use:   "rotate --data DIR --use USE",
		Short: "let another key follow the one in use, with overlap: give the same command again until it says done",
		Long: "rotate goes one step further each time it is run. It makes the next key, has the trust list name it from a\n" +
			"day on that is --overlap days ahead, and on that day brings it into use. So every verifier knows a key\n" +
			"before it signs. The key before goes on verifying, until yizheng keys retire or compromise.\n" +
			"A node takes the new key over when it is restarted; until then it signs by the one before, which counts.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			use, err := useFlag(o.use)
			if err != nil {
				return err
			}
			algorithm, err := algorithmFlag(o.algorithm)
			if err != nil {
				return err
			}
			return o.loaded(cmd.Context(), c, func(w *keyWork) error {
				return w.rotate(cmd.Context(), use, algorithm, o.overlap)
			})
		},
	}
	o.keyDesk.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.use, "use", "", "license, status, presentation, record or credential; required")
	f.StringVar(&o.algorithm, "algorithm", "", "of a key that is made: ES256, EdDSA or SM2-SM3 (default: that of the key in use)")
	f.IntVar(&o.overlap, "overlap", -1, "days between publication and first use (default: as long as a verifier may go by an older trust list); 0 for a trial in which no verifier is off line")
	f.BoolVar(&c.json, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("use") // the flag is defined above
	return cmd
}

// rotation is where a rotation stands.
type rotation struct {
	Use    string       `json:"use"`
	State  string       `json:"state"` // waiting for the trust list, announced, done
	Next   string       `json:"next,omitempty"`
	From   license.Date `json:"from,omitzero"` // first day on which the next key signs
	Active string       `json:"active"`
}

// The states of a rotation.
const (
	rotationWaiting   = "waiting"   // for the trust list
	rotationAnnounced = "announced" // named by the trust list, and its day has not come
	rotationDone      = "done"
)

// rotate goes as far as it can.
func (w *keyWork) rotate(ctx context.Context, use keys.Use, algorithm signature.Algorithm, overlap int) error {
	active, err := w.ring.Key(use)
	switch {
	case errors.Is(err, keys.ErrMissing): // an older directory, before there was this use
	case err != nil:
		return err
	case algorithm == "":
		algorithm = active.PublicKey().Algorithm()
	}
	next, err := w.next(use, algorithm)
	if err != nil {
		return err
	}
	id := next.PublicKey().KeyID()
	from := w.today + license.Date(w.overlap(overlap))
	stands := rotation{Use: string(use), Next: id, From: from, State: rotationWaiting}
	if active != nil {
		stands.Active = active.PublicKey().KeyID()
	}
	if _, listed := w.published(id); !listed || overlap >= 0 {
		w.announce(next, from)
	}
	if done, err := w.publish(); err != nil {
		return err
	} else if !done {
		return w.showRotation(stands)
	}
	listed, _ := w.published(id)
	if stands.From = listed.NotBefore; w.today < listed.NotBefore {
		stands.State = rotationAnnounced
		return w.showRotation(stands)
	}
	if err := w.activate(ctx, use); err != nil {
		return err
	}
	stands.State, stands.Active, stands.Next = rotationDone, id, ""
	return w.showRotation(stands)
}

// overlap gives how many days lie between publication and first use.
func (w *keyWork) overlap(asked int) int {
	if asked >= 0 {
		return asked
	}
	if p := w.bundle.SpeakerOf(w.settings.Region); p != nil {
		// A verifier off line goes by an older list until its statement has ended.
		return p.Signer.Online.Days
	}
	return 30
}

// activate brings the next key of a use into use.
func (w *keyWork) activate(ctx context.Context, use keys.Use) error {
	if err := keys.Activate(keysDir(w.dir), use, w.passphrase); err != nil {
		return usage("keys", err)
	}
	return w.reopen(ctx)
}

// reopen goes on with the keys and the trust list as they are now, and
// publishes by them.
func (w *keyWork) reopen(ctx context.Context) (err error) {
	again, err := openDeployment(ctx, w.dir, w.o.database, w.clock, w.log, w.passphrase)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, again.Close()) }()
	return again.publish(ctx)
}

func (w *keyWork) showRotation(r rotation) error {
	if w.c.json {
		printJSON(w.c.stdout, r)
		return nil
	}
	switch r.State {
	case rotationAnnounced:
		w.c.say("已公布 announced: %s 自 from %s 起签发 signs; 届时再执行本命令 run this command again then", r.Next, r.From)
	case rotationDone:
		w.c.say("已启用 in use: %s (%s)", r.Active, r.Use)
		w.c.say("请重启各节点 restart every node that serves; until then it signs by the key before, which still counts")
	}
	return nil
}

// unknownKey says which keys there are.
func (w *keyWork) unknownKey(id string) error {
	lines, err := listKeys(w.ring, w.bundle, w.settings.Region)
	if err != nil {
		return err
	}
	known := ""
	for _, l := range lines {
		known += fmt.Sprintf("; %s %s %s", l.KeyID, l.Use, l.State)
	}
	return usage("key_unknown", fmt.Errorf("%q is no key of this district%s", id, known))
}
