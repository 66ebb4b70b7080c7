package scantest_test

import (
	"slices"
	"testing"
	"time"

	"yizheng/scan/scantest"
)

// try gives a picture to every reader and says which read it. A text that is
// not the document's is a fault, whatever the condition.
func try(t *testing.T, s *scantest.Scene, readers []scantest.Reader, d scantest.Document, c scantest.Condition, dpi float64, done func(reader string, took time.Duration, ok bool)) {
	t.Helper()
	picture := s.Picture(t, c, dpi)
	for _, r := range readers {
		start := time.Now()
		texts, err := r.Read(picture)
		took := time.Since(start)
		if err != nil {
			t.Fatalf("%s, %s, %v dpi: %v", c.Name, r.Name, dpi, err)
		}
		for _, text := range texts {
			if text != d.Text {
				t.Errorf("%s, %v dpi: %s read a text that is not there: %q", c.Name, dpi, r.Name, text)
			}
		}
		done(r.Name, took, slices.Contains(texts, d.Text))
	}
}

// least says how many of the readers that are not ours must read a page as it
// was rendered, by dots per inch.
var least = map[float64]int{100: 2, 150: scantest.Others, 300: scantest.Others}

// TestGoal reads every document as it was rendered, and each condition on one
// of them, at 150 dpi, where our own reader must do as well.
func TestGoal(t *testing.T) {
	documents := scantest.Documents(t)
	for i, d := range documents {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			scene, readers := scantest.NewScene(t, d), scantest.Readers(t)
			for dpi, want := range least {
				others, ours := 0, false
				try(t, scene, readers, d, scantest.Condition{}, dpi, func(reader string, _ time.Duration, ok bool) {
					if reader == "yizheng" {
						ours = ok
					} else if ok {
						others++
					}
				})
				if others < want || !ours {
					t.Errorf("%v dpi: %d of %d other readers read it, want %d; ours: %v", dpi, others, scantest.Others, want, ours)
				}
			}
			conditions := scantest.Conditions()
			for n := 1 + i; n < len(conditions); n += len(documents) {
				c := conditions[n]
				try(t, scene, readers, d, c, 150, func(reader string, _ time.Duration, ok bool) {
					if !ok && reader == "yizheng" {
						t.Errorf("%s: not read", c.Name)
					}
				})
			}
		})
	}
}
