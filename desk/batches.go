package desk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"yizheng/batch"
	"yizheng/batch/jobs"
	"yizheng/issuer"
	"yizheng/license"
	pages "yizheng/templates/desk"
)

// uploadWithin is how long a file may take to come.
const uploadWithin = 15 * time.Minute

// formats are the endings of the files that are taken in.
var formats = map[string]batch.Format{".csv": batch.CSV, ".xlsx": batch.XLSX, ".jsonl": batch.JSONL}

var batchesTitle = pages.Text{ZH: "批量办理", EN: "Batches"}

// batches lists the newest files of one's own office, with the form for
// another.
func (d *Desk) batches(q *request) error { return d.showBatches(q, http.StatusOK, nil) }

func (d *Desk) showBatches(q *request, status int, faults license.Faults) error {
	found, err := d.batchesOf(q)
	if err != nil {
		return err
	}
	page := pages.BatchesPage{Token: q.who.FormToken(), Issues: d.may(q.who.Grant, toIssue), Acts: d.may(q.who.Grant, toAct), Faults: faults}
	if page.Key, err = d.newKey(); err != nil {
		return err
	}
	for _, j := range found {
		page.Jobs = append(page.Jobs, jobView(j))
	}
	return d.show(q, status, "batches", batchesTitle, page)
}

// handInBatch takes a file of many rows in, which then is a job.
func (d *Desk) handInBatch(q *request) error {
	select {
	case d.uploads <- struct{}{}:
		defer func() { <-d.uploads }()
	default:
		return refuse(http.StatusServiceUnavailable, busy, nil)
	}
	control := http.NewResponseController(q.w)
	// Where no deadline can be set, there is none.
	_ = control.SetReadDeadline(time.Now().Add(uploadWithin))
	_ = control.SetWriteDeadline(time.Now().Add(uploadWithin + time.Minute))
	form, file, err := firstFile(q.r)
	if err != nil {
		return malformed(err)
	}
	if !q.who.Wrote(form.Get("token")) {
		return refuse(http.StatusForbidden, foreignForm, nil)
	}
	o, faults := d.batchOrder(q, form, file)
	if len(faults) == 0 {
		if !d.may(q.who.Grant, workRight(o.Work)) {
			return &refusal{status: http.StatusForbidden, words: noRight, scopes: scopes[workRight(o.Work)]}
		}
		job, err := d.c.Batches.Receive(q.r.Context(), file, o)
		switch {
		case err == nil && job.Repeated:
			return q.redirect(Root + "/batches/" + url.PathEscape(job.ID) + "?done=before")
		case err == nil:
			return q.redirect(Root + "/batches/" + url.PathEscape(job.ID) + "?done=received")
		case errors.As(err, &faults):
		default:
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				return malformed(err)
			}
			return err
		}
	}
	return d.showBatches(q, http.StatusUnprocessableEntity, faults)
}

// maxField is the most that a field beside the file may have.
const maxField = 1 << 10

// firstFile reads the fields of a form up to its file, which is read by
// whoever takes it in.
func firstFile(r *http.Request) (form url.Values, file *multipart.Part, _ error) {
	reader, err := r.MultipartReader()
	if err != nil {
		return nil, nil, fmt.Errorf("reading the form: %w", err)
	}
	form = url.Values{}
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return form, nil, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading the form: %w", err)
		}
		if part.FormName() == "file" {
			return form, part, nil
		}
		value, err := io.ReadAll(io.LimitReader(part, maxField))
		if err != nil {
			return nil, nil, fmt.Errorf("reading the form: %w", err)
		}
		form.Set(part.FormName(), string(value))
	}
}

