package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"yizheng/issuer"
	"yizheng/payload"
	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier"
)

// How often a node looks around.
const (
	lookForChanges = 400 * time.Millisecond // of the register, by other processes; revocations are to be seen within a second
	lookForTrust   = 2 * time.Second
	lookForAge     = 5 * time.Minute
	stopWithin     = 10 * time.Second
	fetchWithin    = 3 * time.Second
)

// run keeps the node up to date and files with the library until ctx ends;
// then it lets running jobs come to their end.
func (n *node) run(ctx context.Context) error {
	if n.workers != nil {
		if err := n.workers.Start(ctx); err != nil {
			return fmt.Errorf("starting the workers: %w", err)
		}
		defer func() {
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
			defer cancel()
			if err := n.workers.Stop(stop); err != nil {
				n.log.Warn("stopping the workers", "error", err)
			}
		}()
	}
	changes, trusts, ages := time.NewTicker(lookForChanges), time.NewTicker(lookForTrust), time.NewTicker(lookForAge)
	defer changes.Stop()
	defer trusts.Stop()
	defer ages.Stop()
	seen, trustAt := n.writes(ctx), n.trustWritten()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-n.changed:
			err = n.update(ctx, n.d.issuer.Publish, false)
		case <-changes.C:
			if now := n.writes(ctx); now != seen {
				seen = now
				err = n.update(ctx, n.d.issuer.Publish, true)
			}
		case <-trusts.C:
			if at := n.trustWritten(); !at.Equal(trustAt) {
				trustAt = at
				err = n.reloadTrust(ctx)
			}
		case <-ages.C:
			err = n.update(ctx, n.d.issuer.Refresh, false)
		}
		if err != nil && ctx.Err() == nil {
			n.log.Error("keeping the node up to date", "error", err)
			seen = -1 // look again, whether or not anybody writes
			pause(ctx, time.Second)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// update publishes, and takes over what is new; always says that another
// process may have published.
func (n *node) update(ctx context.Context, publish func(context.Context) (issuer.Built, error), always bool) error {
	built, err := publish(ctx)
	if err != nil {
		return fmt.Errorf("publishing: %w", err)
	}
	if !always && len(built.Lists) == 0 && len(built.Records) == 0 {
		return nil
	}
	if _, err := issuer.NewFolder(n.d.statusDir()).Write(ctx, n.d.store); err != nil {
		return fmt.Errorf("writing the status folder: %w", err)
	}
	return n.reload(ctx)
}

// writes gives a number that changes when another process, or another
// connection, has written to the register. SQLite counts for each connection
// what others committed, so this reads no table.
func (n *node) writes(ctx context.Context) (version int64) {
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	if err := n.d.store.DB().QueryRowContext(ctx, "PRAGMA data_version").Scan(&version); err != nil {
		return 0 // differs from every answer, so that the register is looked at
	}
	return version
}

// reload gives the verifier those of our own lists and records that it does
// not have yet.
func (n *node) reload(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	lists := n.view.Load().lists
	add := func(name string, p issuer.Published) error {
		if p.Token == "" || n.loaded[name] >= p.Sequence {
			return nil
		}
		if err := lists.Add([]byte(p.Token)); err != nil {
			return fmt.Errorf("loading our own list %s: %w", name, err)
		}
		n.loaded[name] = p.Sequence
		return nil
	}
	err := n.d.store.EachList(ctx, func(number uint32, p issuer.Published) error { return add(fmt.Sprint(number), p) })
	if err != nil {
		return err
	}
	return n.d.store.EachRecord(ctx, func(base string, p issuer.Published) error { return add("records/"+base, p) })
}

func (n *node) trustWritten() time.Time {
	info, err := os.Stat(trustPath(n.d.dir))
	if err != nil {
		return time.Time{} // between removal and renaming, or gone: what is held stays
	}
	return info.ModTime()
}

// reloadTrust takes over a newer trust.json. One that is broken, or older than
// what is held, changes nothing.
func (n *node) reloadTrust(ctx context.Context) error {
	raw, err := os.ReadFile(trustPath(n.d.dir))
	if err != nil {
		return fmt.Errorf("reading the trust bundle: %w", err)
	}
	bundle, err := trust.Load(raw)
	if err != nil {
		return fmt.Errorf("loading the trust bundle: %w", err)
	}
	held := n.view.Load()
	if bundle.List.Sequence < held.bundle.List.Sequence {
		return errors.New("the trust bundle on the disk is older than the one in use")
	}
	if err := n.look(bundle, held.lists.For(bundle)); err != nil {
		return err
	}
	n.mu.Lock()
	clear(n.loaded)
	n.mu.Unlock()
	n.log.Info("took over the trust list", "sequence", bundle.List.Sequence)
	return n.reload(ctx)
}

// Verify implements api.Verifier: it verifies with the lists at hand, after
// asking the issuer for its newest list where that is another.
func (n *node) Verify(ctx context.Context, text string) verifier.Result {
	now := n.d.clock()
	v := n.view.Load()
	result := v.verifier.Verify(text, now)
	if result.License == nil || result.License.Region == n.d.settings.Region {
		return result
	}
	list, record := v.addresses(text)
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	n.fetch(ctx, list)
	fetched := n.view.Load().verifier.Verify(text, now)
	if fetched.Check(verifier.StatusCheck).Reason != verifier.Superseded {
		return fetched
	}
	// The list says that there is a newer version; the record says which.
	n.fetch(ctx, record)
	return n.view.Load().verifier.Verify(text, now)
}

// fetch brings a list in. Where that fails the result itself says that a list
// is missing or old.
func (n *node) fetch(ctx context.Context, address string) {
	if address == "" {
		return
	}
	if err := n.mirror.Fetch(ctx, address); err != nil {
		n.log.Debug("fetching a list", "address", address, "error", err)
	}
}

// addresses says where the issuer of a code that was verified publishes its
// status list and its record.
func (v *view) addresses(text string) (list, record string) {
	_, code, err := payload.Find(text)
	if err != nil {
		return "", ""
	}
	of, known := v.bundle.KeyByID(code.KeyID)
	if !known {
		return "", ""
	}
	dictionary, held := v.dictionary(of.Issuer, code.DictionaryID)
	if !held {
		return "", ""
	}
	l, err := code.License(dictionary)
	if err != nil {
		return "", ""
	}
	chunk, _ := status.Locate(l.StatusIndex)
	return status.Address(of.Issuer.StatusBase, chunk), of.Issuer.StatusBase + "records/" + l.Identifier.Base()
}

func (v *view) dictionary(i *trust.Issuer, id string) (*payload.Dictionary, bool) {
	for _, raw := range i.Dictionaries {
		if payload.DictionaryID(raw) == id {
			d, err := payload.NewDictionary(raw)
			return d, err == nil
		}
	}
	return payload.BuiltinByID(id)
}
