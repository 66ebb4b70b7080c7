package verifier_test

import (
	"testing"
	"time"

	"yizheng/status"
	"yizheng/verifier"
)

// TestTwoChunks: where a license's entries run over the edge of a chunk and both
// lists have a fault, the lower chunk's is the one that is told, each time.
func TestTwoChunks(t *testing.T) {
	const hours = time.Hour
	s := newScene(t)
	s.license.StatusIndex = status.Index(7, status.ChunkSize-2)
	text := s.text()
	for _, tt := range []struct {
		name         string
		lower, upper time.Duration // age of the list; none where zero
		want         verifier.Reason
	}{
		{"expired, too old", 8 * 24 * hours, 73 * hours, verifier.StatusListExpired},
		{"too old, expired", 73 * hours, 8 * 24 * hours, verifier.StatusListTooOld},
		{"fresh, too old", hours, 73 * hours, verifier.StatusListTooOld},
		{"expired, missing", 8 * 24 * hours, 0, verifier.StatusListMissing},
		{"fresh, fresh", hours, hours, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for range 50 {
				lists := verifier.NewLists(s.trust())
				for chunk, age := range []time.Duration{tt.lower, tt.upper} {
					if age == 0 {
						continue
					}
					token := must(s.issuer.ListOf(7+uint32(chunk), s.license, 5, s.now.Add(-age)))(t)
					if err := lists.Add([]byte(token)); err != nil {
						t.Fatal(err)
					}
				}
				if r := s.verifyWith(lists, text); r.Check(verifier.StatusCheck).Reason != tt.want {
					t.Fatalf("%s, want %s", r.Check(verifier.StatusCheck).Reason, tt.want)
				}
			}
		})
	}
}
