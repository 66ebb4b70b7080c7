package verifier

import (
	"strings"

	"yizheng/license"
	"yizheng/status"
)

// standing is what is known of a license beyond its text: the acts of its
// authorities and issuer since.
type standing struct {
	version Reason   // why this version stands no more, empty where nothing says so
	permits []Reason // the same of each permit
	gap     Reason   // why it is not known whether the rest is still good; empty where it is known
	future  bool     // it is dated ahead of the clock
	ended   bool     // it is a derived copy, and its term is over
}

// checkStatus reads the license's entries: the version's, then one for each
// permit. What a list says to be bad stays bad however old the list is; that
// something is good has to be said lately.
func (e *examination) checkStatus() {
	l := e.license
	s := &e.standing
	s.permits = make([]Reason, len(l.Permits))
	s.version = e.readRecord()
	e.readEntries()
	e.nameSuccessor()
	bad := 0
	for _, reason := range s.permits {
		if reason != "" {
			bad++
		}
	}
	switch {
	case s.version != "":
		e.check(StatusCheck, Failed, s.version)
	case bad == len(l.Permits):
		e.check(StatusCheck, Failed, PermitsNotInForce)
	case s.gap != "":
		e.check(StatusCheck, NotDone, s.gap)
	case bad > 0:
		e.check(StatusCheck, Warned, PermitsNotInForce)
	default:
		e.check(StatusCheck, Passed, "")
	}
}

// readRecord asks the issuer's signed record for a newer version.
func (e *examination) readRecord() Reason {
	record, held := e.v.lists.record(e.key.Issuer, e.license.Identifier.Base())
	if !held {
		return ""
	}
	e.tick(record.Issued)
	e.record = record.Record
	newest := record.Newest().Identifier
	if e.moment != nil { // the list of then says whether there was a newer one then
		return ""
	}
	if newest.Version <= e.license.Identifier.Version {
		return ""
	}
	e.successor = &newest
	return Superseded
}

// readEntries reads the status entries into e.standing.
func (e *examination) readEntries() {
	s := &e.standing
	first, last := e.entries()
	if last >= 1<<32 {
		s.gap = StatusIndexInvalid
		return
	}
	lists := e.openLists(uint32(first), uint32(last))
	if e.precedeIssue(lists, uint32(first)) {
		if s.gap = StatusListEarlier; e.moment != nil {
			s.gap = NotIssuedThen
		}
		return
	}
	for i := range 1 + len(s.permits) {
		chunk, offset := status.Locate(uint32(first) + uint32(i))
		list, held := lists[chunk]
		if !held {
			continue
		}
		switch found := entryReason(list.At(offset)); {
		case found == "":
		case found == StatusValueUnknown, i > 0 && found == Superseded:
			// A later program may know what this means; it is not "valid".
			s.gap = StatusValueUnknown
		case i > 0:
			s.permits[i-1] = found
		case s.version == "":
			s.version = found
		}
	}
}

// entries gives the first and the last of the license's entries: the version's,
// and one for each permit.
func (e *examination) entries() (first, last uint64) {
	first = uint64(e.license.StatusIndex)
	return first, first + uint64(len(e.license.Permits))
}

// precedeIssue says whether the lists were made before the license's entries
// were assigned: the version's entry reads as one of nobody, and the list is
// not of a later day than the license. No issuer writes that value at a
// version of its own, so nothing that is known to be bad is passed over; and
// a thief's entry of nobody is not called valid, but unknown for a day.
func (e *examination) precedeIssue(lists map[uint32]heldList, first uint32) bool {
	chunk, offset := status.Locate(first)
	list, held := lists[chunk]
	return held && list.At(offset) == status.Revoked && license.DateOf(list.IssuedAt) <= e.license.IssueDate
}

// openLists finds the lists of the entries from first to last — one, or two
// where the entries run over the edge of a chunk — and notes why what they
// call valid is not to be believed: one is missing, or too old. All of them
// set the clock before any is judged by it.
func (e *examination) openLists(first, last uint32) map[uint32]heldList {
	if e.moment != nil {
		return e.openPast(first, last)
	}
	lists := e.gather(first, last, func(uri string) (heldList, Reason) {
		held, reason := e.v.lists.list(e.key.Issuer, uri)
		if reason == "" {
			e.tick(held.IssuedAt)
		}
		return held, reason
	})
	if end := e.v.limits.Until; !end.IsZero() && !e.at.Before(end) {
		e.lack(BundleExpired)
	}
	from, _ := status.Locate(first)
	to, _ := status.Locate(last)
	for chunk := from; chunk <= to; chunk++ { // in order, so that always the same one's fault is told
		held, found := lists[chunk]
		switch {
		case !found: // gather has told it
		case !e.at.Before(held.Expires):
			e.lack(StatusListExpired)
		case e.at.Sub(held.IssuedAt) > e.v.limits.Status:
			e.lack(StatusListTooOld)
		}
	}
	return lists
}

