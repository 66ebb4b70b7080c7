package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"yizheng/scan"
	"yizheng/templates/pages"
	"yizheng/tracing"
	"yizheng/verifier"
)

// maxText is the longest text of a code that is looked at: four times what
// the largest symbol holds, for white space and the like.
const maxText = 16 << 10

// handedIn is what somebody wants verified: the texts that were found in it,
// and where it was a PDF, the file.
type handedIn struct {
	texts   []string
	pdf     []byte
	scanned bool      // the texts were found in a file
	asOf    time.Time // the moment that is asked for; now where zero
}

// examine verifies what was handed in, and says of a PDF what it is worth
// beside its code. It gives the text of that too.
func (s *server) examine(c echo.Context, way string, in handedIn) (text string, r verifier.Result, err error) {
	text, r = s.examineTexts(c, way, in)
	if in.pdf == nil {
		return text, r, nil
	}
	if r.Document, err = s.c.Documents.Document(in.pdf, text, r); err != nil {
		return text, r, fmt.Errorf("examining the document: %w", err)
	}
	return text, r, nil
}

// examineTexts verifies the texts that were found, and gives the first that is
// a code of ours, with its result: on a wall, a license hangs beside other
// codes. No text at all is no license. With a moment it says what it was then.
func (s *server) examineTexts(c echo.Context, way string, in handedIn) (text string, r verifier.Result) {
	if len(in.texts) == 0 {
		in.texts = []string{""}
	}
	ctx, span := tracing.Start(c.Request().Context(), "verify")
	defer span.End(nil)
	verify := s.c.Verifier.Verify
	if !in.asOf.IsZero() {
		verify = func(ctx context.Context, text string) verifier.Result {
			return s.c.Verifier.VerifyAsOf(ctx, text, in.asOf)
		}
	}
	for _, text = range in.texts {
		if r = verify(ctx, text); r.Outcome != verifier.NotALicense {
			break
		}
	}
	span.Set("yizheng.outcome", string(r.Outcome))
	s.metrics.verifications.WithLabelValues(way, string(r.Outcome)).Inc()
	return text, r
}

// answerResult answers a program with a result. It says how long the answer
// is, which spares the chunks and a write.
func (s *server) answerResult(c echo.Context, r verifier.Result) error {
	pooled, _ := s.answers.Get().(*[]byte)
	if pooled == nil {
		pooled = new([]byte)
	}
	defer s.answers.Put(pooled)
	*pooled = append(r.AppendJSON((*pooled)[:0]), '\n')
	c.Response().Header().Set(echo.HeaderContentLength, strconv.Itoa(len(*pooled)))
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, *pooled)
}

// showCode answers the address that a code holds: a person's camera with a
// page, a program with the result. It records nothing, and neither the log nor
// anybody's cache gets to know which license was looked at. A HEAD is a link
// preview's: it is answered like a GET.
func (s *server) showCode(c echo.Context) error {
	c.Response().Header().Add(echo.HeaderVary, echo.HeaderAccept)
	c.Response().Header().Set("X-Robots-Tag", "noindex, nofollow")
	text := s.opened(c)
	asOf, err := s.asOf(c)
	if err != nil {
		return err
	}
	_, r := s.examineTexts(c, "address", handedIn{texts: []string{text}, asOf: asOf})
	if page, _ := c.Get(keyPage).(bool); !page {
		return s.answerResult(c, r)
	}
	return s.answerPage(c, inspection{text: text, result: r, method: "link", status: http.StatusOK})
}

// asOf is the moment of the past that the address asks for, the zero time where
// it asks for none.
func (s *server) asOf(c echo.Context) (time.Time, error) {
	asked := c.QueryParam("time")
	if asked == "" {
		return time.Time{}, nil
	}
	at, err := verifier.ParseMoment(asked, s.c.Clock())
	if err != nil {
		return at, fail(reasonParameter, err)
	}
	return at, nil
}

// verify answers a program: text, a form or a file in, the result out. It is
// open to everyone and records nothing.
func (s *server) verify(c echo.Context) error {
	in, err := s.read(c)
	if err != nil {
		return err
	}
	if in.asOf, err = s.asOf(c); err != nil {
		return err
	}
	_, r, err := s.examine(c, "api", in)
	if err != nil {
		return err
	}
	return s.answerResult(c, r)
}

// verifyPage answers the form of the home page.
func (s *server) verifyPage(c echo.Context) error {
	in, err := s.read(c)
	if err != nil {
		return err
	}
	text, r, err := s.examine(c, "form", in)
	if err != nil {
		return err
	}
	method := "" // typed, or pasted
	if in.scanned {
		method = "file"
	}
	return s.answerPage(c, inspection{text: text, result: r, method: method, status: http.StatusOK})
}

// verifyRequest is the JSON body of a verification.
type verifyRequest struct {
	Text string `json:"text"`
}

