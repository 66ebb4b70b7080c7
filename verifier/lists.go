package verifier

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"yizheng/license"
	"yizheng/signature"
	"yizheng/status"
	"yizheng/trust"
)

// Lists holds the status lists, license records and closing lists that a
// verifier knows. A
// token is verified once, when it is added; verifying a license is then a
// look-up. Lists may be used by many goroutines, while others verify.
//
// It is bound to the trust bundle that it was made for: with a newer bundle,
// make newer Lists by [Lists.For].
type Lists struct {
	trust *trust.Bundle

	mu      sync.RWMutex
	lists   map[string]heldList   // by nameOf its address
	records map[string]heldRecord // by nameOf what all versions of a license share
	highest memory                // by the same two, and by documentName
	refused map[string]Reason     // by address: why the last token for it was not taken

	closings closings
}

type heldList struct {
	*status.List
	issuer *trust.Issuer
	token  []byte
}

type heldRecord struct {
	*trust.Record
	issuer *trust.Issuer
	token  []byte
}

// NewLists makes an empty set for the issuers of b.
func NewLists(b *trust.Bundle) *Lists {
	return &Lists{
		trust:   b,
		lists:   make(map[string]heldList),
		records: make(map[string]heldRecord),
		highest: make(memory),
		refused: make(map[string]Reason),

		closings: closingsOf(b),
	}
}

// nameOf is under which a list of an issuer, or the record of a license, is
// held and its sequence remembered. The region keeps an issuer from putting
// its own in the place of another's.
func nameOf(issuer *trust.Issuer, subject string) string {
	return string(issuer.Region) + " " + subject
}

// maxRefused bounds what is remembered of tokens that nobody signed.
const maxRefused = 4096

// Refusal is why a token was not taken. Its reason also appears in the
// results of the licenses that would have needed it.
type Refusal struct {
	Reason  Reason
	Subject string // the address or license that the token speaks of, unverified
	Err     error
}

// Error names the subject and the cause.
func (r *Refusal) Error() string {
	return fmt.Sprintf("verifier: list %q refused (%s): %v", r.Subject, r.Reason, r.Err)
}

// Unwrap gives the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// Add verifies a status list, a license record, or a closing list or one of its
// chunks, and keeps it in the place of an older one. Of a closing list the list
// comes before its chunks. It counts when it is signed with a key of the right use of
// the entry whose address or licenses it speaks of, and its sequence is not
// lower than the highest seen. Errors are of type [*Refusal]; what was held
// before stays. How old a list may be is asked when it is used, not here.
func (l *Lists) Add(token []byte) error { return l.AddFrom("", token) }

// AddFrom is Add for a token that was fetched from an address: it must be the
// list of that very address.
func (l *Lists) AddFrom(uri string, token []byte) error {
	err := l.add(uri, token)
	var r *Refusal
	if errors.As(err, &r) {
		subject := r.Subject
		if uri != "" {
			subject = uri
		}
		l.remember(subject, r.Reason)
	}
	return err
}

func (l *Lists) remember(subject string, reason Reason) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.refused[subject]; known || len(l.refused) < maxRefused {
		l.refused[subject] = reason
	}
}

func (l *Lists) add(uri string, token []byte) error {
	if taken, err := l.addClosing(token); taken {
		return err
	}
	jws, err := signature.Parse(string(token))
	if err != nil {
		return &Refusal{Reason: StatusListMalformed, Subject: uri, Err: err}
	}
	named := l.trust.KeysByID(jws.Header.KeyID)
	if jws.Header.Type == trust.TypeRecord {
		return l.addRecord(token, named)
	}
	list, key, refusal := openList(l.trust, uri, token)
	if refusal != nil {
		return refusal
	}
	if !key.SignsOn(license.DateOf(list.IssuedAt)) {
		return &Refusal{Reason: StatusListKey, Subject: list.Subject, Err: fmt.Errorf("key %s did not sign on that day", jws.Header.KeyID)}
	}
	name := nameOf(key.Issuer, list.Subject)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.advance(name, list.Subject, list.Sequence, key); err != nil {
		return err
	}
	if held, ok := l.lists[name]; ok && held.Sequence == list.Sequence && held.IssuedAt.After(list.IssuedAt) {
		return nil // the same list, dated earlier: the one held is as good and fresher
	}
	l.lists[name] = heldList{List: list, issuer: key.Issuer, token: token}
	return nil
}

