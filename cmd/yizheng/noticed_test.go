package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"yizheng/notice"
	"yizheng/signature"
	"yizheng/status"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// TestNoticed holds what an issuer on the trust list can have a node do by
// notices: fetch again what it holds, and nothing else.
func TestNoticed(t *testing.T) {
	t.Parallel()
	a := newAbroad(t, verifiertest.Now().Add(-time.Hour))
	l := a.license("here", status.Index(0, 100))
	a.publish(l, 5, verifiertest.Now().Add(-time.Minute), 1)
	c, _ := a.checker("")
	ctx := context.Background()
	base := a.issuer.StatusBase
	say := func(by *verifiertest.Key, uris ...string) error {
		n := notice.Notice{At: a.clock()}
		for _, uri := range uris {
			n.Lists = append(n.Lists, notice.List{URI: uri, Sequence: 6})
		}
		token, err := notice.Sign(n, by)
		if err != nil {
			t.Fatal(err)
		}
		return c.noticed(ctx, token)
	}
	asked := func() int32 { time.Sleep(20 * time.Millisecond); return a.asked.Load() }
	if err := say(a.issuer.Status, base+"0", base+"1", base+"../admin?x=1", base+"records/1", base+"closing/00"); err != nil || asked() != 0 {
		t.Errorf("of lists that nobody holds: %v, asked %d times", err, a.asked.Load())
	}
	if r := c.Verify(ctx, a.codes["here"]); r.Outcome != verifier.Valid {
		t.Fatalf("%s", r.Outcome)
	}
	before := a.asked.Load()
	if err := say(a.issuer.Record, base+"0"); !errors.Is(err, signature.ErrKey) || asked() != before {
		t.Errorf("by a key of another use: %v", err)
	}
	a.publish(l, 6, verifiertest.Now(), 1)
	if err := say(a.issuer.Status, base+"0", base+"7"); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "the list was not fetched", func() bool { return c.view.Load().lists.Sequence(base+"0") == 6 })
}
