//go:build !race

package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/verifier/verifiertest"
)

// TestFileThatEndsAProcess: a document of 401 bytes, whose stream has itself for its
// filter, would end the program that reads it. A server and a command say that they
// cannot read it, and go on.
func TestFileThatEndsAProcess(t *testing.T) {
	t.Parallel()
	now := verifiertest.Now()
	world := mustMake(verifiertest.New())(t)
	issuer := world.Issuer("310105")
	l := mustMake(issuer.License("restaurant-3-permits"))(t)
	dir := t.TempDir()
	trustFile, list := filepath.Join(dir, "trust.json"), filepath.Join(dir, "list.jwt")
	for path, content := range map[string][]byte{
		trustFile: mustMake(world.Bundle("310105", 1, now))(t),
		list:      []byte(mustMake(issuer.List(l, 1, now.Add(-time.Minute)))(t)),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	endless := filepath.Join("testdata", "endless.pdf")

	node := documentNode(t, trustFile, list, now)
	for range 2 {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part := mustMake(w.CreateFormFile("file", "license.pdf"))(t)
		if _, err := part.Write(mustMake(os.ReadFile(endless))(t)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		request := httptest.NewRequest(http.MethodPost, "/v1/verify", &form)
		request.Header.Set("Content-Type", w.FormDataContentType())
		answer := httptest.NewRecorder()
		node.ServeHTTP(answer, request)
		if answer.Code != http.StatusUnprocessableEntity || !strings.Contains(answer.Body.String(), "picture_unreadable") {
			t.Errorf("%d: %s", answer.Code, answer.Body)
		}
	}

	var said bytes.Buffer
	c := &console{stdin: strings.NewReader(""), stdout: &said, stderr: &said, now: func() time.Time { return now }}
	if exit := c.run(t.Context(), []string{"verify", "--trust", trustFile, "--status", list, endless}); exit != exitUsage || !strings.Contains(said.String(), "file_too_large") {
		t.Errorf("exit code %d: %s", exit, said.String())
	}
}
