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
		{"with a token", librarySettings{URL: "https://library.example", TokenFile: "token"}, true},
		{"without one, elsewhere", librarySettings{URL: "https://library.example", TokenFile: ""}, false},
		{"without one, here", librarySettings{URL: "http://127.0.0.1:8089", TokenFile: ""}, true},
		{"at a rate", librarySettings{URL: "https://library.example", TokenFile: "token", PerSecond: 0.5}, true},
		{"at no rate", librarySettings{URL: "https://library.example", TokenFile: "token", PerSecond: -1}, false},
		{"no address", librarySettings{URL: "", TokenFile: "token"}, false},
		{"no host", librarySettings{URL: "library.example", TokenFile: "token"}, false},
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
	client, err := newLibraryClient(librarySettings{URL: library.URL, TokenFile: "library.token"}, dir)
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
	if _, err := newLibraryClient(librarySettings{URL: library.URL, TokenFile: "library.token"}, dir); err == nil {
		t.Error("an empty token file is taken for no token")
	}
}
