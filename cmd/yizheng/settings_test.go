package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

func TestLibrarySettings(t *testing.T) {
	for _, c := range []struct {
		name   string
		s      librarySettings
		passes bool
	}{
		{"with a token", librarySettings{"https://library.example", "token"}, true},
		{"without one, elsewhere", librarySettings{"https://library.example", ""}, false},
		{"without one, here", librarySettings{"http://127.0.0.1:8089", ""}, true},
		{"no address", librarySettings{"", "token"}, false},
		{"no host", librarySettings{"library.example", "token"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.s.check(); (err == nil) != c.passes {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestLibraryTokenLiesInTheDataDirectory starts from another folder, as
// systemd does.
func TestLibraryTokenLiesInTheDataDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "library.token"), []byte("open sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var got string
	library := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") }))
	defer library.Close()
	t.Chdir(t.TempDir())
	client, err := newLibraryClient(librarySettings{library.URL, "library.token"}, dir)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = client.Summaries(t.Context(), "", 1) // what it answers is beside the point
	if got != "Bearer open sesame" {
		t.Errorf("the library was shown %q", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "library.token"), []byte(" \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := newLibraryClient(librarySettings{library.URL, "library.token"}, dir); err == nil {
		t.Error("an empty token file is taken for no token")
	}
}
