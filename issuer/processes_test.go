package issuer_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/register"
)

// TestTwoProcesses opens one register twice, as a server and a command do,
// and issues from both sides at once, while each gives up what it takes for
// left behind.
func TestTwoProcesses(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "register.db")
	one, err := register.Create(ctx, path, register.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = one.Close() }()
	two, err := register.Open(ctx, path, register.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = two.Close() }()
	c := issuertest.Config(t, one, issuertest.NewClock())
	var wg sync.WaitGroup
	const each = 10
	texts := make([][]string, 2)
	for side, store := range []*register.Store{one, two} {
		c.Store = store
		i, err := issuer.New(c)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for n := range each {
				issued, err := i.Issue(ctx, []catalog.Application{issuertest.Numbered(t, n)}, issuer.Order{Actor: operator})
				if err != nil {
					t.Error(err)
					return
				}
				texts[side] = append(texts[side], issued[0].Text)
				if err := i.GiveUpLeft(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(texts[0]) != each || len(texts[1]) != each {
		t.Fatal("not all were issued")
	}
	for n := range each {
		if texts[0][n] != texts[1][n] {
			t.Errorf("application %d became two licenses", n)
		}
	}
}