// read takes what is to be verified in whatever form the request brings it.
func (s *server) read(c echo.Context) (handedIn, error) {
	media, err := mediaType(c)
	if err != nil {
		return handedIn{}, err
	}
	switch media {
	case "application/json":
		b, err := readBody(c)
		if err != nil {
			return handedIn{}, err
		}
		if text, ok := plainText(b); ok {
			return typed(text)
		}
		var request verifyRequest
		if err := decode(b, &request); err != nil {
			return handedIn{}, err
		}
		return typed(request.Text)
	case "text/plain":
		b, err := readBody(c)
		if err != nil {
			return handedIn{}, err
		}
		return typed(string(b))
	case "application/x-www-form-urlencoded":
		if err := c.Request().ParseForm(); err != nil {
			return handedIn{}, formError(err)
		}
		return typed(c.Request().PostForm.Get("text"))
	case "multipart/form-data":
		return s.readForm(c)
	case "image/png", "image/jpeg", "application/pdf":
		b, err := readBody(c)
		if err != nil {
			return handedIn{}, err
		}
		return s.scan(c, b)
	}
	return handedIn{}, fail(reasonMediaType, fmt.Errorf("body is %q", media))
}

// plainText gives the text of a body that is {"text":"…"}, without white space
// and escapes, as nearly all are: one look in the place of two.
func plainText(body []byte) (string, bool) {
	rest, begins := bytes.CutPrefix(body, []byte(`{"text":"`))
	text, ends := bytes.CutSuffix(rest, []byte(`"}`))
	if !begins || !ends {
		return "", false
	}
	for _, c := range text {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return "", false
		}
	}
	return string(text), true
}

// typed is a text as it is.
func typed(text string) (handedIn, error) {
	if len(text) > maxText {
		return handedIn{}, fail(reasonTooLarge, fmt.Errorf("text of %d bytes", len(text)))
	}
	return handedIn{texts: []string{text}}, nil
}

// readForm reads the fields text and file; a file, where one was chosen,
// comes before what stands in the text field. Parts are read one by one, so
// nothing of an upload is ever written to the disk.
func (s *server) readForm(c echo.Context) (handedIn, error) {
	parts, err := c.Request().MultipartReader()
	if err != nil {
		return handedIn{}, fail(reasonMalformed, err)
	}
	var text string
	for fields := 0; ; fields++ {
		part, err := parts.NextPart()
		if err == io.EOF && fields > 0 {
			return typed(text)
		}
		if err != nil {
			return handedIn{}, formError(err)
		}
		b, err := io.ReadAll(part)
		if err != nil {
			return handedIn{}, formError(err)
		}
		switch part.FormName() {
		case "text":
			text = string(b)
		case "file":
			if len(b) > 0 {
				return s.scan(c, b)
			}
		default:
			return handedIn{}, fail(reasonMalformed, errors.New("the form has an unknown field"))
		}
	}
}

func formError(err error) error {
	if failureOf(err).Reason == reasonTooLarge {
		return err
	}
	return fail(reasonMalformed, err)
}

// scan finds the texts of the codes in a file; none is no error. Few files are
// read at a time, since one takes a second and up to some hundred megabytes, in a process of
// its own; who comes too late is asked to come again.
func (s *server) scan(c echo.Context, file []byte) (in handedIn, err error) {
	select {
	case s.scans <- struct{}{}:
		defer func() { <-s.scans }()
	default:
		return in, &failure{Reason: reasonBusy, retryAfter: 2}
	}
	in.scanned = true
	c.Set(keyFile, true)
	if scan.IsPDF(file) {
		in.pdf = file
	}
	in.texts, err = s.c.Read(c.Request().Context(), file)
	if errors.Is(err, scan.ErrNoCode) {
		return in, nil
	}
	return in, err
}

// prefersPage says whether the client would rather have HTML than JSON. A
// browser names text/html; a program names JSON or nothing in particular.
func prefersPage(r *http.Request) bool {
	page, data := 0.0, 0.0
	for _, header := range r.Header.Values("Accept") {
		for _, item := range strings.Split(header, ",") {
			media, q := quality(item)
			switch media {
			case "text/html", "application/xhtml+xml":
				page = max(page, q)
			case "application/json", "application/problem+json":
				data = max(data, q)
			}
		}
	}
	return page > 0 && page >= data || data == 0
}

// quality reads one item of an Accept header, or of Accept-Encoding.
func quality(item string) (media string, q float64) {
	media, parameters, err := mime.ParseMediaType(item)
	if err != nil {
		return "", 0
	}
	q = 1
	if value, given := parameters["q"]; given {
		if _, err := fmt.Sscanf(value, "%g", &q); err != nil || !(q >= 0 && q <= 1) {
			q = 0
		}
	}
	return media, q
}

// home answers with the page that says what this place is.
func (s *server) home(c echo.Context) error {
	s.headPage(c)
	if s.c.Tour != nil {
		if tour := s.c.Tour(); tour != nil {
			c.Response().Header().Set("Content-Security-Policy", pages.TourPolicy())
			return pages.Tour(c.Response(), *tour)
		}
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=300")
	return pages.Home(c.Response(), pages.HomePage{Issuer: s.c.IssuerName, Demonstration: s.c.Demonstration, Scanner: s.c.Scanner != nil})
}

// problems explains the reasons of error responses.
func (s *server) problems(c echo.Context) error {
	s.headPage(c)
	c.Response().Header().Set("Cache-Control", "public, max-age=3600")
	return pages.Problems(c.Response(), table)
}
