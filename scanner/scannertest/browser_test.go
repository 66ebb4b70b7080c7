package scannertest_test

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/scanner/scannertest"
)

// TestPictureOfRestlessPage: a page that fetches itself anew all the time is
// taken a picture of nevertheless. It grows calmer with each time, so that a slow
// machine finds a moment as well.
func TestPictureOfRestlessPage(t *testing.T) {
	var fetched atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		time.Sleep(time.Duration(fetched.Add(1)) * 20 * time.Millisecond)
		_, _ = fmt.Fprint(w, `<!DOCTYPE html><meta http-equiv="refresh" content="0"><h1>Restless</h1>`)
	}))
	defer server.Close()
	b := scannertest.Start(t, "")
	b.Go(server.URL)
	for range 10 {
		if _, err := png.Decode(bytes.NewReader(b.Picture())); err != nil {
			t.Fatal(err)
		}
	}
}
