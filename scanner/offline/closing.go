package offline

import (
	"slices"
	"time"

	"yizheng/license"
	"yizheng/trust"
	"yizheng/verifier"
)

// Ahead is how large a closing list may be, with its chunks, to be fetched
// ahead without being asked for: that of 130 thousand licenses, about as much
// as the page itself weighs. Of a larger one the list is fetched ahead, and a
// chunk when a license needs it.
const Ahead = 2 << 20

// AddClosing takes a closing list or a chunk of one that is to have a digest.
// The reason is empty where it was taken.
func (s *Session) AddClosing(digest string, part []byte) (reason verifier.Reason) {
	if trust.Digest(part) != digest {
		return verifier.ClosingListBad
	}
	return s.Add("", part)
}

// Wanted gives the digests of what is to be fetched ahead for some regions and
// is not held: their closing lists, and the chunks of those that are not larger
// than [Ahead], or of all of them. It is asked for again when these came, since
// a list names its chunks.
func (s *Session) Wanted(regions []license.Region, all bool) []string {
	digests := []string{}
	for _, issuer := range s.bundle.Issuers {
		if !slices.Contains(regions, issuer.Region) {
			continue
		}
		for _, digest := range issuer.Closings() {
			list, missing := s.lists.ClosingList(digest)
			if list == nil {
				if _, held, _ := s.lists.ClosingPart(digest); !held {
					digests = append(digests, digest)
				}
			} else if all || list.Size() <= Ahead {
				digests = append(digests, missing...)
			}
		}
	}
	slices.Sort(digests)
	return slices.Compact(digests)
}

// Closing is one closing list of an issuer, and what is held of it.
type Closing struct {
	Issued   time.Time `json:"issued,omitzero"` // when key or entry were closed; zero where the list is not held
	Licenses uint64    `json:"licenses"`        // how many it names
	Bytes    int       `json:"bytes"`           // of it with its chunks
	Whole    bool      `json:"whole"`           // all chunks are held
}

func (s *Session) closingsOf(issuer *trust.Issuer) (all []Closing) {
	for _, digest := range issuer.Closings() {
		var c Closing
		if list, missing := s.lists.ClosingList(digest); list != nil {
			c = Closing{Issued: list.Issued, Licenses: list.Entries, Bytes: list.Size(), Whole: len(missing) == 0}
		}
		all = append(all, c)
	}
	return all
}