// openList verifies a status list by the key of the entry that keeps the list of
// its address: the one that it came from, where that is given. On which day the
// key signs is for the caller to ask.
func openList(b *trust.Bundle, uri string, token []byte) (*status.List, *trust.KeyOf, *Refusal) {
	claimed, err := status.Peek(string(token))
	if err != nil {
		return nil, nil, &Refusal{Reason: StatusListMalformed, Subject: uri, Err: err}
	}
	subject, id := claimed.Subject, claimed.KeyID
	if uri != "" && subject != uri {
		return nil, nil, &Refusal{Reason: StatusListAddress, Subject: uri, Err: fmt.Errorf("it says that it is %s", subject)}
	}
	key := keeperOf(b.KeysByID(id), subject)
	if key == nil {
		return nil, nil, &Refusal{Reason: StatusListKey, Subject: subject, Err: fmt.Errorf("key %s is none for the lists of this address", id)}
	}
	list, err := status.Parse(string(token), key.PublicKey)
	if err != nil {
		return nil, nil, &Refusal{Reason: statusReason(err), Subject: subject, Err: err}
	}
	return list, key, nil
}

// keeperOf finds the key for status lists whose entry keeps the list of an
// address.
func keeperOf(named []trust.KeyOf, subject string) *trust.KeyOf {
	for i, k := range named {
		chunk, ok := chunkOf(k.Issuer.StatusBase, subject)
		if ok && k.Signs(trust.UseStatus) && status.Address(k.Issuer.StatusBase, chunk) == subject {
			return &named[i]
		}
	}
	return nil
}

func (l *Lists) addRecord(token []byte, named []trust.KeyOf) error {
	refusal := &Refusal{Reason: RecordKey, Err: errors.New("its key is none for license records")}
	for _, key := range named {
		if !key.Signs(trust.UseRecord) {
			continue
		}
		record, err := trust.ParseRecord(string(token), key.PublicKey)
		if err != nil {
			refusal = &Refusal{Reason: RecordMalformed, Err: err}
			continue
		}
		id := record.Newest().Identifier
		switch {
		case id.Issuer != string(key.Issuer.Code) || id.Type != key.Issuer.TypeCode:
			refusal = &Refusal{Reason: RecordKey, Subject: record.License, Err: errors.New("the license is not of the issuer that signed")}
		case !key.SignsOn(license.DateOf(record.Issued)):
			refusal = &Refusal{Reason: RecordKey, Subject: record.License, Err: errors.New("its key did not sign on that day")}
		default:
			return l.keepRecord(record, &key, token)
		}
	}
	return refusal
}

func (l *Lists) keepRecord(record *trust.Record, key *trust.KeyOf, token []byte) error {
	name := nameOf(key.Issuer, record.License)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.advance(name, record.License, record.Sequence, key); err != nil {
		return err
	}
	l.records[name] = heldRecord{Record: record, issuer: key.Issuer, token: token}
	return nil
}

// advance moves the highest sequence of subject on, as signed by key, and
// refuses to go back. The caller holds the lock.
func (l *Lists) advance(name, subject string, sequence uint64, key *trust.KeyOf) error {
	if least := l.least(name, key.Issuer.Region, key.Use); sequence < least {
		return &Refusal{Reason: StatusListRolledBack, Subject: subject,
			Err: fmt.Errorf("sequence %d, but %d was seen", sequence, least)}
	}
	l.highest.note(name, sequence, key.PublicKey.KeyID())
	delete(l.refused, subject)
	return nil
}

