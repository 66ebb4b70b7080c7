package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"yizheng/issuer"
	"yizheng/library"
	"yizheng/status"
)

// How often a node looks around.
const (
	lookForChanges = 400 * time.Millisecond // of the register, by other processes; revocations are to be seen within a second
	lookForAge     = 5 * time.Minute
	lookForOlder   = time.Minute      // what older nodes leave out
	countEvery     = 30 * time.Minute // what the desk's statistics show
	stopWithin     = 10 * time.Second
	fetchWithin    = 3 * time.Second
)

// run keeps the node up to date and files with the library until ctx ends;
// then it lets running jobs come to their end.
func (n *node) run(ctx context.Context) error {
	clock := newClockWatch(n.clock) // from here on, since a register that is away is waited for
	if n.workers != nil {
		// A register that is away at this moment comes back.
		if !n.insist(ctx, "starting the workers", n.workers.Start) {
			return nil
		}
		defer func() {
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
			defer cancel()
			if err := n.workers.Stop(stop); err != nil {
				n.log.Warn("stopping the workers", "error", err)
			}
		}()
	}
	var checking sync.WaitGroup // and batches
	checking.Go(func() { n.checker.run(ctx) })
	checking.Go(func() { n.batches.Run(ctx) })
	checking.Go(func() { n.fillIn(ctx) })
	if n.bureau != nil {
		checking.Go(func() { n.count(ctx) })
	}
	if n.sender != nil {
		checking.Go(func() { n.sender.Run(ctx) })
	}
	checking.Go(func() { n.courier.Run(ctx) })
	hurry := make(chan time.Duration, 1)
	if n.workers != nil {
		checking.Go(func() { n.insist(ctx, "waking what waits for the library", n.workers.WakeAll) })
		checking.Go(func() { n.hurry(ctx, hurry) })
	}
	defer checking.Wait()
	changes, ages := time.NewTicker(lookForChanges), time.NewTicker(lookForAge)
	defer changes.Stop()
	defer ages.Stop()
	passed := false
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-n.changed:
			err = n.update(ctx, n.d.issuer.Publish, false)
		case <-changes.C:
			if by := clock.moved(); by != 0 {
				n.log.Warn("the clock was moved, or the machine slept", "by", by.Round(time.Second))
				err = n.update(ctx, n.d.issuer.Refresh, true)
				wish(hurry, time.Minute)
			} else if now := n.writes(ctx); now != n.seen {
				n.seen = now
				err = n.update(ctx, n.d.issuer.Publish, true)
			}
		case <-ages.C:
			// One node is enough to sign anew what grows old. Who was passed
			// over does it all the same the next time.
			end, mine := n.shared.Turn(ctx, "refresh", lookForAge/2)
			if passed = !mine && !passed; passed {
				continue
			}
			if err = n.update(ctx, n.d.issuer.Refresh, false); err != nil {
				end()
			}
			wish(hurry, library.LongestPause)
		}
		if err != nil && ctx.Err() == nil {
			n.log.Error("keeping the node up to date", "error", err)
			n.seen = -1 // look again, whether or not anybody writes
			pause(ctx, time.Second)
		}
	}
}

