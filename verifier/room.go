package verifier

import (
	"strings"

	"yizheng/license"
	"yizheng/ration"
	"yizheng/trust"
)

// Room is how much [Lists] keep of what issuers publish: status lists, records,
// closing lists and their chunks. Where an issuer has more, what of his own was
// used longest ago is dropped, and nothing of anybody else's; licenses that would
// need it are unknown with [IssuerOverLimit] until it is added again. Where all
// have too much together, whoever has most loses, of the signer of trust lists
// whose issuers have most: so an issuer with no more than its equal part of its
// signer's equal part never does. The zero value is the usual room.
type Room struct {
	Each int // bytes of one issuer; 32 MiB where zero: a thousand lists and more
	All  int // bytes of all of them; 128 MiB where zero

	// Own is the region whose lists are not fetched from anywhere, and so not
	// bounded; empty for none.
	Own license.Region
	// Dropped is told of each thing that had to go, while Lists are held: it must
	// not wait, nor use them. Nil where nobody wants to know.
	Dropped func(license.Region)
}

// The usual room.
const (
	roomEach = 32 << 20
	roomAll  = 128 << 20
)

// What is kept beside the copies themselves: the sequences that were seen, and
// why tokens were refused.
const (
	sequencesEach, sequencesAll = 4 << 20, 16 << 20
	refusalsEach, refusalsAll   = 64 << 10, 1 << 20
)

// What things take in memory beside their tokens, in bytes: the entries of a
// list, unpacked; maps and structures.
const (
	smallCost   = 512
	listCost    = 16<<10 + smallCost
	recordCost  = 3 // times as much as its token
	closingCost = 2 // likewise
)

// room is what Lists take of their Room.
type room struct {
	given    Room
	copies   *ration.Book
	refusals *ration.Book

	sequences  *ration.Book
	remembered map[string]*ration.Entry // by the names of memory

	over map[license.Region]bool // had more than there is room for, also before a newer bundle
}

// ownerOf names an issuer, behind the signer who lists it: one who lists many of
// his own has no greater part for it.
func ownerOf(b *trust.Bundle, region license.Region) string {
	if region == "" {
		return ""
	}
	signer := ""
	if p := b.SpeakerOf(region); p != nil {
		signer = p.Path()
	}
	return signer + " " + string(region)
}

func newRoom(b *trust.Bundle, given Room) room {
	r := room{given: given, remembered: make(map[string]*ration.Entry), over: make(map[license.Region]bool)}
	limits := ration.Limits{Each: given.Each, All: given.All}
	if limits.Each == 0 {
		limits.Each = roomEach
	}
	if limits.All == 0 {
		limits.All = roomAll
	}
	own := ownerOf(b, given.Own)
	r.copies = ration.New(limits, own, func(owner string) {
		_, region, _ := strings.Cut(owner, " ")
		r.over[license.Region(region)] = true
		if given.Dropped != nil {
			given.Dropped(license.Region(region))
		}
	})
	r.sequences = ration.New(ration.Limits{Each: sequencesEach, All: sequencesAll}, own, nil)
	r.refusals = ration.New(ration.Limits{Each: refusalsEach, All: refusalsAll}, own, nil)
	return r
}

// noteSequence remembers a sequence. Of an issuer with more names than there is
// room for, the one that was used longest ago is forgotten, and what is held
// under it with it, so that nothing older can take its place. Those of trust
// documents are as many as there are signers. The caller holds the lock.
func (l *Lists) noteSequence(name string, sequence uint64, by string) {
	kept := l.remembered[name]
	if region, _, ofIssuer := strings.Cut(name, " "); kept == nil && ofIssuer {
		kept = l.sequences.Keep(ownerOf(l.trust, license.Region(region)), len(name)+smallCost, func() { l.forget(name) })
		if kept == nil {
			return
		}
		l.remembered[name] = kept
	}
	if kept != nil {
		kept.Use()
	}
	l.highest.note(name, sequence, by)
}

func (l *Lists) forget(name string) {
	delete(l.remembered, name)
	delete(l.highest, name)
	l.lists[name].kept.Release()
	delete(l.lists, name)
	l.records[name].kept.Release()
	delete(l.records, name)
}

// IsOver says whether an issuer's had to be dropped, by region.
func (l *Lists) IsOver(region license.Region) bool {
	if l == nil {
		return false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.over[region]
}

// Bytes gives how much room is taken by what is held, beside our own lists.
func (l *Lists) Bytes() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.copies.Bytes()
}

// Token gives what is held of an address, as it was added: a status list, the
// record of a license or a part of a closing list; nil for nothing. It is not
// to be changed.
func (l *Lists) Token(address string) []byte {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, issuer := range l.trust.Issuers {
		below, ours := strings.CutPrefix(address, issuer.StatusBase)
		if !ours {
			continue
		}
		if list, held := l.lists[nameOf(issuer, address)]; held {
			return list.token
		}
		if license, isRecord := strings.CutPrefix(below, "records/"); isRecord {
			return l.records[nameOf(issuer, license)].token
		}
		if digest, isPart := strings.CutPrefix(below, trust.ClosingAddress("", "")); isPart {
			if of := l.closings.lists[digest]; of != nil {
				return of.raw
			}
			return l.closings.chunks[digest].ClosingChunk
		}
	}
	return nil
}
