package desk

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"yizheng/api/login"
	pages "yizheng/templates/desk"
)

// request is one request, by whoever is logged in.
type request struct {
	w       http.ResponseWriter
	r       *http.Request
	who     login.Session
	known   bool // somebody is logged in
	place   string
	written bool
}

// handler answers a request, or says why not.
type handler func(*request) error

// ServeHTTP answers what lies under [Root].
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", pages.Policy())
	h.Set("Referrer-Policy", "same-origin") // else a form of ours would not say where it comes from
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if err := d.foreign.Check(r); err != nil {
		d.fail(&request{w: w, r: r}, refuse(http.StatusForbidden, foreignForm, err))
		return
	}
	if _, pattern := d.mux.Handler(r); pattern == "" {
		q := &request{w: w, r: r}
		q.who, q.known, _ = d.c.Sessions.Of(r)
		d.fail(q, refuse(http.StatusNotFound, noPage, nil))
		return
	}
	d.mux.ServeHTTP(w, r)
}

// handle adds a route: the session is found, the right asked for, the form
// held to the session, and only then the handler runs.
func (d *Desk) handle(method, path string, want right, limit int64, h handler) {
	d.mux.HandleFunc(method+" "+Root+path, func(w http.ResponseWriter, r *http.Request) {
		q := &request{w: w, r: r, place: place(path)}
		err := d.answer(q, want, limit, h)
		begun := q.written
		if err != nil {
			d.fail(q, err)
		}
		d.log.InfoContext(r.Context(), "desk", "request", w.Header().Get("X-Request-Id"), "method", r.Method, "route", Root+path,
			"subject", q.who.Subject, "authority", q.who.Authority, "refused", err != nil)
		if err != nil && begun {
			panic(http.ErrAbortHandler) // half of an answer is not to look whole
		}
	})
}

func (d *Desk) answer(q *request, want right, limit int64, h handler) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if r == http.ErrAbortHandler {
				panic(r)
			}
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	if q.who, q.known, err = d.c.Sessions.Of(q.r); err != nil {
		return err
	}
	if want != forEveryone && !q.known {
		return d.toLogin(q)
	}
	if !d.may(q.who.Grant, want) {
		return &refusal{status: http.StatusForbidden, words: noRight, scopes: scopes[want]}
	}
	if q.r.ContentLength > limit {
		return refuse(http.StatusRequestEntityTooLarge, tooLarge, nil)
	}
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, limit)
	// A file is read by its handler, which finds the token before it.
	if q.r.Method == http.MethodPost && limit <= formBody {
		if err := q.parse(); err != nil {
			return err
		}
		if q.known && !q.who.Wrote(q.r.PostForm.Get("token")) {
			return refuse(http.StatusForbidden, foreignForm, nil)
		}
	}
	return h(q)
}

// parse reads a form that was posted.
func (q *request) parse() error {
	if err := q.r.ParseForm(); err != nil {
		return malformed(err)
	}
	return nil
}

// toLogin sends whoever is not logged in to do so, and back to where they
// were: to a page only, since what was posted is not sent again.
func (d *Desk) toLogin(q *request) error {
	to := Root + "/login"
	switch {
	case q.r.Method != http.MethodGet:
		to += "?ended=yes"
	case q.r.URL.Path != Root:
		to += "?to=" + escape(q.r.URL.RequestURI())
	}
	return q.redirect(to)
}

// redirect sends the browser on, by GET.
func (q *request) redirect(to string) error {
	q.written = true
	http.Redirect(q.w, q.r, to, http.StatusSeeOther)
	return nil
}

// place is the part of the desk that a path lies in: what the menu marks.
func place(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// entry is one entry of the menu.
type entry struct {
	path, zh, en string
	want         right
}

var menu = []entry{
	{"", "概览", "Overview", forPeople},
	{"/licenses", "查证", "Licenses", toRead},
	{"/expiring", "即将到期", "Ending soon", toRead},
	{"/batches", "批量", "Batches", toBatch},
	{"/library", "归集", "Filing", toSeeFilings},
	{"/disputes", "异议", "Disputes", toSeeDisputes},
	{"/statistics", "统计", "Statistics", toOversee},
}

// refreshEvery is after how many seconds a page that shows progress is loaded
// anew where there is no script.
const refreshEvery = 5

// show writes a page.
func (d *Desk) show(q *request, status int, name string, title pages.Text, data any) error {
	f := pages.Frame{Title: title, Demonstration: d.c.Demonstration, Office: d.c.IssuerName, Token: q.who.FormToken()}
	if q.known {
		f.Subject, f.Authority = q.who.Subject, q.who.Authority
		for _, e := range menu {
			if d.may(q.who.Grant, e.want) {
				f.Menu = append(f.Menu, pages.Entry{Text: pages.Text{ZH: e.zh, EN: e.en}, Address: Root + e.path, Here: place(e.path) == q.place})
			}
		}
	}
	if n := slices.IndexFunc(notices, func(n notice) bool { return n.key == q.r.URL.Query().Get("done") }); n >= 0 {
		f.Notice = &notices[n].words
	}
	if b, ok := data.(pages.BatchPage); ok && !b.Job.Ended {
		f.Refresh = refreshEvery
	}
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.written = true
	return pages.Write(q.w, status, name, f, data)
}

// notice is what a page says at its top after something was done.
type notice struct {
	key   string
	words pages.Text
}

var notices = []notice{
	{"issued", pages.Text{ZH: "已制发。", EN: "Issued."}},
	{"changed", pages.Text{ZH: "新版本已制发，原版本已被取代。", EN: "The new version is issued; the one before is superseded."}},
	{"before", pages.Text{ZH: "此前已经办理，没有重复办理；目前的状态以本页为准。", EN: "This was done before; nothing was done twice. How things stand now is on this page."}},
	{"acted", pages.Text{ZH: "处理已登记，状态将在一秒内发布。", EN: "The act is recorded; its state is published within a second."}},
	{"withdrawn", pages.Text{ZH: "行业综合许可证已撤回；其集成的各单项许可继续有效，直至作出许可的机关依法处理。",
		EN: "The integrated license is withdrawn; the permits beneath it stay in force, each until its own authority acts on it."}},
	{"revoked", pages.Text{ZH: "链接已收回。", EN: "The link is revoked."}},
	{"replayed", pages.Text{ZH: "已重新投递。", EN: "It is sent again."}},
	{"hurried", pages.Text{ZH: "已安排立即重试。", EN: "It is tried again at once."}},
	{"answered", pages.Text{ZH: "答复已签署并存档，对方询问时即可取得。", EN: "The answer is signed and on record; the other side gets it when it asks."}},
	{"received", pages.Text{ZH: "文件已收下，正在处理。", EN: "The file was taken in and is being worked on."}},
	{"cancelling", pages.Text{ZH: "已请求停止；已办理的不受影响。", EN: "It was asked to stop; what is done stays done."}},
}
