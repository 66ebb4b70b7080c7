package trust

import "time"

// Term is what every document of a signer begins with. Instants are UTC and
// whole seconds.
type Term struct {
	Signer   string    `json:"signer"`   // its path, see [Publication.Path]
	Sequence uint64    `json:"sequence"` // never used twice, never lower
	Issued   time.Time `json:"issued"`
	Expires  time.Time `json:"expires"` // the first instant at which it counts no more
}

// Lifetime is how long what is signed off line may count: root documents,
// lists, policies and directories.
const Lifetime = 366 * 24 * time.Hour

// maxNumber is the largest that every reader of JSON keeps exactly.
const maxNumber = 1<<53 - 1

func (t Term) check() error { return checkTerm(t.Sequence, t.Issued, t.Expires, Lifetime) }

func checkTerm(number uint64, issued, expires time.Time, longest time.Duration) error {
	switch {
	case number == 0 || number > maxNumber:
		return breaks("number %d: they go from 1 to %d", number, uint64(maxNumber))
	case !wholeUTC(issued) || !wholeUTC(expires):
		return breaks("instants must be UTC and whole seconds")
	case !expires.After(issued):
		return breaks("it expires before it is issued")
	case expires.Sub(issued) > longest:
		return breaks("it is to last %s, at most %s are allowed", expires.Sub(issued), longest)
	}
	return nil
}

func wholeUTC(t time.Time) bool {
	_, offset := t.Zone()
	return offset == 0 && t.Nanosecond() == 0 && t.Year() >= 2000 && t.Year() < 2180
}
