package desk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"yizheng/issuer/issuertest"
)

// rows gives a file of applications as JSON lines.
func rows(t *testing.T, from, to int) string {
	t.Helper()
	var b strings.Builder
	for n := from; n < to; n++ {
		line, err := json.Marshal(issuertest.Numbered(t, n))
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

// work lets the node work on batches until the test ends.
func (w *world) work() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); w.batches.Run(ctx) }()
	w.t.Cleanup(func() { stop(); <-ended })
}

// upload sends the form of a file, its fields in the order of the page.
func (b *browser) upload(name, content string, fields ...string) *browser {
	b.w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	put := func(name, value string) {
		if err := form.WriteField(name, value); err != nil {
			b.w.t.Fatal(err)
		}
	}
	put("token", b.token)
	for n := 0; n+1 < len(fields); n += 2 {
		put(fields[n], fields[n+1])
	}
	file, err := form.CreateFormFile("file", name)
	if err != nil {
		b.w.t.Fatal(err)
	}
	if _, err := io.WriteString(file, content); err != nil {
		b.w.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		b.w.t.Fatal(err)
	}
	b.where = "/desk/batches"
	r := httptest.NewRequest(http.MethodPost, address+"/desk/batches", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	b.send(r)
	if b.status == http.StatusSeeOther {
		b.get(b.header.Get("Location"))
	}
	return b
}

// ends waits for the end of the file whose page is shown.
func (b *browser) ends() *browser {
	b.w.t.Helper()
	path, _, _ := strings.Cut(b.where, "?")
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if b.get(path).want(http.StatusOK); strings.Contains(b.page, "办结时间") {
			return b
		}
		b.want(http.StatusOK, `http-equiv="refresh"`, "data-events")
	}
	b.w.t.Fatalf("%s does not end", path)
	return b
}

// TestBatch hands a file in, twice by a second click, and fetches what came of
// it.
func TestBatch(t *testing.T) {
	w := newWorld(t, nil)
	b := w.as("office").get("/desk/batches").want(http.StatusOK, "还没有提交过文件")
	key := b.hidden("key")
	b.upload("a.jsonl", rows(t, 0, 40), "key", key, "work", "issue").want(http.StatusOK, "文件已收下")
	first := strings.Split(b.where, "?")[0]
	b.upload("a.jsonl", rows(t, 0, 40), "key", key, "work", "issue").want(http.StatusOK, "没有重复办理")
	if again := strings.Split(b.where, "?")[0]; again != first {
		t.Errorf("the second click leads to %s, the first to %s", again, first)
	}
	b.upload("a.jsonl", rows(t, 0, 41), "key", key, "work", "issue").want(http.StatusUnprocessableEntity, "幂等键已用于另一请求")
	b.get(first)
	w.work()
	b.ends().want(http.StatusOK, "已完成", "result.csv").never("http-equiv", "data-events")
	b.get(first + "/files/result.csv").want(http.StatusOK)
	if n := strings.Count(b.page, "\n"); n != 41 || !strings.HasPrefix(b.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%d lines, %s", n, b.header.Get("Content-Disposition"))
	}
	b.get(first + "/files/input").want(http.StatusNotFound)
	b.get("/desk/batches").want(http.StatusOK, "40/40")
	b.get("/desk/licenses").want(http.StatusOK, `rel="next"`)
	// What another authority has handed in is not there.
	w.as("market").get(first).want(http.StatusNotFound)
	w.as("reader").get(first).want(http.StatusForbidden)
	w.as("market").get("/desk/batches").want(http.StatusOK, "还没有提交过文件")
}