// insist does something again and again until it succeeds, and says no when ctx
// ends before.
func (n *node) insist(ctx context.Context, doing string, do func(context.Context) error) bool {
	for ctx.Err() == nil {
		err := do(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() == nil {
			n.log.Error(doing, "error", err)
			pause(ctx, time.Second)
		}
	}
	return false
}

// hurry lets jobs begin that wait, for more than what comes, for a time that a
// wrong clock has named. With many of them that takes a while, in which lists are
// to be published all the same.
func (n *node) hurry(ctx context.Context, forMore <-chan time.Duration) {
	for {
		select {
		case <-ctx.Done():
			return
		case more := <-forMore:
			if err := n.workers.Hurry(ctx, more); err != nil && ctx.Err() == nil {
				n.log.Error("looking after the jobs", "error", err)
			}
		}
	}
}

// wish puts what is wished for into a channel of one, in the place of what waits
// there and asks for less.
func wish(of chan time.Duration, forMore time.Duration) {
	select {
	case waiting := <-of:
		forMore = min(forMore, waiting)
	default:
	}
	of <- forMore
}

// fillIn adds to the register what older nodes leave out, while some still
// serve or after they did.
func (n *node) fillIn(ctx context.Context) {
	for ctx.Err() == nil {
		filled, err := n.d.store.FillEnds(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			n.log.Error("filling in what older nodes leave out", "error", err)
			pause(ctx, lookForOlder)
		case filled:
			pause(ctx, 10*time.Millisecond) // others write, too
		default:
			pause(ctx, lookForOlder)
		}
	}
}

// count counts ahead what the desk's statistics show; not at once, since a node
// that begins has more urgent things to do.
func (n *node) count(ctx context.Context) {
	for pause(ctx, lookForOlder); ctx.Err() == nil; pause(ctx, countEvery) {
		if err := n.bureau.CountAhead(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("counting for the statistics", "error", err)
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
	n.offer(ctx, built)
	if _, err := issuer.NewFolder(n.d.statusDir()).Write(ctx, n.d.store); err != nil {
		return fmt.Errorf("writing the status folder: %w", err)
	}
	return n.reload(ctx)
}

// writes gives a number that changes when this or another process has written
// what concerns the status lists.
func (n *node) writes(ctx context.Context) int64 {
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	version, err := n.d.store.Changes(ctx)
	if err != nil {
		return -1 // once it answers again, that differs
	}
	return version
}

// offer leaves what this node has just signed for the other nodes, and tells
// them. They find it in the register as well, a little later.
func (n *node) offer(ctx context.Context, built issuer.Built) {
	if !n.shared.Shared() {
		return
	}
	base := n.d.settings.statusBase()
	leave := func(address string, p issuer.Published, until time.Time, err error) {
		if err != nil || p.Token == "" {
			n.log.Debug("reading what was signed", "address", address, "error", err)
			return
		}
		n.shared.Put(ctx, address, []byte(p.Token), n.clock(), until)
		n.shared.Announce(ctx, address)
	}
	for _, number := range built.Lists {
		chunk, err := n.d.store.Chunk(ctx, number)
		leave(status.Address(base, number), chunk.Published, chunk.Published.ExpiresAt, err)
	}
	for _, license := range built.Records {
		record, err := n.d.store.Record(ctx, license)
		leave(base+"records/"+license, record.Published, n.clock().Add(recordKept), err)
	}
}

// reloadAll gives the verifier all of our own lists, after it was made anew.
func (n *node) reloadAll(ctx context.Context) error {
	n.loading.Lock()
	clear(n.loaded)
	n.loading.Unlock()
	return n.reload(ctx)
}

// reload gives the verifier those of our own lists and records that it does
// not have yet.
func (n *node) reload(ctx context.Context) error {
	n.loading.Lock()
	defer n.loading.Unlock()
	lists := n.view.Load().lists
	add := func(name string, p issuer.Published) error {
		if p.Token == "" || n.loaded[name] >= p.Sequence {
			return nil
		}
		// One that is refused must not keep the others away, and is refused
		// again until the trust list is another, when all are loaded anew.
		if err := lists.Add([]byte(p.Token)); err != nil {
			n.log.Error("loading our own list", "list", name, "error", err)
		}
		n.loaded[name] = p.Sequence
		return nil
	}
	err := n.d.store.EachList(ctx, func(number uint32, p issuer.Published) error {
		n.tell(ctx, number, p.Sequence)
		return add(fmt.Sprint(number), p)
	})
	if err != nil {
		return err
	}
	return n.d.store.EachRecord(ctx, func(base string, p issuer.Published) error { return add("records/"+base, p) })
}
