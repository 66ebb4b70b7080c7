package pages

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"yizheng/license"
	"yizheng/verifier"
)

// view is a result in the words of the page.
type view struct {
	verifier.Result
	Verdict  verdict
	At       string
	Why      []Text // of the checks that decided the outcome
	Warnings []Text
	Permits  []permitView
	Checks   []checkView
	Sources  []sourceView
	Calls    []license.Authority // whom to turn to, those with a telephone or address
	Demo     bool
}

type permitView struct {
	verifier.Permit
	Badge     badge
	Reasons   []Text
	Until     string
	Authority license.Authority
	Agreement string // title of the deciding agreement
	Remedies  []remedyView
}

type remedyView struct {
	license.Remedy
	Word Text
}

type checkView struct {
	Name   Text
	End    badge
	Reason *Text
}

type sourceView struct {
	Name     Text
	URI      string
	Sequence uint64
	Issued   string
	Age      Text
	Expires  string
}

func viewOf(r verifier.Result) view {
	v := view{Result: r, Verdict: verdictOf(r), At: clock(r.At)}
	for _, c := range r.Checks {
		cv := checkView{Name: checkWords[c.Name], End: checkEnds[c.Status]}
		if c.Reason != "" {
			sentence := sentenceOf(c.Reason)
			cv.Reason = &sentence
			if decisive(r.Outcome, c) {
				v.Why = append(v.Why, sentence)
			}
		}
		v.Checks = append(v.Checks, cv)
	}
	for _, w := range r.Warnings {
		if w == verifier.IsDemonstration {
			v.Demo = true // has the band at the top
			continue
		}
		v.Warnings = append(v.Warnings, sentenceOf(w))
	}
	if r.License != nil {
		v.Demo = v.Demo || r.License.Demonstration
		for _, p := range r.License.Permits {
			v.Permits = append(v.Permits, permitViewOf(r, p))
		}
	}
	v.Calls = calls(r, v.Verdict.Call)
	v.Sources = sourcesOf(r)
	return v
}

// decisive says whether a check is one that a reader must hear about at once:
// a failed one, or for an unknown outcome one that could not be done. That a
// static code proves nobody's presence is said in the steps.
func decisive(o verifier.Outcome, c verifier.Check) bool {
	switch {
	case c.Reason == verifier.Superseded || c.Reason == verifier.NoCode:
		return false // the verdict says it already
	case c.Name == verifier.PresentationCheck:
		return c.Status == verifier.Failed
	case c.Status == verifier.Failed:
		return true
	}
	return o == verifier.Unknown && c.Status == verifier.NotDone
}

func permitViewOf(r verifier.Result, p verifier.Permit) permitView {
	v := permitView{Permit: p, Badge: badgeOf(p), Authority: authorityOf(r, p.Authority)}
	for _, reason := range p.Reasons {
		if reason == verifier.RecognisedOwnRegion || reason == verifier.RecognisedAgreement {
			continue // the rule, and said once below
		}
		v.Reasons = append(v.Reasons, sentenceOf(reason))
	}
	for i := range r.Agreements {
		if p.Agreement != "" && r.Agreements[i].ID == p.Agreement {
			v.Agreement = r.Agreements[i].Title
		}
	}
	for _, remedy := range v.Authority.Remedies {
		word, known := remedyWords[remedy.Kind]
		if !known {
			word = Text{remedy.Kind, remedy.Kind}
		}
		v.Remedies = append(v.Remedies, remedyView{remedy, word})
	}
	return v
}

// authorityOf finds the authority in the signed directory; one that is not in
// it still has its name.
func authorityOf(r verifier.Result, name string) license.Authority {
	for _, a := range r.Authorities {
		if a.Name == name {
			return a
		}
	}
	return license.Authority{Name: name}
}

// calls lists whom to turn to: the issuer, or the authorities of the permits
// that are not in force.
func calls(r verifier.Result, whom string) []license.Authority {
	if r.License == nil || whom == "" {
		return nil
	}
	var list []license.Authority
	add := func(a license.Authority) {
		for _, had := range list {
			if had.Name == a.Name {
				return
			}
		}
		if a.Telephone != "" || a.Address != "" {
			list = append(list, a)
		}
	}
	if whom == "departments" {
		for _, p := range r.License.Permits {
			if p.State != license.Valid {
				add(authorityOf(r, p.Authority))
			}
		}
	}
	contact := r.License.Contact
	add(license.Authority{Name: r.License.Issuer, Telephone: contact.Telephone, Address: contact.Address})
	return list
}

func sourcesOf(r verifier.Result) []sourceView {
	var views []sourceView
	add := func(name Text, s *verifier.Source) {
		if s == nil || s.Issued.IsZero() {
			return
		}
		views = append(views, sourceView{name, s.URI, s.Sequence, clock(s.Issued), age(s.Age), clock(s.Expires)})
	}
	add(Text{"信任清单", "Trust list"}, &r.Lists.Trust)
	add(Text{"认可政策", "Recognition policy"}, &r.Lists.Policy)
	add(Text{"机关名录", "Authority directory"}, &r.Lists.Authorities)
	add(Text{"状态清单", "Status list"}, r.Lists.Status)
	add(Text{"许可证记录", "License record"}, r.Lists.Record)
	return views
}

// china is the zone of every instant shown: validity runs in its days.
var china = time.FixedZone("UTC+8", 8*60*60)

func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(china).Format("2006-01-02 15:04:05")
}

// age says how old something is in the largest unit that fits.
func age(seconds int64) Text {
	switch {
	case seconds < 0:
		return Text{"时间在将来", "in the future"}
	case seconds < 60:
		return Text{fmt.Sprintf("%d 秒前", seconds), fmt.Sprintf("%d s ago", seconds)}
	case seconds < 60*60:
		return Text{fmt.Sprintf("%d 分钟前", seconds/60), fmt.Sprintf("%d min ago", seconds/60)}
	case seconds < 48*60*60:
		return Text{fmt.Sprintf("%d 小时前", seconds/3600), fmt.Sprintf("%d h ago", seconds/3600)}
	}
	return Text{fmt.Sprintf("%d 天前", seconds/86400), fmt.Sprintf("%d days ago", seconds/86400)}
}

// Term is the permit's validity as a person reads it.
func (p permitView) Term() Text {
	if p.ValidUntil.IsZero() {
		return Text{p.ValidFrom.String() + " 起，长期有效", "from " + p.ValidFrom.String() + ", no end"}
	}
	return Text{p.ValidFrom.String() + " 至 " + p.ValidUntil.String(), ""}
}

// Elsewhere says whether the permit names premises other than the holder's.
func (v view) Elsewhere(p permitView) bool {
	return p.Premises != "" && p.Premises != v.License.Holder.Premises
}

// Counts says whether the number of permits in force is worth the space: where
// the whole license does not count, "3 of 3" would mislead.
func (v view) Counts() bool {
	return v.Outcome == verifier.Valid || v.Outcome == verifier.PartiallyValid
}

// InForce counts the permits that may be relied on here.
func (v view) InForce() int {
	n := 0
	for _, p := range v.Permits {
		if p.State == license.Valid && p.Recognised {
			n++
		}
	}
	return n
}

// dial makes the address that rings a telephone number. Only digits and a plus
// remain, so nothing else can come to stand in a link.
func dial(number string) template.URL {
	return template.URL("tel:" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number))
}
