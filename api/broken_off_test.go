package api_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"yizheng/api"
)

// halfway writes half of a file.
type halfway struct{ api.Batches }

func (halfway) WriteFile(_ context.Context, _, _ string, began func() io.Writer) error {
	if _, err := io.WriteString(began(), strings.Repeat("a line of the first part\n", 1000)); err != nil {
		return err
	}
	return errors.New("the register is away")
}

// deadlines notes until when an answer may be read and written.
type deadlines struct {
	*httptest.ResponseRecorder
	read, write time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error  { d.read = at; return nil }
func (d *deadlines) SetWriteDeadline(at time.Time) error { d.write = at; return nil }

// TestBrokenOff: what breaks off half-way does not look whole to the client, and
// the log says why. A slow link is no reason to break off.
func TestBrokenOff(t *testing.T) {
	w := newWorld(t, nil)
	office := w.asOffice()
	job := w.handIn(office, "k", "", "application/jsonl", applications(t, 0, 1), 202, "")
	w.work()
	job = w.ended(office, job.ID)
	path := "/v1/batches/" + job.ID + "/files/result.csv"

	slow := &deadlines{ResponseRecorder: httptest.NewRecorder(), read: time.Now()}
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.Header.Set("Authorization", "Bearer "+office)
	w.handler.ServeHTTP(slow, request)
	if slow.Code != http.StatusOK || !slow.read.IsZero() || slow.write.Before(time.Now()) {
		t.Errorf("%d, to be read until %v and written until %v", slow.Code, slow.read, slow.write)
	}

	config := w.config
	config.Batches = halfway{config.Batches}
	node, err := api.New(config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(node)
	defer server.Close()
	request, err = http.NewRequest(http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+office)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if b, err := io.ReadAll(answer.Body); err == nil {
		t.Errorf("%d bytes look like all of it", len(b))
	}
	if !strings.Contains(w.log.String(), "the register is away") {
		t.Error("the log does not say why")
	}
}
