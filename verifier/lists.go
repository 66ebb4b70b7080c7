package verifier

import (
	"errors"
	"fmt"
	"maps"
	"sync"

	"yizheng/license"
	"yizheng/ration"
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
// make newer Lists by [Lists.For]. What it holds of one issuer, and of all, has
// bounds: see [Room].
type Lists struct {
	trust *trust.Bundle

	mu      sync.RWMutex
	lists   map[string]heldList   // by nameOf its address
	records map[string]heldRecord // by nameOf what all versions of a license share
	highest memory                // by the same two, and by documentName
	refused map[string]refused    // by address: why the last token for it was not taken

	closings closings
	room
}

type heldList struct {
	*status.List
	issuer *trust.Issuer
	token  []byte
	kept   *ration.Entry
}

type heldRecord struct {
	*trust.Record
	issuer *trust.Issuer
	token  []byte
	kept   *ration.Entry
}

type refused struct {
	reason Reason
	kept   *ration.Entry
}

// NewLists makes an empty set for the issuers of b, with the usual room.
func NewLists(b *trust.Bundle) *Lists { return NewListsIn(b, Room{}) }

// NewListsIn makes an empty set for the issuers of b that takes no more room
// than it is given.
func NewListsIn(b *trust.Bundle, r Room) *Lists {
	l := &Lists{
		trust:   b,
		lists:   make(map[string]heldList),
		records: make(map[string]heldRecord),
		highest: make(memory),
		refused: make(map[string]refused),

		closings: closingsOf(b),
	}
	l.room = newRoom(b, r)
	return l
}

// nameOf is under which a list of an issuer, or the record of a license, is
// held and its sequence remembered. The region keeps an issuer from putting
// its own in the place of another's.
func nameOf(issuer *trust.Issuer, subject string) string {
	return string(issuer.Region) + " " + subject
}

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

// remember notes why there is no list of an address; of what is below no
// issuer's addresses nobody will ask.
func (l *Lists) remember(subject string, reason Reason) {
	issuer := l.listedAt(subject)
	if issuer == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r, known := l.refused[subject]
	if !known {
		r.kept = l.refusals.Keep(ownerOf(l.trust, issuer.Region), len(subject)+smallCost, func() { delete(l.refused, subject) })
	}
	r.reason = reason
	if r.kept != nil {
		r.kept.Use()
		l.refused[subject] = r
	}
}

// listedAt finds the issuer whose status list an address would be.
func (l *Lists) listedAt(uri string) *trust.Issuer {
	for _, issuer := range l.trust.Issuers {
		if _, ours := chunkOf(issuer.StatusBase, uri); ours {
			return issuer
		}
	}
	return nil
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
	held := l.lists[name]
	if held.List != nil && held.Sequence == list.Sequence && held.IssuedAt.After(list.IssuedAt) {
		return nil // the same list, dated earlier: the one held is as good and fresher
	}
	held.kept.Release()
	delete(l.lists, name)
	kept := l.copies.Keep(ownerOf(l.trust, key.Issuer.Region), len(token)+listCost, func() { delete(l.lists, name) })
	if kept != nil {
		l.lists[name] = heldList{List: list, issuer: key.Issuer, token: token, kept: kept}
	}
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
	l.records[name].kept.Release()
	delete(l.records, name)
	kept := l.copies.Keep(ownerOf(l.trust, key.Issuer.Region), recordCost*len(token)+smallCost, func() { delete(l.records, name) })
	if kept != nil {
		l.records[name] = heldRecord{Record: record, issuer: key.Issuer, token: token, kept: kept}
	}
	return nil
}

// advance moves the highest sequence of subject on, as signed by key, and
// refuses to go back. The caller holds the lock.
func (l *Lists) advance(name, subject string, sequence uint64, key *trust.KeyOf) error {
	if least := l.least(name, key.Issuer.Region, key.Use); sequence < least {
		return &Refusal{Reason: StatusListRolledBack, Subject: subject,
			Err: fmt.Errorf("sequence %d, but %d was seen", sequence, least)}
	}
	l.noteSequence(name, sequence, key.PublicKey.KeyID())
	l.refused[subject].kept.Release()
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
	over := maps.Clone(l.over)
	l.mu.RUnlock()
	newer := NewListsIn(b, l.given)
	maps.Copy(newer.over, over)
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
		held.kept.Use()
		return held, ""
	}
	if r, ok := l.refused[uri]; ok {
		r.kept.Use()
		return heldList{}, r.reason
	}
	if l.over[issuer.Region] {
		return heldList{}, IssuerOverLimit
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
	if ok {
		held.kept.Use()
	}
	return held, ok && held.Sequence >= l.least(name, issuer.Region, trust.UseRecord)
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
