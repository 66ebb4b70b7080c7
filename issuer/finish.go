package issuer

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"yizheng/library/metadata"
	"yizheng/license"
	"yizheng/payload"
)

// errVoid says that a batch was given up, by this process or another.
var errVoid = errors.New("the batch was given up")

// finish takes a prepared batch through signing, checking and storing. A
// batch that is issued already is left as it is; one that is void is errVoid.
// It may be called for anybody's batch, at any time and by several at once:
// the store lets exactly one of them through.
func (i *Issuer) finish(ctx context.Context, id string, actor Actor) error {
	for range attempts {
		b, err := i.c.Store.Batch(ctx, id)
		if err != nil {
			return fmt.Errorf("reading the batch: %w", err)
		}
		switch b.Phase {
		case IssuedAs:
			return nil
		case Void:
			return errVoid
		}
		states, err := i.states(ctx, b.Entries)
		if err != nil {
			return err
		}
		done, err := i.seal(ctx, b, states, actor)
		if err != nil {
			return err
		}
		err = i.c.Store.Complete(ctx, done)
		if err == nil {
			i.c.Log.Info("issued", "batch", b.ID, "licenses", len(b.Entries))
			return nil
		}
		if errors.Is(err, ErrKeyClosed) {
			return i.giveUp(ctx, b, actor, err.Error(), err)
		}
		if !errors.Is(err, ErrMoved) {
			return fmt.Errorf("storing what was issued: %w", err)
		}
	}
	return errContention
}

// finishOwn is finish for a batch that was stored a moment ago. Nobody needs
// to read again what it then issues: it is returned, or nothing where another
// has finished the batch. Where the states of the permits were looked at when
// it was planned, that will do: the store compares them once more.
func (i *Issuer) finishOwn(ctx context.Context, b Batch, plan []planned, actor Actor) (Completion, error) {
	var err error
	states := make([][]license.State, len(plan))
	for n, p := range plan {
		if states[n] = p.states; p.states == nil {
			if states, err = i.states(ctx, b.Entries); err != nil {
				return Completion{}, err
			}
			break
		}
	}
	done, err := i.seal(ctx, b, states, actor)
	if err != nil {
		return Completion{}, err
	}
	err = i.c.Store.Complete(ctx, done)
	if err == nil {
		i.c.Log.Info("issued", "batch", b.ID, "licenses", len(b.Entries))
		return done, nil
	}
	if !errors.Is(err, ErrMoved) && !errors.Is(err, ErrKeyClosed) {
		return Completion{}, fmt.Errorf("storing what was issued: %w", err)
	}
	return Completion{}, i.finish(ctx, b.ID, actor)
}

// seal signs and checks every entry of the batch, whose permits are in the
// given states. A batch that can no longer
// be signed as it was stored, since key or dictionary have changed, is given
// up with errVoid; one whose output does not verify is given up with the
// reason.
func (i *Issuer) seal(ctx context.Context, b Batch, all [][]license.State, actor Actor) (Completion, error) {
	now := i.now()
	done := Completion{Batch: b.ID, At: now, Actor: actor.String()}
	for n, e := range b.Entries {
		d, err := payload.Reopen(e.SigningInput)
		if err != nil || !d.Wants(i.c.Keys.License.PublicKey(), i.c.Dictionary) {
			return Completion{}, i.giveUp(ctx, b, actor, "what is to be signed is no longer what was stored", errVoid)
		}
		text, err := i.sign(d, e)
		if err != nil {
			return Completion{}, i.giveUp(ctx, b, actor, err.Error(), err)
		}
		event, err := issueEvent(e, all[n], now)
		if err != nil {
			return Completion{}, err
		}
		done.Entries = append(done.Entries, Signed{Text: text, States: all[n], Event: event})
	}
	return done, nil
}

// sign makes the code's text and verifies it.
func (i *Issuer) sign(d *payload.Draft, e Entry) (string, error) {
	sig, err := i.c.Keys.License.Sign(e.SigningInput)
	if err != nil {
		return "", fmt.Errorf("signing %s: %w", e.License.Identifier, err)
	}
	code, err := d.Sealed(sig)
	if err != nil {
		return "", fmt.Errorf("sealing %s: %w", e.License.Identifier, err)
	}
	text := code.Text(i.c.Prefix)
	if err := i.check(text, e.License); err != nil {
		return "", fmt.Errorf("verifying our own output for %s: %w", e.License.Identifier, err)
	}
	return text, nil
}

