package root_test

import (
	"errors"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/trust"
	"yizheng/trust/root"
)

// TestStaleRequests holds that of two requests for keys neither undoes the
// other, and that an old one does not bring back what was taken off since.
func TestStaleRequests(t *testing.T) {
	f, dir := create(t, root.Config{Keys: 1})
	issuer := entry(t, "310105")
	if err := f.Enroll(issuer, nil); err != nil {
		t.Fatal(err)
	}
	update(t, f, now)
	first, next, other := issuer.Keys[0], status(t), status(t)
	add, another := asked(t, f, first, next), asked(t, f, first, other)
	if changes, err := f.Rekey(add); err != nil || len(changes) != 1 {
		t.Fatalf("%v, %v", changes, err)
	}
	refused := func(name string, request root.KeyRequest) {
		t.Helper()
		if _, err := f.Rekey(request); !errors.Is(err, root.ErrStale) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("another request of the same state, before anything is signed", another)
	if changes, err := f.Rekey(add); err != nil || len(changes) != 0 {
		t.Errorf("the same once more: %v, %v", changes, err)
	}
	update(t, f, now.Add(time.Minute))
	refused("another request of the same state", another)
	f = reopen(t, f, dir)
	if changes, err := f.Rekey(add); err != nil || len(changes) != 0 {
		t.Errorf("the same after it was published: %v, %v", changes, err)
	}

	// The next key is stolen before it was used, and taken off: the keys are what
	// they were, and the old request would bring it back.
	if _, err := f.Rekey(asked(t, f, first)); err != nil {
		t.Fatal(err)
	}
	refused("an old one, of keys that have come back, before anything is signed", add)
	update(t, f, now.Add(2*time.Minute))
	refused("an old one, of keys that have come back", add)
	withoutBase := asked(t, f, first, other)
	withoutBase.Base = root.Base{}
	refused("one that names no base", withoutBase)
	if changes, err := f.Rekey(asked(t, f, first, other)); err != nil || len(changes) != 1 {
		t.Errorf("one of today: %v, %v", changes, err)
	}

	// What the signer changes beside the keys, and other districts' keys, make none stale.
	update(t, f, now.Add(3*time.Minute))
	today := asked(t, f, first)
	renamed := f.Issuers()[0]
	renamed.Telephone = "021-11111111"
	if err := errors.Join(f.Replace(renamed), f.Enroll(entry(t, "310106"), nil)); err != nil {
		t.Fatal(err)
	}
	update(t, f, now.Add(4*time.Minute))
	if _, err := f.Rekey(today); err != nil {
		t.Error(err)
	}

	closed := status(t)
	closed.Closing = trust.Digest([]byte("list"))
	update(t, f, now.Add(5*time.Minute))
	if _, err := f.Rekey(asked(t, f, first, closed)); err == nil {
		t.Error("a status key was given a closing list")
	}
}

// status is a new key for status lists.
func status(t *testing.T) trust.Key {
	t.Helper()
	k := entry(t, license.Region("310105")).Keys[0]
	k.Use = trust.UseStatus
	return k
}
