package api

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"yizheng/api/schemas"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/status"
)

//go:embed openapi.yaml
var description []byte

// OpenAPI gives the description of this interface, as it is served.
func OpenAPI() []byte { return description }

// describe answers with the description of this interface.
func (s *server) describe(c echo.Context) error {
	return publish(c, "application/yaml", description, time.Hour)
}

// schema answers with the JSON Schema of a document that others read.
func (s *server) schema(c echo.Context) error {
	schema, err := schemas.Read(c.Param("name"))
	if err != nil {
		return fail(reasonNotFound, err)
	}
	return publish(c, "application/schema+json", schema, time.Hour)
}

// robots keeps what holds codes out of search engines.
func (s *server) robots(c echo.Context) error {
	return publish(c, "text/plain; charset=utf-8", []byte("User-agent: *\nDisallow: /v/\nDisallow: /h/\nDisallow: /v1/\nDisallow: /desk\n"), 24*time.Hour)
}

// icon sends browsers, which ask every place for it, to the scanner's.
func (s *server) icon(c echo.Context) error {
	return c.Redirect(http.StatusMovedPermanently, "/scan/icon.svg")
}

// keys answers with the issuer's public keys.
func (s *server) keys(c echo.Context) error {
	return publish(c, "application/jwk-set+json", s.c.Keys(), 5*time.Minute)
}

// trust answers with the trust list, the recognition policy and the authority
// directory, each signed by the roots. The roots themselves are not in it:
// whoever believes them has them from elsewhere.
func (s *server) trust(c echo.Context) error {
	return publish(c, "application/json", s.c.Trust(), 5*time.Minute)
}

// publish answers with something that everybody may read and keep for a while,
// pages of other deployments included.
func publish(c echo.Context, media string, content []byte, keep time.Duration) error {
	return publishTagged(c, media, content, tagOf(content), keep)
}