// check reads the text back from its digits: it must be signed by our key and
// say exactly what was asked for. Where a stranger does that, by the published
// key, once is enough.
func (i *Issuer) check(text string, want license.License) error {
	if i.c.Checker != nil {
		return i.c.Checker.Check(text, want)
	}
	_, code, err := payload.Find(text)
	if err != nil {
		return err
	}
	key := i.c.Keys.License.PublicKey()
	if code.KeyID != key.KeyID() {
		return fmt.Errorf("it names the key %s, not %s", code.KeyID, key.KeyID())
	}
	got, err := code.License(i.c.Dictionary)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(*got, want) {
		return errors.New("it reads back as another license")
	}
	return key.Verify(code.SigningInput(key.Algorithm()), code.Signature)
}

// giveUp makes a batch void and returns cause, or what went wrong meanwhile.
func (i *Issuer) giveUp(ctx context.Context, b Batch, actor Actor, reason string, cause error) error {
	i.c.Log.Error("giving a batch up", "batch", b.ID, "reason", reason)
	err := i.c.Store.Void(ctx, b.ID, actor.String(), reason, i.now())
	if err != nil && !errors.Is(err, ErrMoved) {
		return errors.Join(cause, fmt.Errorf("giving the batch up: %w", err))
	}
	return cause
}

// states gives, for each entry, the state of each permit by its authority's
// acts.
func (i *Issuer) states(ctx context.Context, entries []Entry) ([][]license.State, error) {
	var permits []license.Permit
	for _, e := range entries {
		permits = append(permits, e.License.Permits...)
	}
	standing, err := i.standing(ctx, permits)
	if err != nil {
		return nil, err
	}
	all := make([][]license.State, len(entries))
	for n, e := range entries {
		all[n] = statesOf(standing[:len(e.License.Permits)])
		standing = standing[len(e.License.Permits):]
	}
	return all, nil
}

func statesOf(standing []PermitStanding) []license.State {
	states := make([]license.State, len(standing))
	for n, s := range standing {
		states[n] = s.State
	}
	return states
}

// issueEvent composes what the library is told of a new version.
func issueEvent(e Entry, states []license.State, at time.Time) (metadata.Event, error) {
	kind, operation := metadata.Issue, metadata.OperationNew
	switch e.Operation {
	case "change", operationReissue:
		kind, operation = metadata.Change, metadata.OperationChange
	case "renew":
		kind, operation = metadata.Change, metadata.OperationRenewal
	}
	c := metadata.NewCertificate(e.License, states, e.License.Identifier.Issuer, e.Predecessor, operation)
	return metadata.NewEvent(e.License.Identifier.Base(), kind, at, c)
}

// Recovered says what Recover did.
type Recovered struct {
	Finished int // batches that are issued now
	Void     int // batches that were given up
}

// Recover finishes, or gives up, what a crash has left between two steps. It
// is called when a process starts; it does no harm to batches that another
// process is at work on.
func (i *Issuer) Recover(ctx context.Context) (Recovered, error) {
	ids, err := i.unfinished(ctx)
	if err != nil {
		return Recovered{}, err
	}
	return i.recover(ctx, ids)
}

// RecoverAgain is Recover for a process that serves: whoever lost the register
// half-way may never ask again. It takes on what was unfinished already when
// it was last called, as seen tells, and leaves alone what somebody may be at
// work on. What it gives is for the next call.
func (i *Issuer) RecoverAgain(ctx context.Context, seen []string) (unfinished []string, _ Recovered, _ error) {
	unfinished, err := i.unfinished(ctx)
	if err != nil {
		return seen, Recovered{}, err
	}
	left := slices.DeleteFunc(slices.Clone(unfinished), func(id string) bool { return !slices.Contains(seen, id) })
	r, err := i.recover(ctx, left)
	return unfinished, r, err
}

func (i *Issuer) unfinished(ctx context.Context) ([]string, error) {
	ids, err := i.c.Store.Unfinished(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing unfinished batches: %w", err)
	}
	return ids, nil
}

func (i *Issuer) recover(ctx context.Context, ids []string) (Recovered, error) {
	var r Recovered
	var broken error
	for _, id := range ids {
		err := i.finish(ctx, id, Operator("recovery"))
		switch {
		case err == nil:
			r.Finished++
		case ctx.Err() != nil:
			return r, ctx.Err()
		default:
			b, again := i.c.Store.Batch(ctx, id)
			if again == nil && b.Phase == Void {
				r.Void++
				continue
			}
			broken = errors.Join(broken, fmt.Errorf("finishing batch %s: %w", id, err))
		}
	}
	return r, broken
}