// gather looks up the lists of the entries from first to last, by chunk.
func (e *examination) gather(first, last uint32, look func(uri string) (heldList, Reason)) map[uint32]heldList {
	from, _ := status.Locate(first)
	to, _ := status.Locate(last)
	lists := make(map[uint32]heldList, 1)
	for chunk := from; chunk <= to; chunk++ {
		held, reason := look(status.Address(e.key.Issuer.StatusBase, chunk))
		if reason != "" {
			e.lack(reason)
			continue
		}
		lists[chunk] = held
		if e.status == nil || held.IssuedAt.Before(e.status.IssuedAt) {
			e.status = held.List // the older one is what the answer's age is told by
		}
	}
	return lists
}

// lack notes the first reason why it is not known whether the rest is good.
func (e *examination) lack(reason Reason) {
	if e.standing.gap == "" {
		e.standing.gap = reason
	}
}

// entryReason says what an entry stands for; empty for valid.
func entryReason(v status.Value) Reason {
	switch v {
	case status.Valid:
		return ""
	case status.Revoked:
		return Revoked
	case status.Suspended:
		return Suspended
	case status.Superseded:
		return Superseded
	case status.Withdrawn:
		return Withdrawn
	case status.Cancelled:
		return Cancelled
	}
	return StatusValueUnknown
}

// checkValidity looks at the days: of issue, and of each permit.
func (e *examination) checkValidity() {
	today := license.DateOf(e.asked())
	switch c := e.copy; {
	case e.beyond():
		e.lack(ClockBeyond)
		e.check(ValidityCheck, NotDone, ClockBeyond)
		return
	case e.notYetIssued():
		e.standing.future = true
		e.check(ValidityCheck, Failed, NotIssuedThen)
		return
	case e.license.IssueDate > today, c != nil && license.DateOf(c.Made) > today:
		e.standing.future = true
		e.check(ValidityCheck, Failed, IssuedInFuture)
		return
	case c != nil && c.Until < today:
		e.standing.ended = true
		e.check(ValidityCheck, Failed, CopyExpired)
		return
	}
	inForce, reason := 0, Reason("")
	for _, p := range e.license.Permits {
		switch r := dateReason(p.StateOn(today)); {
		case r == "":
			inForce++
		case reason == "":
			reason = r
		case reason != r:
			reason = PermitsNotInForce
		}
	}
	switch inForce {
	case len(e.license.Permits):
		e.check(ValidityCheck, Passed, "")
	case 0:
		e.check(ValidityCheck, Failed, reason)
	default:
		e.check(ValidityCheck, Warned, reason)
	}
}

// beyond says whether the clock is past the last day that there is, so that it
// cannot be told what has begun or ended.
func (e *examination) beyond() bool { return e.moment == nil && license.DateOf(e.at).IsZero() }

func dateReason(s license.State) Reason {
	switch s {
	case license.NotYetValid:
		return NotYetValid
	case license.Expired:
		return Expired
	}
	return ""
}

// permitState joins what the acts and what the days say of a permit. An act
// is told before the lapse of time, which would have made it needless.
func (e *examination) permitState(i int, today license.Date) (license.State, Reason) {
	switch reason := e.standing.permits[i]; reason {
	case "":
	case Revoked:
		return license.Revoked, reason
	case Suspended:
		return license.Suspended, reason
	case Withdrawn:
		return license.Withdrawn, reason
	case Cancelled:
		return license.Cancelled, reason
	default:
		return license.Unknown, reason
	}
	if e.beyond() {
		return license.Unknown, e.standing.gap
	}
	state := e.license.Permits[i].StateOn(today)
	if state == license.Valid && e.standing.gap != "" {
		return license.Unknown, e.standing.gap
	}
	return state, dateReason(state)
}

// chunkOf reads the chunk off the address of a list below base.
func chunkOf(base, uri string) (uint32, bool) {
	rest, ok := strings.CutPrefix(uri, base)
	if !ok || rest == "" || len(rest) > 10 {
		return 0, false
	}
	n := uint64(0)
	for _, c := range rest {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return uint32(n), n < 1<<32
}
