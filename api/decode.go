package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
)

// decodeJSON reads the body as one JSON value into v: no unknown members,
// nothing after it, and said to be JSON.
func decodeJSON(c echo.Context, v any) error {
	b, err := jsonBody(c)
	if err != nil {
		return err
	}
	return decode(b, v)
}

// decode is decodeJSON for a body that was read.
func decode(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fail(reasonMalformed, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fail(reasonMalformed, errors.New("something follows the value"))
	}
	return nil
}

// jsonBody reads a body that says that it is JSON.
func jsonBody(c echo.Context) ([]byte, error) {
	media, err := mediaType(c)
	if err != nil {
		return nil, err
	}
	if media != echo.MIMEApplicationJSON {
		return nil, fail(reasonMediaType, fmt.Errorf("body is %q, not application/json", media))
	}
	return readBody(c)
}

// mediaType is what the request says that its body is.
func mediaType(c echo.Context) (string, error) {
	header := c.Request().Header.Get(echo.HeaderContentType)
	if header == echo.MIMEApplicationJSON { // nearly always
		return header, nil
	}
	media, _, err := mime.ParseMediaType(header)
	if err != nil {
		return "", fail(reasonMediaType, err)
	}
	return media, nil
}

const maxKey = 128

// idempotencyKey reads the Idempotency-Key header. A client's keys are its
// own: the same key of another subject is another key.
func idempotencyKey(c echo.Context) (string, error) {
	key := c.Request().Header.Get("Idempotency-Key")
	if key == "" || len(key) > maxKey {
		return "", fail(reasonKey, nil)
	}
	for _, b := range []byte(key) {
		if b < '!' || b > '~' {
			return "", fail(reasonKey, nil)
		}
	}
	g := grantOf(c)
	return fmt.Sprintf("%q %q %s", g.Issuer, g.Subject, key), nil
}

// keyOfAct is idempotencyKey for an act, which sets a state and so may do
// without: then there is none.
func keyOfAct(c echo.Context) (string, error) {
	if len(c.Request().Header.Values("Idempotency-Key")) == 0 {
		return "", nil
	}
	return idempotencyKey(c)
}

// limitParameter reads the query's limit.
func limitParameter(c echo.Context, otherwise, most int) (int, error) {
	value := c.QueryParam("limit")
	if value == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > most {
		return 0, fail(reasonParameter, fmt.Errorf("limit is not 1 to %d", most))
	}
	return n, nil
}

// created answers 201 for what is new and 200 for what was there before.
func created(repeated bool) int {
	if repeated {
		return http.StatusOK
	}
	return http.StatusCreated
}
