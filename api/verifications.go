package api

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"yizheng/api/access"
	"yizheng/license"
	"yizheng/register"
	"yizheng/verifier"
)

// verificationRequest is what an inspector states beside the code: every use
// of a license has a purpose. The organisation is the token's authority, and
// may be left out; the operator is the token's subject where left out.
type verificationRequest struct {
	Text         string `json:"text"`
	Place        string `json:"place"`
	Purpose      string `json:"purpose"`
	Organisation string `json:"organisation"`
	Operator     string `json:"operator"`
	Matter       string `json:"matter"`
	Method       string `json:"method"`

	Found   string    `json:"found"` // by a device that was off line, at FoundAt
	FoundAt time.Time `json:"foundAt"`
}

// recordedVerification is the record and what was found.
type recordedVerification struct {
	Verification license.Verification `json:"verification"`
	Result       verifier.Result      `json:"result"`
	Repeated     bool                 `json:"repeated,omitempty"` // it was recorded before, and nothing was written now
}

// recordVerification verifies, records that it was done, and queues the
// filing. The same request under the same key gives the record that was made
// first.
func (s *server) recordVerification(c echo.Context) error {
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	var request verificationRequest
	if err := decodeJSON(c, &request); err != nil {
		return err
	}
	if _, err := typed(request.Text); err != nil {
		return err
	}
	answer, err := s.record(c, grantOf(c), key, request)
	if err != nil {
		return err
	}
	return c.JSON(created(answer.Repeated), answer)
}

// record verifies, records the check in the name of whoever the grant stands
// for, and queues its filing: once for a key.
func (s *server) record(c echo.Context, g access.Grant, key string, request verificationRequest) (answer recordedVerification, _ error) {
	switch {
	case g.Authority == "":
		return answer, fail(reasonAuthority, nil)
	case request.Organisation != "" && request.Organisation != g.Authority:
		return answer, fail(reasonOrganisation, nil)
	}
	if request.Operator == "" {
		request.Operator = g.Subject
	}
	if err := request.check(s.c.Clock()); err != nil {
		return answer, err
	}
	_, result := s.examineTexts(c, "record", handedIn{texts: []string{request.Text}})
	if result.License == nil {
		return answer, &failure{Reason: reasonNotRecordable, outcome: string(result.Outcome)}
	}
	if err := s.useUp(c, key, &result); err != nil {
		return answer, err
	}
	v := license.Verification{
		ID: recordID(key), License: result.License.Identifier, Outcome: string(result.Outcome),
		At: s.c.Clock().UTC().Truncate(time.Second), Region: s.c.Region, Place: request.Place, Purpose: request.Purpose,
		Organisation: g.Authority, Operator: request.Operator, Matter: request.Matter, Method: request.Method,
		Found: request.Found, FoundAt: request.FoundAt.UTC().Truncate(time.Second),
		Presentation: presenceOf(result, request.FoundAt),
	}
	answer = recordedVerification{Verification: v, Result: result}
	err := s.c.Register.AddVerification(c.Request().Context(), v)
	if errors.Is(err, register.ErrRecorded) {
		answer.Repeated = true
		answer.Verification, err = s.recordedBefore(c, v)
		if answer.Verification.Presentation == string(verifier.Passed) {
			setPresence(&answer.Result, verifier.Passed, "") // this very check has used it up
		}
	}
	return answer, err
}

// recordID is the number of the record that is made under a key.
func recordID(key string) string {
	digest := sha256.Sum256([]byte(key))
	return hex.EncodeToString(digest[:16])
}

// listed is how many records of one license are looked at and shown at most.
const listed = 1000

