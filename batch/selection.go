package batch

import (
	"io"
	"iter"
	"time"

	"yizheng/license"
)

// Listed is one license of a register, by its current version.
type Listed struct {
	Identifier license.Identifier // of its current version
	Number     string
	Holder     string
	Industry   string
	IssuedAt   time.Time
	KeyID      string // of the key that signed it
	Catalogue  string // version of the one it was issued under
}

// Filter says which licenses are meant. The zero Filter takes all.
type Filter struct {
	From, Until license.Date // days of issue of the current version, both included; zero is open
	Industry    string
	KeyID       string
	Catalogue   string
	Identifiers map[string]bool // of licenses, without version, or their numbers; nil for all
}

// Takes says whether a license is meant.
func (f Filter) Takes(l Listed) bool {
	day := license.DateOf(l.IssuedAt)
	return day >= f.From && (f.Until.IsZero() || day <= f.Until) &&
		(f.Industry == "" || f.Industry == l.Industry) &&
		(f.KeyID == "" || f.KeyID == l.KeyID) &&
		(f.Catalogue == "" || f.Catalogue == l.Catalogue) &&
		(f.Identifiers == nil || f.Identifiers[l.Identifier.Base()] || f.Identifiers[l.Number])
}

// taken gives the licenses that are meant, one after the other, and then
// io.EOF. stop must be called in the end.
func (f Filter) taken(licenses iter.Seq2[Listed, error]) (next func() (Listed, error), stop func()) {
	pull, stop := iter.Pull2(licenses)
	return func() (Listed, error) {
		for {
			l, err, ok := pull()
			if !ok {
				return l, io.EOF
			}
			if err != nil || f.Takes(l) {
				return l, err
			}
		}
	}, stop
}
