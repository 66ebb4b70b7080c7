package verifier

import (
	"crypto/sha256"
	"encoding/hex"

	"yizheng/license"
	"yizheng/ration"
	"yizheng/trust"
)

// closings are the closing lists that the trust lists name, as far as they are
// held, and their chunks.
type closings struct {
	lists  map[string]*closed     // by digest
	chunks map[string]closedChunk // by digest; several lists may name one
}

// closed is a closing list.
type closed struct {
	region license.Region     // of the issuer whose entry names it
	list   *trust.ClosingList // nil: not held
	raw    []byte
	bad    bool // what has this digest is no closing list
	kept   *ration.Entry
}

type closedChunk struct {
	trust.ClosingChunk
	bad  bool // what has this digest is no chunk
	kept *ration.Entry
}

// closingsOf finds the closing lists that the trust lists of b name.
func closingsOf(b *trust.Bundle) closings {
	c := closings{make(map[string]*closed), make(map[string]closedChunk)}
	for _, issuer := range b.Issuers {
		for _, digest := range issuer.Closings() {
			c.lists[digest] = &closed{region: issuer.Region}
		}
	}
	return c
}

// addClosing takes b where it is a closing list that a trust list names, or a
// chunk that one which is held names. It says whether it is. Nothing else has
// to be proven: whoever signed the trust list has named these very bytes.
func (l *Lists) addClosing(b []byte) (taken bool, _ error) {
	if len(l.closings.lists) == 0 {
		return false, nil
	}
	sum := sha256.Sum256(b)
	digest := hex.EncodeToString(sum[:])
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if c := l.closings.lists[digest]; c != nil {
		var list *trust.ClosingList
		list, err = trust.ParseClosing(b)
		l.keepClosing(c, list, b)
		taken = true
	} else if of := l.closings.naming(sum); of != nil {
		_, err = trust.ParseClosingChunk(b)
		l.keepChunk(of.region, digest, closedChunk{ClosingChunk: b, bad: err != nil})
		taken = true
	}
	if err != nil {
		err = &Refusal{Reason: ClosingListBad, Subject: digest, Err: err}
	}
	return taken, err
}

// keepClosing keeps a closing list where there is room. The caller holds the
// lock, here and below.
func (l *Lists) keepClosing(c *closed, list *trust.ClosingList, raw []byte) {
	c.kept.Release()
	c.list, c.raw, c.bad = nil, nil, list == nil
	if c.kept = l.copies.Keep(ownerOf(l.trust, c.region), closingCost*len(raw)+smallCost, func() { c.list, c.raw, c.kept = nil, nil, nil }); c.kept != nil {
		c.list, c.raw = list, raw
	}
}

// keepChunk does so with a chunk.
func (l *Lists) keepChunk(region license.Region, digest string, chunk closedChunk) {
	chunks := l.closings.chunks
	chunks[digest].kept.Release()
	delete(chunks, digest)
	if chunk.kept = l.copies.Keep(ownerOf(l.trust, region), len(chunk.ClosingChunk)+smallCost, func() { delete(chunks, digest) }); chunk.kept != nil {
		chunks[digest] = chunk
	}
}

// naming finds a list that is held and names a chunk; nil for none.
func (c closings) naming(chunk [sha256.Size]byte) *closed {
	for _, of := range c.lists {
		if of.list != nil && of.list.Names(chunk) {
			return of
		}
	}
	return nil
}

// parts gives all that is held, lists before chunks.
func (c closings) parts() (parts [][]byte) {
	for _, of := range c.lists {
		if of.list != nil {
			parts = append(parts, of.raw)
		}
	}
	for _, chunk := range c.chunks {
		parts = append(parts, chunk.ClosingChunk)
	}
	return parts
}

// ClosingPart gives a closing list or a chunk of one by its digest, where it is
// held, and where its issuer publishes it; empty where nothing that is held
// names it.
func (l *Lists) ClosingPart(digest string) (part []byte, held bool, address string) {
	sum, err := hex.DecodeString(digest)
	if err != nil || len(sum) != sha256.Size {
		return nil, false, ""
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, issuer := range l.trust.Issuers {
		for _, d := range issuer.Closings() {
			of := l.closings.lists[d]
			switch {
			case d == digest:
				return of.raw, of.raw != nil, trust.ClosingAddress(issuer.StatusBase, digest)
			case of.list != nil && of.list.Names([sha256.Size]byte(sum)):
				chunk, held := l.closings.chunks[digest]
				return chunk.ClosingChunk, held, trust.ClosingAddress(issuer.StatusBase, digest)
			}
		}
	}
	return nil, false, ""
}

// ClosingList gives a closing list that is held, by its digest, and the digests
// of those of its chunks that are not; nil where it is not held or is none.
func (l *Lists) ClosingList(digest string) (list *trust.ClosingList, missing []string) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	of := l.closings.lists[digest]
	if of == nil || of.list == nil {
		return nil, nil
	}
	for _, chunk := range of.list.ChunkDigests() {
		if _, held := l.closings.chunks[chunk]; !held {
			missing = append(missing, chunk)
		}
	}
	return of.list, missing
}

// ClosingHeads gives where the closing lists are published that the trust lists
// name and that are not held, of all issuers.
func (l *Lists) ClosingHeads() (addresses []string) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, issuer := range l.trust.Issuers {
		for _, d := range issuer.Closings() {
			if l.closings.lists[d].raw == nil {
				addresses = append(addresses, trust.ClosingAddress(issuer.StatusBase, d))
			}
		}
	}
	return addresses
}

// closing looks up the list of a digest and the chunk that would hold sum. What
// is not held is told by its digest.
func (l *Lists) closing(digest string, sum [sha256.Size]byte) (list *trust.ClosingList, chunk trust.ClosingChunk, missing string, bad bool) {
	if l == nil {
		return nil, nil, digest, false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	c := l.closings.lists[digest]
	if c == nil { // lists of another trust bundle than the verifier's
		return nil, nil, digest, false
	}
	if c.list == nil {
		return nil, nil, digest, c.bad
	}
	c.kept.Use()
	of := c.list.Chunk(sum)
	held, found := l.closings.chunks[of]
	if !found {
		return nil, nil, of, false
	}
	held.kept.Use()
	return c.list, held.ClosingChunk, "", held.bad
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
		if e.v.lists.IsOver(e.key.Issuer.Region) {
			return e.settle(Unknown, TrustCheck, NotDone, IssuerOverLimit)
		}
		return e.settle(Unknown, TrustCheck, NotDone, ClosingListMissing)
	case chunk.Has(sum):
		e.warn(KeyClosed)
		return true
	case !list.Since.IsZero() && e.license.IssueDate < license.DateOf(list.Since):
		return e.disown(Backdated)
	}
	return e.disown(NotOnClosingList)
}
