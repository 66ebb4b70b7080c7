package templates_test

import (
	"bytes"
	"sync"
	"testing"

	"yizheng/templates"
)

// TestManyAtOnce makes documents of every kind from many goroutines with one
// printer: each is what it is when it is made alone.
func TestManyAtOnce(t *testing.T) {
	p := printer(t)
	duplicate := fixture(t, "convenience-store-8-permits")
	duplicate.Form, duplicate.Bilingual = templates.Duplicate, true
	all := []templates.Document{fixture(t, "restaurant-3-permits"), fixture(t, "gym-rare-characters"), duplicate, extreme(t)}
	var alone [][]byte
	for _, d := range all {
		body, err := p.Document(d)
		if err != nil {
			t.Fatal(err)
		}
		alone = append(alone, body.Unsigned())
	}
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 3 * len(all) {
				n := (worker + i) % len(all)
				body, err := p.Document(all[n])
				if err != nil || !bytes.Equal(body.Unsigned(), alone[n]) {
					t.Errorf("document %d is another beside others: %v", n, err)
				}
			}
		})
	}
	group.Wait()
}
