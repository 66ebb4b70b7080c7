package library_test

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestBatchIsFollowed issues several licenses together: one job is put for
// all of them, and from it come a delivery and a document for each, though the
// first attempt fails.
func TestBatchIsFollowed(t *testing.T) { onBoth(t, testBatchIsFollowed) }

func testBatchIsFollowed(t *testing.T, s *site) {
	issued := s.issueMany(5)
	if all := s.exec(`SELECT COUNT(*) FROM river_job`); all != 1 {
		t.Fatalf("%d jobs for a batch", all)
	}
	rendered := make(chan string, 100)
	failing := true
	s.startWorkers(func(c *work) {
		c.Render = func(_ context.Context, identifier string) error {
			rendered <- identifier
			return nil
		}
		c.Batch = func(err error) error {
			if failing {
				failing = false
				return errors.New("away")
			}
			return err
		}
	})
	for _, one := range issued {
		s.eventually(one.License.Identifier.Base())
		s.wantExactly(one.License.Identifier.Base(), 1)
	}
	documents := map[string]bool{}
	for range issued {
		select {
		case identifier := <-rendered:
			documents[identifier] = true
		case <-time.After(20 * time.Second):
			t.Fatalf("%d documents were asked for", len(documents))
		}
	}
	for _, one := range issued {
		if !documents[one.License.Identifier.String()] {
			t.Errorf("nobody asked for the document of %s", one.License.Identifier)
		}
	}
	if failing {
		t.Error("the first attempt did not fail")
	}
}

// failed lets a look at a batch fail after it was taken.
func failed[Tx any](look func(context.Context, Tx, string) ([]string, []string, error), fails func(error) error) func(context.Context, Tx, string) ([]string, []string, error) {
	return func(ctx context.Context, tx Tx, batch string) ([]string, []string, error) {
		licenses, identifiers, err := look(ctx, tx, batch)
		if fails != nil {
			err = fails(err)
		}
		return licenses, identifiers, err
	}
}