// For gives Lists for a newer bundle with everything that it still vouches
// for, and the highest sequences of all.
func (l *Lists) For(b *trust.Bundle) *Lists {
	l.mu.RLock()
	var tokens [][]byte
	for _, h := range l.lists {
		tokens = append(tokens, h.token)
	}
	for _, h := range l.records {
		tokens = append(tokens, h.token)
	}
	tokens = append(tokens, l.closings.parts()...)
	highest := l.highest.flat()
	l.mu.RUnlock()
	newer := NewLists(b)
	newer.Restore(highest)
	for _, token := range tokens {
		_ = newer.Add(token) // what the newer bundle does not vouch for is left behind, remembered as refused
	}
	return newer
}

// list looks a status list of an issuer up, or says why there is none.
func (l *Lists) list(issuer *trust.Issuer, uri string) (heldList, Reason) {
	if l == nil {
		return heldList{}, StatusListMissing
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	name := nameOf(issuer, uri)
	if held, ok := l.lists[name]; ok {
		if held.Sequence < l.least(name, issuer.Region, trust.UseStatus) { // restored after it was added
			return heldList{}, StatusListRolledBack
		}
		return held, ""
	}
	if reason, ok := l.refused[uri]; ok {
		return heldList{}, reason
	}
	return heldList{}, StatusListMissing
}

// record looks up the record of a license of an issuer.
func (l *Lists) record(issuer *trust.Issuer, base string) (heldRecord, bool) {
	if l == nil {
		return heldRecord{}, false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	name := nameOf(issuer, base)
	held, ok := l.records[name]
	return held, ok && held.Sequence >= l.least(name, issuer.Region, trust.UseRecord)
}

// Expires gives the end of the list held for an address, for a caller that
// keeps copies of it.
func (l *Lists) Expires(uri string) (time.Time, bool) {
	for _, issuer := range l.trust.Issuers {
		if _, ours := chunkOf(issuer.StatusBase, uri); ours {
			if held, reason := l.list(issuer, uri); reason == "" {
				return held.Expires, true
			}
		}
	}
	return time.Time{}, false
}

// Sequence gives the sequence of the list held for an address; 0 for none.
func (l *Lists) Sequence(uri string) uint64 {
	for _, issuer := range l.trust.Issuers {
		if _, ours := chunkOf(issuer.StatusBase, uri); ours {
			if held, reason := l.list(issuer, uri); reason == "" {
				return held.Sequence
			}
		}
	}
	return 0
}

// Held is one status list that is held, for a caller that shows how old its
// lists are, or hands them on.
type Held struct {
	Source
	Region license.Region // of the issuer that signed it
	Token  []byte         // as it was added; not to be changed
}

// Held lists the status lists that are held and not rolled back, by address.
// Ages are left at zero: they are a matter of the clock.
func (l *Lists) Held() []Held {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var held []Held
	for name, h := range l.lists {
		if h.Sequence < l.least(name, h.issuer.Region, trust.UseStatus) {
			continue
		}
		held = append(held, Held{
			Source: Source{URI: h.Subject, Sequence: h.Sequence, Issued: h.IssuedAt, Expires: h.Expires}, Region: h.issuer.Region, Token: h.token,
		})
	}
	slices.SortFunc(held, func(a, b Held) int { return strings.Compare(a.URI, b.URI) })
	return held
}

// statusReason gives the reason for which a list was not taken.
func statusReason(err error) Reason {
	switch {
	case errors.Is(err, signature.ErrSignature):
		return StatusListSignature
	case errors.Is(err, signature.ErrType), errors.Is(err, signature.ErrKey), errors.Is(err, signature.ErrAlgorithm):
		return StatusListKey
	}
	return StatusListMalformed
}
