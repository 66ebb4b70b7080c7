package verifier

import (
	"crypto/sha256"

	"yizheng/license"
	"yizheng/trust"
)

// closed is a closing list that the trust lists name, as far as it is held.
type closed struct {
	list   *trust.ClosingList // nil: not held
	bad    bool               // what has this digest is no closing list
	raw    []byte
	chunks map[string]trust.ClosingChunk // by digest
}

// closedBy finds the closing lists that the trust lists of b name.
func closedBy(b *trust.Bundle) map[string]*closed {
	named := make(map[string]*closed)
	name := func(digest string) {
		if digest != "" {
			named[digest] = &closed{chunks: make(map[string]trust.ClosingChunk)}
		}
	}
	for _, issuer := range b.Issuers {
		name(issuer.Closing)
		for _, k := range issuer.Keys {
			name(k.Closing)
		}
	}
	return named
}

// addClosing takes b where it is a closing list that a trust list names, or a
// chunk that one which is held names. It says whether it is. Nothing else has
// to be proven: whoever signed the trust list has named these very bytes.
func (l *Lists) addClosing(b []byte) (taken bool, _ error) {
	if len(l.closed) == 0 {
		return false, nil
	}
	sum := sha256.Sum256(b)
	digest := trust.Digest(b)
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.closed[digest]; c != nil {
		list, err := trust.ParseClosing(b)
		if err != nil {
			c.bad = true
			return true, &Refusal{Reason: ClosingListBad, Subject: digest, Err: err}
		}
		c.list, c.raw = list, b
		return true, nil
	}
	for _, c := range l.closed {
		if c.list == nil || !c.list.Names(sum) {
			continue
		}
		chunk, err := trust.ParseClosingChunk(b)
		if err != nil {
			c.bad = true
			return true, &Refusal{Reason: ClosingListBad, Subject: digest, Err: err}
		}
		c.chunks[digest], taken = chunk, true
	}
	return taken, nil
}

// closingParts gives all that is held of closing lists, each list before its
// chunks. The caller holds the lock.
func (l *Lists) closingParts() (parts [][]byte) {
	for _, c := range l.closed {
		if c.list == nil {
			continue
		}
		parts = append(parts, c.raw)
		for _, chunk := range c.chunks {
			parts = append(parts, chunk)
		}
	}
	return parts
}

// closing looks up the list of a digest and the chunk that would hold sum. What
// is not held is told by its digest.
func (l *Lists) closing(digest string, sum [sha256.Size]byte) (list *trust.ClosingList, chunk trust.ClosingChunk, missing string, bad bool) {
	if l == nil {
		return nil, nil, digest, false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	c := l.closed[digest]
	if c.list == nil || c.bad {
		return nil, nil, digest, c.bad
	}
	of := c.list.Chunk(sum)
	chunk, held := c.chunks[of]
	if !held {
		return nil, nil, of, false
	}
	return c.list, chunk, "", false
}

// checkClosing asks the closing list of a digest, if there is one, whether what
// it closes has signed this license. It must be the list of that key; of an
// entry that was closed as a whole, that of none.
func (e *examination) checkClosing(digest, keyID string) bool {
	if digest == "" {
		return true
	}
	sum := sha256.Sum256(e.code.SigningInput(e.key.PublicKey.Algorithm()))
	list, chunk, missing, bad := e.v.lists.closing(digest, sum)
	switch {
	case bad, list != nil && (list.Region != e.key.Issuer.Region || list.Key != keyID):
		return e.settle(Unknown, TrustCheck, NotDone, ClosingListBad)
	case missing != "":
		e.wanted = trust.ClosingAddress(e.key.Issuer.StatusBase, missing)
		return e.settle(Unknown, TrustCheck, NotDone, ClosingListMissing)
	case chunk.Has(sum):
		e.warn(KeyClosed)
		return true
	case !list.Since.IsZero() && e.license.IssueDate < license.DateOf(list.Since):
		return e.settle(NotGenuine, TrustCheck, Failed, Backdated)
	}
	return e.settle(NotGenuine, TrustCheck, Failed, NotOnClosingList)
}