// TestBatchFaults hands in what cannot be done: the report says why, and
// nothing is done.
func TestBatchFaults(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	b := w.as("office").get("/desk/batches")
	faulty := strings.Replace(rows(t, 0, 5), string(issuertest.Numbered(t, 2).Holder.CreditCode), "91310104765234891D", 1)
	b.upload("a.jsonl", faulty, "key", "1", "work", "issue").ends().want(http.StatusOK, "有错误，未办理", "核对报告", "faults.csv", "faulty.jsonl")
	at := strings.Split(b.where, "?")[0]
	b.get(at+"/files/faults.csv").want(http.StatusOK, "91310104765234891D")
	b.get(at).upload("a.jsonl", faulty, "key", "2", "work", "issue", "skipFaulty", "yes").ends().want(http.StatusOK, "已完成")
	b.upload("b.jsonl", rows(t, 10, 15), "key", "3", "work", "issue", "validateOnly", "yes").ends().want(http.StatusOK, "只核对")
	b.get("/desk/batches")
	for name, test := range map[string]struct {
		file, content string
		fields        []string
		says          string
	}{
		"no file":         {"", "", []string{"work", "issue"}, "请选择文件"},
		"no work":         {"a.jsonl", "{}", []string{"work", "destroy"}, "请选择办理事项"},
		"another kind":    {"a.docx", "x", []string{"work", "issue"}, "应为CSV、XLSX或JSONL"},
		"not what it is":  {"a.xlsx", "this is no workbook", []string{"work", "issue"}, "请先改正下列问题"},
		"empty":           {"a.csv", "", []string{"work", "issue"}, "请先改正下列问题"},
		"office's acting": {"a.csv", "x", []string{"work", "status"}, "请先改正下列问题"},
	} {
		t.Run(name, func(t *testing.T) {
			b.get("/desk/batches").upload(test.file, test.content, append(test.fields, "key", name)...).want(http.StatusUnprocessableEntity, test.says)
		})
	}
	for _, table := range []string{"licenses.csv", "licenses.xlsx", "permits.csv", "permits.xlsx"} {
		if b.get("/desk/batch-templates/" + table).want(http.StatusOK); len(b.page) < 30 {
			t.Errorf("%s has %d bytes", table, len(b.page))
		}
	}
	b.get("/desk/batch-templates/passwd").want(http.StatusNotFound)
	b.get("/desk/batches")
	b.token = "forged"
	b.upload("a.jsonl", rows(t, 20, 22), "key", "4", "work", "issue").want(http.StatusForbidden, "表单已失效")
	w.as("market").get("/desk/batches").upload("a.jsonl", rows(t, 20, 22), "key", "5", "work", "issue").want(http.StatusForbidden, "没有权限", "license:write")
}

// TestBatchStops stops a file before anybody works on it.
func TestBatchStops(t *testing.T) {
	w := newWorld(t, nil)
	b := w.as("office").get("/desk/batches")
	b.upload("a.jsonl", rows(t, 0, 10), "key", b.hidden("key"), "work", "issue").want(http.StatusOK, "停止")
	at := strings.Split(b.where, "?")[0]
	b.post(at+"/cancel", map[string][]string{}).want(http.StatusOK, "已请求停止")
	w.work()
	b.ends().want(http.StatusOK, "已停止")
}

// TestBatchEvents reads the stream of a job to its end, and one that the end of
// the server breaks off.
func TestBatchEvents(t *testing.T) {
	w := newWorld(t, nil)
	b := w.as("office").get("/desk/batches")
	b.upload("a.jsonl", rows(t, 0, 20), "key", b.hidden("key"), "work", "issue").want(http.StatusOK)
	at := strings.Split(b.where, "?")[0]
	listen := func() chan string {
		heard := make(chan string, 1)
		copied := *b
		go func() { heard <- copied.get(at + "/events").page }()
		return heard
	}
	broken := listen()
	time.Sleep(50 * time.Millisecond)
	close(w.closing)
	select {
	case page := <-broken:
		if !strings.Contains(page, "等待处理") || strings.Contains(page, "event: ended") {
			t.Errorf("heard %q", page)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("a stream outlives its server")
	}
	w.closing = nil
	w.work()
	select {
	case page := <-listen():
		if !strings.HasSuffix(page, "event: ended\ndata: {}\n\n") {
			t.Errorf("heard %q", page)
		}
		for _, m := range regexp.MustCompile(`(?m)^data: (.*)$`).FindAllStringSubmatch(page, -1) {
			if !json.Valid([]byte(m[1])) {
				t.Errorf("%q is no JSON", m[1])
			}
		}
	case <-time.After(30 * time.Second):
		t.Fatal("a stream does not end")
	}
}