// tagOf is the entity tag of what is published.
func tagOf(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// publishTagged is publish for what has a tag of its own.
func publishTagged(c echo.Context, media string, content []byte, tag string, keep time.Duration) error {
	return publishKept(c, media, content, tag, "public, max-age="+strconv.Itoa(int(max(0, keep)/time.Second)))
}

// publishKept is publishTagged with all that is said of keeping it.
func publishKept(c echo.Context, media string, content []byte, tag, keep string) error {
	h := c.Response().Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", keep)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if matches(c.Request().Header.Get("If-None-Match"), strings.TrimPrefix(tag, "W/")) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, media, content)
}

// matches compares an If-None-Match header with a tag (RFC 9110, section
// 13.1.2).
func matches(header, tag string) bool {
	for _, item := range strings.Split(header, ",") {
		item = strings.TrimPrefix(strings.TrimSpace(item), "W/")
		if item == "*" || item == tag {
			return true
		}
	}
	return false
}

// statusList answers with a signed status list. It may be kept for as long as
// the list itself says, and never past its end.
func (s *server) statusList(c echo.Context) error {
	number, err := strconv.ParseUint(c.Param("chunk"), 10, 32)
	if err != nil || strconv.FormatUint(number, 10) != c.Param("chunk") {
		return fail(reasonNotFound, err)
	}
	if at := c.QueryParam("time"); at != "" {
		return s.answerAt(c, uint32(number), at)
	}
	address := s.c.URL + c.Request().URL.Path
	p, err := s.shelf.list(c.Request().Context(), uint32(number), s.known(address))
	if err != nil {
		return err
	}
	if p.Token == "" {
		return fail(reasonNotFound, nil)
	}
	if since := c.QueryParam("since"); since != "" {
		return s.answerSince(c, address, p, since)
	}
	s.lineage.note(address, p.Token)
	return s.answerSigned(c, "application/"+status.Type, p, listTTL)
}

// answerAt answers with a status list as it was at an instant, in seconds since
// 1970 (the draft's historical resolution). Making one takes a look at every
// license of the list, so it is as rare for one client as verifying is.
func (s *server) answerAt(c echo.Context, number uint32, at string) error {
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || seconds < 0 || seconds > maxInstant {
		return fail(reasonParameter, errors.New("time is no number of seconds since 1970"))
	}
	if s.c.History == nil {
		return fail(reasonNoHistory, nil)
	}
	return s.limited(func(c echo.Context) error {
		token, err := s.c.History(c.Request().Context(), number, time.Unix(seconds, 0))
		switch {
		case errors.Is(err, issuer.ErrNotFound):
			return fail(reasonNotFound, err)
		case errors.Is(err, issuer.ErrNoHistory):
			return fail(reasonNoHistory, err)
		case err != nil:
			return err
		}
		if s.c.Clock().Sub(time.Unix(seconds, 0)) < settled {
			return publishKept(c, "application/"+status.Type, []byte(token), tagOf([]byte(token)), "no-store")
		}
		return publish(c, "application/"+status.Type, []byte(token), historyTTL)
	})(c)
}

const (
	maxInstant = 1 << 36 // seconds, the year 4147
	historyTTL = time.Hour
	// settled is how long ago an instant is of which nothing more is written: an
	// act of the second that runs still belongs to it, whichever node's clock it has.
	settled = time.Minute
)

// known is the sequence that the list of an address is known to have by now.
func (s *server) known(address string) uint64 {
	if s.c.Sequence == nil {
		return 0
	}
	return s.c.Sequence(address)
}

// answerSince answers whoever holds the list of an earlier sequence with what
// has changed, where that is known and shorter, and else with the whole list.
// The tag is that of the whole list either way, so that one who put the delta
// together asks with the tag of what he has.
func (s *server) answerSince(c echo.Context, address string, p issuer.Published, since string) error {
	n, err := strconv.ParseUint(since, 10, 53)
	if err != nil {
		return fail(reasonParameter, errors.New("since is no sequence"))
	}
	delta, ok := s.lineage.since(address, p.Token, n)
	if !ok {
		return s.answerSigned(c, "application/"+status.Type, p, listTTL)
	}
	keep := min(listTTL, p.ExpiresAt.Sub(s.c.Clock()))
	return publishTagged(c, status.DeltaType, delta, "W/"+tagOf([]byte(p.Token)), keep)
}

// licenseRecord answers with the signed record of a license's versions.
func (s *server) licenseRecord(c echo.Context) error {
	if !couldBeBase(c.Param("license")) {
		return fail(reasonNotFound, nil)
	}
	p, err := s.shelf.record(c.Request().Context(), c.Param("license"))
	if err != nil {
		return err
	}
	return s.answerSigned(c, "application/jwt", p, listTTL)
}

// couldBeBase says whether a license could have this name without its version:
// what has another form is not looked for.
func couldBeBase(name string) bool {
	rest, ok := strings.CutPrefix(name, license.IdentifierRoot+".")
	strange := func(r rune) bool { return r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') }
	return ok && len(rest) <= 100 && strings.Count(rest, ".") == 2 && !strings.ContainsFunc(rest, strange)
}

// listTTL is how long others may keep a list without asking. It is short,
// since what it delays is the news that a permit was revoked.
const listTTL = time.Minute

func (s *server) answerSigned(c echo.Context, media string, p issuer.Published, keep time.Duration) error {
	if p.Token == "" {
		return fail(reasonNotFound, nil)
	}
	if !p.ExpiresAt.IsZero() {
		keep = min(keep, p.ExpiresAt.Sub(s.c.Clock()))
	}
	return publish(c, media, []byte(p.Token), keep)
}

// shelf keeps what is published at hand for a second, so that many verifiers
// asking for the same list are one look into the register.
type shelf struct {
	lists Lists
	now   func() time.Time

	mu   sync.Mutex
	held map[string]held
	// missing is since when it has been known of a name that nothing is there.
	// It is bounded by itself, so that made-up names drive nothing else out.
	missing map[string]time.Time
}

type held struct {
	published issuer.Published
	at        time.Time
}

const (
	shelfTime = time.Second
	shelfSize = 4096
)

func newShelf(l Lists, now func() time.Time) *shelf {
	return &shelf{lists: l, now: now, held: map[string]held{}, missing: map[string]time.Time{}}
}

// list gives a status list that has a sequence at least: one that is known to
// be older is not kept.
func (s *shelf) list(ctx context.Context, number uint32, least uint64) (issuer.Published, error) {
	return s.get(strconv.FormatUint(uint64(number), 10), least, func() (issuer.Published, error) {
		chunk, err := s.lists.Chunk(ctx, number)
		if err != nil {
			return issuer.Published{}, fmt.Errorf("reading status list %d: %w", number, err)
		}
		return chunk.Published, nil
	})
}

func (s *shelf) record(ctx context.Context, license string) (issuer.Published, error) {
	return s.get("/"+license, 0, func() (issuer.Published, error) {
		record, err := s.lists.Record(ctx, license)
		if err != nil {
			return issuer.Published{}, fmt.Errorf("reading a license's record: %w", err)
		}
		return record.Published, nil
	})
}

// get gives what is held under the name, or what read gives.
func (s *shelf) get(name string, least uint64, read func() (issuer.Published, error)) (issuer.Published, error) {
	now := s.now()
	s.mu.Lock()
	h, found := s.held[name]
	since, missing := s.missing[name]
	s.mu.Unlock()
	if age := now.Sub(since); missing && age >= 0 && age < shelfTime && least == 0 {
		return issuer.Published{}, fail(reasonNotFound, nil)
	}
	if age := now.Sub(h.at); found && age >= 0 && age < shelfTime && h.published.Sequence >= least {
		return h.published, nil
	}
	p, err := read()
	if err != nil {
		if errors.Is(err, issuer.ErrNotFound) {
			s.miss(name, now)
			return p, fail(reasonNotFound, err)
		}
		return p, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.held) >= shelfSize {
		clear(s.held)
	}
	s.held[name] = held{p, now}
	return p, nil
}

// miss notes that nothing is there under a name.
func (s *shelf) miss(name string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.missing) >= shelfSize {
		clear(s.missing)
	}
	s.missing[name] = now
}
