package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"yizheng/api/access"
	"yizheng/batch"
	"yizheng/batch/jobs"
	"yizheng/issuer"
)

// How many files of many rows are taken in at once, how long one may take, and
// how long its connection may be silent.
const (
	maxUploads   = 4
	uploadWithin = 15 * time.Minute
	silentWithin = 30 * time.Second
)

const mediaXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// formats are the media types of files that are taken in.
var formats = map[string]batch.Format{
	"text/csv": batch.CSV, mediaXLSX: batch.XLSX, "application/jsonl": batch.JSONL, "application/x-ndjson": batch.JSONL,
}

// handInBatch takes a file of many rows in, which then is a job.
func (s *server) handInBatch(c echo.Context) error {
	o, err := s.batchOrder(c)
	if err != nil {
		return err
	}
	select {
	case s.uploads <- struct{}{}:
		defer func() { <-s.uploads }()
	default:
		return &failure{Reason: reasonBusy, retryAfter: 5}
	}
	job, err := s.c.Batches.Receive(c.Request().Context(), newPatient(c), o)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", s.c.URL+"/v1/batches/"+url.PathEscape(job.ID))
	if job.Repeated {
		return c.JSON(http.StatusOK, job)
	}
	return c.JSON(http.StatusAccepted, job)
}

// batchOrder reads what is to be done with a file, and for whom: licenses are
// issued by the issuing office, and acts are those of a department on its own
// permits.
func (s *server) batchOrder(c echo.Context) (o jobs.Order, err error) {
	g := grantOf(c)
	o = jobs.Order{Work: c.QueryParam("work"), Subject: g.Subject, Authority: g.Authority}
	switch o.Work {
	case "":
		o.Work = jobs.Issue
	case jobs.Issue, jobs.Status:
	default:
		return o, fail(reasonParameter, errors.New("work is neither issue nor status"))
	}
	if !g.Allows(scopeOf(o.Work)) {
		return o, &failure{Reason: reasonScope, scope: scopeOf(o.Work)}
	}
	if o.Work == jobs.Issue {
		if _, err := s.office(c); err != nil {
			return o, err
		}
	} else if g.Authority == "" {
		return o, fail(reasonAuthority, nil)
	}
	if o.SkipFaulty, err = flagParameter(c, "skipFaulty"); err != nil {
		return o, err
	}
	if o.ValidateOnly, err = flagParameter(c, "validateOnly"); err != nil {
		return o, err
	}
	media, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if o.Format = formats[media]; err != nil || o.Format == "" {
		return o, fail(reasonMediaType, errors.New("the body is no CSV, XLSX or JSON lines"))
	}
	o.Key, err = idempotencyKey(c)
	return o, err
}

// scopeOf is the ability that a work asks for.
func scopeOf(work string) scope {
	if work == jobs.Status {
		return access.PermitWrite
	}
	return access.LicenseWrite
}

func flagParameter(c echo.Context, name string) (bool, error) {
	switch c.QueryParam(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, fail(reasonParameter, errors.New(name+" is neither true nor false"))
}

// ownBatch gives the job that the path names, where it is of the token's
// authority and work. That of another one is not there.
func (s *server) ownBatch(c echo.Context) (jobs.Job, error) {
	job, err := s.c.Batches.Job(c.Request().Context(), c.Param("id"))
	if err != nil {
		return job, err
	}
	if g := grantOf(c); !g.ActsFor(job.Authority) || !g.Allows(scopeOf(job.Work)) {
		return jobs.Job{}, fail(reasonNotFound, nil)
	}
	return job, nil
}

func (s *server) showBatch(c echo.Context) error {
	job, err := s.ownBatch(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, job)
}

// foundBatches is the answer of a list.
type foundBatches struct {
	Batches []jobs.Job `json:"batches"`
}

// listBatches lists the newest jobs of the token's authority.
func (s *server) listBatches(c echo.Context) error {
	limit, err := limitParameter(c, 20, 100)
	if err != nil {
		return err
	}
	g := grantOf(c)
	if g.Authority == "" {
		return fail(reasonAuthority, nil)
	}
	found, err := s.c.Batches.List(c.Request().Context(), g.Authority, limit)
	if err != nil {
		return err
	}
	page := foundBatches{Batches: []jobs.Job{}}
	for _, job := range found {
		if g.Allows(scopeOf(job.Work)) {
			page.Batches = append(page.Batches, job)
		}
	}
	return c.JSON(http.StatusOK, page)
}

// cancelBatch asks a job to end. A second time changes nothing.
func (s *server) cancelBatch(c echo.Context) error {
	job, err := s.ownBatch(c)
	if err != nil {
		return err
	}
	g := grantOf(c)
	by := issuer.Operator(g.Subject)
	if job.Work == jobs.Status {
		by = issuer.Department(g.Subject, g.Authority)
	}
	if job, err = s.c.Batches.Cancel(c.Request().Context(), job.ID, by); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, job)
}

// batchFile answers with a file that came of a job.
func (s *server) batchFile(c echo.Context) error {
	job, err := s.ownBatch(c)
	if err != nil {
		return err
	}
	name := c.Param("name")
	known := false
	for _, f := range job.Files {
		known = known || f == name
	}
	if !known {
		return fail(reasonNotFound, nil)
	}
	return s.c.Batches.WriteFile(c.Request().Context(), job.ID, name, func() io.Writer {
		h := c.Response().Header()
		h.Set(echo.HeaderContentType, mediaOf(name))
		h.Set(echo.HeaderContentDisposition, `attachment; filename="`+job.ID[:8]+"-"+name+`"`)
		c.Response().WriteHeader(http.StatusOK)
		return newPatient(c)
	})
}

func mediaOf(name string) string {
	switch {
	case strings.HasSuffix(name, ".xlsx"):
		return mediaXLSX
	case strings.HasSuffix(name, ".jsonl"):
		return "application/jsonl"
	}
	return "text/csv; charset=utf-8"
}

// patient reads the body of a large request, or writes a large answer: it may
// take long as long as it moves.
type patient struct {
	body    io.Reader
	answer  io.Writer
	control *http.ResponseController
	until   time.Time
}

func newPatient(c echo.Context) *patient {
	return &patient{body: c.Request().Body, answer: c.Response(), control: http.NewResponseController(c.Response()), until: time.Now().Add(uploadWithin)}
}

// within is until when there may be silence.
func (p *patient) within() time.Time {
	at := time.Now().Add(silentWithin)
	if at.After(p.until) {
		at = p.until
	}
	return at
}

// Read reads on. What has no deadlines needs none moved.
func (p *patient) Read(b []byte) (int, error) {
	at := p.within()
	_ = p.control.SetReadDeadline(at)
	_ = p.control.SetWriteDeadline(at.Add(silentWithin))
	n, err := p.body.Read(b)
	var tooLarge *http.MaxBytesError
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &tooLarge) {
		err = fail(reasonMalformed, err)
	}
	return n, err
}

// Write writes on. Nothing more is read, so there is no deadline for it: when one
// passes, the server takes the client for gone, however the answer moves.
func (p *patient) Write(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(time.Time{})
	_ = p.control.SetWriteDeadline(p.within().Add(silentWithin))
	return p.answer.Write(b)
}
