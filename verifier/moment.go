package verifier

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"yizheng/license"
	"yizheng/status"
	"yizheng/trust"
)

// Moment holds status lists as they were at one instant of the past, for
// [Verifier.VerifyAsOf]. It is made for one trust bundle and for one caller at
// a time. A list of then never mixes with [Lists]: what it says is true of then
// alone.
type Moment struct {
	at      time.Time
	trust   *trust.Bundle
	lists   map[string]pastList // by nameOf its address
	refused map[string]Reason   // by address
}

// pastList is a list of then, and the key that has signed it.
type pastList struct {
	*status.List
	key *trust.KeyOf
}

// NewMoment makes an empty set for the issuers of b and an instant, which is
// cut to whole seconds.
func NewMoment(b *trust.Bundle, at time.Time) *Moment {
	return &Moment{
		at: at.UTC().Truncate(time.Second), trust: b,
		lists: make(map[string]pastList), refused: make(map[string]Reason),
	}
}

// ParseMoment reads the moment that somebody asks for: an instant as in RFC 3339,
// or a day such as 2026-05-01 in China's time, which stands for its last second:
// whatever was done on it counts. The day that is not over at the instant now
// stands for the second before.
func ParseMoment(s string, now time.Time) (time.Time, error) {
	if day, err := license.ParseDate(s); err == nil {
		end := day.Start().Add(24*time.Hour - time.Second)
		if day == license.DateOf(now) {
			end = now.Add(-time.Second)
		}
		return end.UTC().Truncate(time.Second), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("%.64q is neither a day such as 2026-05-01 nor an instant such as 2026-05-01T09:00:00+08:00", s)
	}
	if license.DateOf(t).IsZero() {
		return t, fmt.Errorf("%s lies outside 2000-01-01 to 2179-06-05, the days that a license can name", s)
	}
	return t.UTC().Truncate(time.Second), nil
}

// ErrOtherMoment says that what was given is no status list of the moment.
var ErrOtherMoment = errors.New("no status list of that moment")

// Add verifies a status list as it was at the moment: dated to the second, and
// signed with a status key of the entry whose address it speaks of. One that is
// dated otherwise, or is no list, is [ErrOtherMoment]; other errors are of type
// [*Refusal], whose reason also appears in the results. By today's key it may
// be dated before that key's first day: issuers sign looks back when they are
// asked for one. Whether the key signs today is asked when the list is used.
func (m *Moment) Add(token []byte) error {
	switch claimed, err := status.Peek(string(token)); {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrOtherMoment, err)
	case !claimed.IssuedAt.Equal(m.at):
		return fmt.Errorf("%w: it is dated %s", ErrOtherMoment, claimed.IssuedAt.Format(time.RFC3339))
	}
	list, key, refusal := openList(m.trust, "", token)
	if refusal != nil {
		m.refused[refusal.Subject] = refusal.Reason
		return refusal
	}
	m.lists[nameOf(key.Issuer, list.Subject)] = pastList{list, key}
	return nil
}

// list looks the list of an address up, or says why there is none at the
// instant now.
func (m *Moment) list(issuer *trust.Issuer, uri string, now time.Time) (heldList, Reason) {
	held, ok := m.lists[nameOf(issuer, uri)]
	switch {
	case ok && (held.key.Issuer != issuer || !held.key.SignsOn(license.DateOf(now))):
		return heldList{}, StatusListKey
	case ok:
		return heldList{List: held.List}, ""
	case m.refused[uri] != "":
		return heldList{}, m.refused[uri]
	}
	return heldList{}, HistoryMissing
}

// VerifyAsOf says what input was at the moment of m, by what is known at the
// instant now: keys, closing lists and policies count as they are today, and
// what had become of license and permits is read off the lists of m. Nothing is
// said of who shows it. The moment stands in the result.
func (v *Verifier) VerifyAsOf(input string, m *Moment, now time.Time) Result {
	return v.verify(input, m, now)
}

// asked is the instant that the answer is about.
func (e *examination) asked() time.Time {
	if e.moment != nil {
		return e.moment.at
	}
	return e.at
}

// notYetIssued says whether the license, or the derived copy, came after the
// moment that is asked for. Of the day of issue itself the list tells, where it
// reads as one that did not have the license yet.
func (e *examination) notYetIssued() bool {
	if e.moment == nil {
		return false
	}
	return e.standing.gap == NotIssuedThen || e.license.IssueDate > license.DateOf(e.moment.at) ||
		e.copy != nil && e.copy.Made.After(e.moment.at)
}

// openPast is openLists for a moment of the past. Each list is dated at that
// very instant, so none is too old and none sets the clock.
func (e *examination) openPast(first, last uint32) map[uint32]heldList {
	switch {
	case e.moment.at.After(e.at):
		e.lack(TimeAhead)
		return nil
	case e.notYetIssued():
		e.lack(NotIssuedThen)
		return nil
	}
	return e.gather(first, last, func(uri string) (heldList, Reason) {
		held, reason := e.moment.list(e.key.Issuer, uri, e.at)
		if reason != "" && e.wanted == "" {
			e.wanted = uri + "?time=" + strconv.FormatInt(e.moment.at.Unix(), 10)
		}
		return held, reason
	})
}

// nameSuccessor names the newest version that had been issued at the moment,
// where the list of then says that there was a newer one.
func (e *examination) nameSuccessor() {
	if e.moment == nil || e.standing.version != Superseded || e.record == nil {
		return
	}
	for _, v := range e.record.Versions {
		if v.Identifier.Version > e.license.Identifier.Version && v.Issued <= license.DateOf(e.moment.at) {
			e.successor = &v.Identifier
		}
	}
}
