package register_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
)

// TestActsOnce asks two nodes at once, again and again, for acts under one key
// each: an act is done once, whoever asks again gets the first answer, also
// after a later act and from a node that began since, and another request under
// a key is refused.
func TestActsOnce(t *testing.T) {
	for name, opened := range map[string]func(t *testing.T) (first *register.Store, again func() (*register.Store, error)){
		"sqlite": func(t *testing.T) (*register.Store, func() (*register.Store, error)) {
			s, path := create(t)
			return s, func() (*register.Store, error) { return register.Open(context.Background(), path, register.Config{}) }
		},
		"postgres": func(t *testing.T) (*register.Store, func() (*register.Store, error)) {
			s, address := createPostgres(t)
			return s, func() (*register.Store, error) {
				return register.OpenPostgres(context.Background(), register.Postgres{URL: address})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, again := opened(t)
			testActsOnce(t, s, again)
		})
	}
}

func testActsOnce(t *testing.T, s *register.Store, again func() (*register.Store, error)) {
	ctx := context.Background()
	clock := issuertest.NewClock()
	node := func() *issuer.Issuer {
		other, err := again()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = other.Close() })
		return issuertest.New(t, other, clock)
	}
	nodes := []*issuer.Issuer{issuertest.New(t, s, clock), node()}
	app := issuertest.Application(t, issuertest.Bookstore)
	issued, err := nodes[0].Issue(ctx, []catalog.Application{app}, issuer.Order{Actor: operator})
	if err != nil {
		t.Fatal(err)
	}
	base, number := issued[0].License.Identifier.Base(), app.Permits[0].Number
	department := issuer.Department("token 7", app.Permits[0].Authority)
	act := func(on *issuer.Issuer, a issuer.Act, key string) (issuer.PermitActed, error) {
		return on.SetPermit(ctx, base, number, a, "检查", issuer.Order{Actor: department, Key: key})
	}
	events := func() int {
		filings, err := s.Filings(ctx, base)
		if err != nil {
			t.Fatal(err)
		}
		return len(filings)
	}

	var asking sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for n := range 8 {
		asking.Go(func() {
			got, err := act(nodes[n%2], issuer.Suspend, "k1")
			mu.Lock()
			defer mu.Unlock()
			if err != nil || got.State != license.Suspended || got.Permit.Number != number {
				t.Errorf("got %+v, %v", got, err)
			}
			if !got.Repeated {
				done++
			}
		})
	}
	asking.Wait()
	if done != 1 || events() != 2 {
		t.Errorf("%d of eight requests were done, and there are %d events, want 1 and 2", done, events())
	}
	// A request that finds nothing to do is remembered too.
	if got, err := act(nodes[0], issuer.Suspend, "k2"); err != nil || !got.Repeated {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := act(nodes[1], issuer.Reinstate, "k3"); err != nil {
		t.Fatal(err)
	}
	for _, on := range append(nodes, node()) {
		for _, key := range []string{"k1", "k2"} {
			if got, err := act(on, issuer.Suspend, key); err != nil || got.State != license.Suspended || !got.Repeated {
				t.Errorf("again under %s: %+v, %v", key, got, err)
			}
		}
		for _, reused := range []func() error{
			func() error { _, err := act(on, issuer.Revoke, "k1"); return err },
			func() error {
				_, err := on.SetPermit(ctx, base, number, issuer.Suspend, "另有原因", issuer.Order{Actor: department, Key: "k1"})
				return err
			},
			func() error {
				_, err := on.Withdraw(ctx, base, "歇业", issuer.Order{Actor: operator, Key: "k1"})
				return err
			},
		} {
			var faults license.Faults
			if err := reused(); !errors.As(err, &faults) || faults[0].Reason != "idempotency_key_reused" {
				t.Errorf("another request under the key: %v", err)
			}
		}
	}
	standing, err := s.Standing(ctx, []issuer.PermitKey{{Authority: app.Permits[0].Authority, Number: number}})
	if err != nil || standing[0].State != license.Valid || events() != 3 {
		t.Errorf("the permit stands at %+v after %d events, %v", standing, events(), err)
	}
	for n := range 2 {
		got, err := nodes[n].Withdraw(ctx, base, "歇业", issuer.Order{Actor: operator, Key: "w"})
		if err != nil || got.State != license.Withdrawn || got.Repeated != (n == 1) {
			t.Errorf("withdrawing: %+v, %v", got, err)
		}
	}
}