// recordedBefore finds what was recorded under the key of v, if it is the same
// check but for its instant and what came out.
func (s *server) recordedBefore(c echo.Context, v license.Verification) (license.Verification, error) {
	records, err := s.c.Register.Verifications(c.Request().Context(), v.License.String(), listed)
	if err != nil {
		return license.Verification{}, err
	}
	for _, before := range records {
		v.At, v.Outcome, v.Presentation = before.At, before.Outcome, before.Presentation
		if before == v {
			return before, nil
		}
	}
	return license.Verification{}, fail(reasonKeyReused, nil)
}

// trim takes white space off the ends of what a person wrote.
func (r *verificationRequest) trim() {
	for _, text := range []*string{&r.Place, &r.Purpose, &r.Matter} {
		*text = strings.TrimSpace(*text)
	}
}

// outcomes are those that a genuine license can have had off line: of others
// nothing is recorded.
var outcomes = map[string]bool{
	string(verifier.Valid): true, string(verifier.PartiallyValid): true, string(verifier.Invalid): true,
	string(verifier.NotRecognised): true, string(verifier.Unknown): true,
}

// methods are the ways in which a code can have been read.
var methods = map[string]bool{"": true, "camera": true, "scanner": true, "file": true, "link": true}

// A check that was made off line may be recorded for so long; and the clock of
// the device that made it may be so far ahead of ours.
const (
	recordWithin = 90 * 24 * time.Hour
	clockAhead   = 10 * time.Minute
)

// check holds what a person wrote to the rules of human text, all at once, and
// a check that was made before to the time that it may wait.
func (r verificationRequest) check(now time.Time) error {
	var faults license.Faults
	for _, f := range []struct {
		field, text string
		required    bool
		most        int
	}{
		{"place", r.Place, false, 200},
		{"purpose", r.Purpose, true, 200},
		{"operator", r.Operator, true, 100},
		{"matter", r.Matter, false, 200},
	} {
		switch {
		case f.text == "" && f.required:
			faults = append(faults, license.Fault{Field: f.field, Reason: "missing", Message: "A value is required.", MessageZH: "此项必须填写。"})
		case f.text == "":
		case len([]rune(f.text)) > f.most:
			faults = append(faults, license.Fault{Field: f.field, Reason: "too_long", Message: "The text is too long.", MessageZH: "文字过长。"})
		case license.CheckText(f.text) != nil:
			faults = append(faults, license.Fault{Field: f.field, Reason: "bad_text", Message: "The text has characters that are not allowed.", MessageZH: "含有不允许的字符。"})
		}
	}
	if (r.Found == "") != r.FoundAt.IsZero() || r.Found != "" && !outcomes[r.Found] {
		faults = append(faults, license.Fault{Field: "found", Reason: "bad_found",
			Message: "found is an outcome, and goes with foundAt.", MessageZH: "found应为核验结论，并与foundAt同时填写。"})
	}
	if r.Found != "" && (r.FoundAt.Before(now.Add(-recordWithin)) || r.FoundAt.After(now.Add(clockAhead))) {
		faults = append(faults, license.Fault{Field: "foundAt", Reason: "bad_instant",
			Message: "The instant lies in the future, or more than 90 days back.", MessageZH: "时间在将来，或已超过90天。"})
	}
	if !methods[r.Method] {
		faults = append(faults, license.Fault{Field: "method", Reason: "unknown_method",
			Message: "The methods are camera, scanner, file and link.", MessageZH: "识读方式只有camera、scanner、file、link。"})
	}
	return faults.Err()
}

// listedVerifications are the records of one license's checks.
type listedVerifications struct {
	Verifications []license.Verification `json:"verifications"`
}

// listVerifications shows who checked a license, the newest first.
func (s *server) listVerifications(c echo.Context) error {
	limit, err := limitParameter(c, 50, listed)
	if err != nil {
		return err
	}
	records, err := s.c.Register.Verifications(c.Request().Context(), c.Param("id"), limit)
	if err != nil {
		return err
	}
	if records == nil {
		records = []license.Verification{}
	}
	return c.JSON(http.StatusOK, listedVerifications{records})
}