// batchOrder reads what is to be done with a file, and for whom.
func (d *Desk) batchOrder(q *request, form url.Values, file *multipart.Part) (jobs.Order, license.Faults) {
	o := jobs.Order{Work: form.Get("work"), Subject: q.who.Subject, Authority: q.who.Authority,
		SkipFaulty: form.Get("skipFaulty") != "", ValidateOnly: form.Get("validateOnly") != "",
		Key: ownKey(q, form.Get("key"))}
	if o.Work != jobs.Issue && o.Work != jobs.Status {
		return o, license.Faults{{Field: "work", Reason: "unknown_work", Message: "Choose what the file is for.", MessageZH: "请选择办理事项。"}}
	}
	if file == nil || file.FileName() == "" {
		return o, license.Faults{{Field: "file", Reason: "missing", Message: "Choose a file.", MessageZH: "请选择文件。"}}
	}
	o.Format = formats[strings.ToLower(path.Ext(file.FileName()))]
	if o.Format == "" {
		return o, license.Faults{{Field: "file", Reason: "unknown_format", Message: "The file is no CSV, XLSX or JSON lines.", MessageZH: "文件应为CSV、XLSX或JSONL。"}}
	}
	return o, nil
}

// ownBatch gives the job that the address names, where it is of one's own
// authority and may be seen. That of another is not there.
func (d *Desk) ownBatch(q *request) (jobs.Job, error) {
	job, err := d.c.Batches.Job(q.r.Context(), q.r.PathValue("id"))
	if errors.Is(err, issuer.ErrNotFound) || err == nil && (!q.who.ActsFor(job.Authority) || !d.may(q.who.Grant, workRight(job.Work))) {
		return jobs.Job{}, refuse(http.StatusNotFound, noPage, nil)
	}
	return job, err
}

// batch shows how far a job is, and what came of it.
func (d *Desk) batch(q *request) error {
	job, err := d.ownBatch(q)
	if err != nil {
		return err
	}
	return d.show(q, http.StatusOK, "batch", batchesTitle, pages.BatchPage{Job: jobView(job), Token: q.who.FormToken()})
}

// cancelBatch asks a job to end. A second time changes nothing.
func (d *Desk) cancelBatch(q *request) error {
	job, err := d.ownBatch(q)
	if err != nil {
		return err
	}
	by := asOffice(q.who.Grant)
	if job.Work == jobs.Status {
		by = asDepartment(q.who.Grant)
	}
	if _, err := d.c.Batches.Cancel(q.r.Context(), job.ID, by); err != nil {
		return err
	}
	return q.redirect(Root + "/batches/" + url.PathEscape(job.ID) + "?done=cancelling")
}

// batchFile answers with a file that came of a job.
func (d *Desk) batchFile(q *request) error {
	job, err := d.ownBatch(q)
	if err != nil {
		return err
	}
	name := q.r.PathValue("name")
	if !slices.Contains(job.Files, name) {
		return refuse(http.StatusNotFound, noPage, nil)
	}
	return d.c.Batches.WriteFile(q.r.Context(), job.ID, name, func() io.Writer {
		control := http.NewResponseController(q.w) // what has no deadlines needs none moved
		_ = control.SetReadDeadline(time.Time{})   // when one passes, the server takes the client for gone
		_ = control.SetWriteDeadline(time.Now().Add(uploadWithin))
		q.attachment(job.ID[:8] + "-" + name)
		return q.w
	})
}

// attachments are the types of the files that are kept, by their endings.
var attachments = map[string]string{".csv": "text/csv; charset=utf-8", ".jsonl": "application/jsonl",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

// attachment begins an answer that a browser keeps as a file.
func (q *request) attachment(name string) {
	q.w.Header().Set("Content-Type", attachments[path.Ext(name)])
	q.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	q.written = true
}

// tables are those that files are filled in by.
var tables = map[string]struct {
	format batch.Format
	acts   bool
}{
	"licenses.xlsx": {batch.XLSX, false}, "licenses.csv": {batch.CSV, false}, "permits.xlsx": {batch.XLSX, true}, "permits.csv": {batch.CSV, true},
}

// batchTemplate answers with a table that has its headings and no row.
func (d *Desk) batchTemplate(q *request) error {
	name := q.r.PathValue("name")
	t, known := tables[name]
	if !known {
		return refuse(http.StatusNotFound, noPage, nil)
	}
	var table bytes.Buffer
	if err := batch.Template(&table, t.format, t.acts, false); err != nil {
		return err
	}
	q.attachment(name)
	_, err := table.WriteTo(q.w)
	return err
}
