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

// Lists holds the status lists and license records that a verifier knows. A
// token is verified once, when it is added; verifying a license is then a
// look-up. Lists may be used by many goroutines, while others verify.
//
// It is bound to the trust bundle that it was made for: with a newer bundle,
// make newer Lists by [Lists.For].
type Lists struct {
	trust *trust.Bundle

	mu      sync.RWMutex
	lists   map[string]heldList   // by address
	records map[string]heldRecord // by what all versions of a license share
	highest map[string]uint64     // by the same two, and by documentName
	refused map[string]Reason     // by address: why the last token for it was not taken
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
		highest: make(map[string]uint64),
		refused: make(map[string]Reason),
	}
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

// Add verifies a status list or a license record and keeps it in the place of
// an older one. It counts when it is signed with a key of the right use of
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
	jws, err := signature.Parse(string(token))
	if err != nil {
		return &Refusal{Reason: StatusListMalformed, Subject: uri, Err: err}
	}
	key, known := l.trust.KeyByID(jws.Header.KeyID)
	if jws.Header.Type == trust.TypeRecord {
		return l.addRecord(token, key, known)
	}
	subject, _, err := status.Peek(string(token))
	if err != nil {
		return &Refusal{Reason: StatusListMalformed, Subject: uri, Err: err}
	}
	switch {
	case uri != "" && subject != uri:
		return &Refusal{Reason: StatusListAddress, Subject: uri, Err: fmt.Errorf("it says that it is %s", subject)}
	case !known || key.Use != trust.UseStatus:
		return &Refusal{Reason: StatusListKey, Subject: subject, Err: fmt.Errorf("key %s is none for status lists", jws.Header.KeyID)}
	}
	list, err := status.Parse(string(token), key.PublicKey)
	if err != nil {
		return &Refusal{Reason: statusReason(err), Subject: subject, Err: err}
	}
	switch chunk, ok := chunkOf(key.Issuer.StatusBase, list.Subject); {
	case !ok || status.Address(key.Issuer.StatusBase, chunk) != list.Subject:
		return &Refusal{Reason: StatusListKey, Subject: subject, Err: errors.New("its issuer does not keep the lists of this address")}
	case !key.SignsOn(license.DateOf(list.IssuedAt)):
		return &Refusal{Reason: StatusListKey, Subject: subject, Err: fmt.Errorf("key %s did not sign on that day", jws.Header.KeyID)}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.advance(list.Subject, list.Sequence); err != nil {
		return err
	}
	if held, ok := l.lists[list.Subject]; ok && held.Sequence == list.Sequence && held.IssuedAt.After(list.IssuedAt) {
		return nil // the same list, dated earlier: the one held is as good and fresher
	}
	l.lists[list.Subject] = heldList{List: list, issuer: key.Issuer, token: token}
	return nil
}

func (l *Lists) addRecord(token []byte, key trust.KeyOf, known bool) error {
	if !known || key.Use != trust.UseRecord {
		return &Refusal{Reason: RecordKey, Err: errors.New("its key is none for license records")}
	}
	record, err := trust.ParseRecord(string(token), key.PublicKey)
	if err != nil {
		return &Refusal{Reason: RecordMalformed, Err: err}
	}
	id := record.Newest().Identifier
	switch {
	case id.Issuer != string(key.Issuer.Code) || id.Type != key.Issuer.TypeCode:
		return &Refusal{Reason: RecordKey, Subject: record.License, Err: errors.New("the license is not of the issuer that signed")}
	case !key.SignsOn(license.DateOf(record.Issued)):
		return &Refusal{Reason: RecordKey, Subject: record.License, Err: errors.New("its key did not sign on that day")}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.advance(record.License, record.Sequence); err != nil {
		return err
	}
	l.records[record.License] = heldRecord{Record: record, issuer: key.Issuer, token: token}
	return nil
}

// advance moves the highest sequence of subject on, and refuses to go back.
// The caller holds the lock.
func (l *Lists) advance(subject string, sequence uint64) error {
	if highest := l.highest[subject]; sequence < highest {
		return &Refusal{Reason: StatusListRolledBack, Subject: subject,
			Err: fmt.Errorf("sequence %d, but %d was seen", sequence, highest)}
	}
	l.highest[subject] = sequence
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
	highest := make(map[string]uint64, len(l.highest))
	for subject, n := range l.highest {
		highest[subject] = n
	}
	l.mu.RUnlock()
	newer := NewLists(b)
	newer.Restore(highest)
	for _, token := range tokens {
		_ = newer.Add(token) // what the newer bundle does not vouch for is left behind, remembered as refused
	}
	return newer
}

// list looks a status list up, or says why there is none.
func (l *Lists) list(uri string) (heldList, Reason) {
	if l == nil {
		return heldList{}, StatusListMissing
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	if held, ok := l.lists[uri]; ok {
		if held.Sequence < l.highest[uri] { // restored after it was added
			return heldList{}, StatusListRolledBack
		}
		return held, ""
	}
	if reason, ok := l.refused[uri]; ok {
		return heldList{}, reason
	}
	return heldList{}, StatusListMissing
}

// record looks up the record of a license.
func (l *Lists) record(base string) (heldRecord, bool) {
	if l == nil {
		return heldRecord{}, false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	held, ok := l.records[base]
	return held, ok && held.Sequence >= l.highest[base]
}

// Expires gives the end of the list held for an address, for a caller that
// keeps copies of it.
func (l *Lists) Expires(uri string) (time.Time, bool) {
	held, reason := l.list(uri)
	if reason != "" {
		return time.Time{}, false
	}
	return held.Expires, true
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
	for uri, h := range l.lists {
		if h.Sequence < l.highest[uri] {
			continue
		}
		held = append(held, Held{
			Source: Source{URI: uri, Sequence: h.Sequence, Issued: h.IssuedAt, Expires: h.Expires}, Region: h.issuer.Region, Token: h.token,
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
