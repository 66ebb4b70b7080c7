package api

import (
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"
)

// pageLevel is how hard pages are compressed: a third of a millisecond for the
// page of eight permits, to less than a third of its size.
const pageLevel = 5

// compressed answers with what write writes, compressed for whoever takes gzip:
// a page is read in the street. It is for what holds no secret, since of a page
// with a secret and with words of whoever asks, the size tells (CRIME, BREACH).
func (s *server) compressed(c echo.Context, status int, write func(io.Writer) error) error {
	h := c.Response().Header()
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	if !takesGzip(c.Request().Header.Values(echo.HeaderAcceptEncoding)) {
		c.Response().WriteHeader(status)
		return write(c.Response())
	}
	h.Set(echo.HeaderContentEncoding, "gzip")
	c.Response().WriteHeader(status)
	z, ok := s.zips.Get().(*gzip.Writer)
	if !ok {
		z, _ = gzip.NewWriterLevel(nil, pageLevel) // the level is one that there is
	}
	defer s.zips.Put(z)
	z.Reset(c.Response())
	if err := write(z); err != nil {
		return err
	}
	return z.Close()
}

// takesGzip reads Accept-Encoding (RFC 9110, section 12.5.3). Whoever says
// nothing of gzip is not sent any.
func takesGzip(accept []string) bool {
	for _, header := range accept {
		for item := range strings.SplitSeq(header, ",") {
			if coding, q := quality(item); coding == "gzip" {
				return q > 0
			}
		}
	}
	return false
}
