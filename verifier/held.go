package verifier

import (
	"slices"
	"strings"
	"time"

	"yizheng/license"
	"yizheng/trust"
)

// Expires gives the end of the list held for an address, for a caller that
// keeps copies of it.
func (l *Lists) Expires(uri string) (time.Time, bool) {
	if issuer := l.listedAt(uri); issuer != nil {
		if held, reason := l.list(issuer, uri); reason == "" {
			return held.Expires, true
		}
	}
	return time.Time{}, false
}

// Sequence gives the sequence of the list held for an address; 0 for none.
func (l *Lists) Sequence(uri string) uint64 {
	if issuer := l.listedAt(uri); issuer != nil {
		if held, reason := l.list(issuer, uri); reason == "" {
			return held.Sequence
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
