//go:build !race

package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/license"
	"yizheng/scanner"
	"yizheng/scanner/scannertest"
	"yizheng/trust"
)

// withScanner lets a node give the scanner's page, which believes the bundle's
// anchor and is given the list.
func withScanner(t *testing.T, b *trust.Bundle, list []byte) func(*api.Config) {
	t.Helper()
	page := mustMake(scanner.Open(os.DirFS(scannertest.Build(t, filepath.Join("..", "..")))))(t)
	anchor := mustMake(json.Marshal(b.Anchor))(t)
	return func(c *api.Config) {
		c.Scanner = page
		c.Anchor = func() []byte { return anchor }
		c.Copies = func(context.Context, license.Region) [][]byte { return [][]byte{list} }
	}
}

// scanDocuments opens the scanner's page of a node, and gives what hands a PDF
// to it: the answer as it stands there.
func scanDocuments(t *testing.T, node http.Handler, now time.Time) func(t *testing.T, path string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat)) // by which the page sets its clock right
		node.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	c := scannertest.Start(t, "")
	c.Size(360, 740, true)
	c.Go(s.URL + "/scan")
	c.Wait(`document.body.dataset.ready === "lists"`)
	return func(t *testing.T, path string) (says string) {
		t.Helper()
		c.For(t)
		c.Run(`delete document.body.dataset.outcome`, nil)
		c.Choose("#file", path)
		c.Wait(`document.body.dataset.outcome === "valid"`) // of the code alone
		c.Accessible("a document")
		c.Run(`document.getElementById("answer").innerText`, &says)
		return says
	}
}
