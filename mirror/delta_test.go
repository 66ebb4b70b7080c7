package mirror_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"yizheng/mirror"
)

// TestDeltas holds what a mirror asks for and what it makes of the answers:
// what has changed where the source can say so, and all of it in the same
// breath where that is no use. Tokens are "token N"; a delta is what follows.
func TestDeltas(t *testing.T) {
	t.Parallel()
	const media = "application/delta"
	deltas := mirror.Deltas{
		Media: media,
		Since: func(token string) (n uint64, err error) { _, err = fmt.Sscanf(token, "token %d", &n); return n, err },
		Apply: func(_ string, delta []byte) (string, error) {
			if string(delta) == "no delta" {
				return "", errors.New("no delta")
			}
			return string(delta), nil
		},
	}
	delta := func(w http.ResponseWriter, content string) {
		w.Header().Set("Content-Type", media+"; charset=utf-8")
		w.Header().Set("ETag", `W/"b"`)
		_, _ = w.Write([]byte(content))
	}
	tests := []struct {
		name  string
		since http.HandlerFunc // answers ?since=1
		held  string           // afterwards
		asked string           // queries after the first token was had
		fails bool
	}{
		{"a delta", func(w http.ResponseWriter, _ *http.Request) { delta(w, "token 2") }, "token 2", "since=1", false},
		{"nothing new", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") != `"a"` {
				w.WriteHeader(http.StatusTeapot)
				return
			}
			w.WriteHeader(http.StatusNotModified)
		}, "token 1", "since=1", false},
		{"all of it", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("token 3")) }, "token 3", "since=1", false},
		{"not known there", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }, "token 9", "since=1 all", false},
		{"no delta", func(w http.ResponseWriter, _ *http.Request) { delta(w, "no delta") }, "token 9", "since=1 all", false},
		{"gives what is refused", func(w http.ResponseWriter, _ *http.Request) { delta(w, "forged") }, "token 9", "since=1 all", false},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("tok"))
		}, "token 1", "since=1", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			first, asked := true, []string(nil)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case first:
					first = false
					w.Header().Set("ETag", `"a"`)
					_, _ = w.Write([]byte("token 1"))
				case r.URL.RawQuery == "":
					asked = append(asked, "all")
					_, _ = w.Write([]byte("token 9"))
				default:
					asked = append(asked, r.URL.RawQuery)
					tt.since(w, r)
				}
			}))
			t.Cleanup(server.Close)
			s := &shelf{}
			now := time.Unix(1_800_000_000, 0)
			m, err := mirror.New(mirror.Config{
				Client: &http.Client{Timeout: 2 * time.Second}, Owner: anybodys,
				Add: s.Add, Held: s.Held, Clock: func() time.Time { return now }, Deltas: deltas,
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Fetch(context.Background(), server.URL+"/status/0"); err != nil {
				t.Fatal(err)
			}
			now = now.Add(time.Minute)
			err = m.Fetch(context.Background(), server.URL+"/status/0")
			if (err != nil) != tt.fails || s.newest() != tt.held || strings.Join(asked, " ") != tt.asked {
				t.Errorf("%v, holds %q, asked %q", err, s.newest(), asked)
			}
		})
	}
}
