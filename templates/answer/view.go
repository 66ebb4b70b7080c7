package answer

import (
	"fmt"
	"time"

	"yizheng/license"
	"yizheng/verifier"
)

// View is a result in the words of a page. Its JSON form, which leaves out
// the Result itself, is what the scanner page shows.
type View struct {
	verifier.Result `json:"-"`

	Verdict  Verdict             `json:"verdict"`
	At       string              `json:"at"`
	AsOf     string              `json:"asOf,omitempty"` // the moment of the past that it is about, in Shanghai's time; empty for now
	Why      []Text              `json:"why,omitempty"`  // of the checks that decided the outcome
	Warnings []Text              `json:"warnings,omitempty"`
	Permits  []Permit            `json:"permits,omitempty"`
	Document *Document           `json:"document,omitempty"` // where the code was found in a PDF
	Checks   []Check             `json:"checks"`
	Sources  []Source            `json:"sources,omitempty"`
	Calls    []license.Authority `json:"calls,omitempty"`    // whom to turn to, those with a telephone or address
	Dispute  []Text              `json:"dispute,omitempty"`  // how to contest what a license says, in steps
	Presence *Presence           `json:"presence,omitempty"` // of a live code: whether it was shown just now
	Copy     []Fact              `json:"copy,omitempty"`     // of a derived copy: for whom, why, until when
	Demo     bool                `json:"demo,omitempty"`
	InForce  int                 `json:"inForce"` // how many permits may be relied on here
	Counts   bool                `json:"counts"`  // InForce is worth the space: where the whole license does not count, "3 of 3" would mislead
}

// Permit is one permit in words.
type Permit struct {
	verifier.Permit `json:"-"`

	Badge     Badge             `json:"badge"`
	Reasons   []Text            `json:"reasons,omitempty"`
	Term      Text              `json:"term"`                // its validity as a person reads it
	Elsewhere bool              `json:"elsewhere,omitempty"` // it names premises other than the holder's
	Authority license.Authority `json:"authority"`
	Agreement string            `json:"agreement,omitempty"` // title of the deciding agreement
	Remedies  []Remedy          `json:"remedies,omitempty"`
}

// Remedy is one remedy against a permit's authority, with the word for its
// kind.
type Remedy struct {
	license.Remedy
	Word Text `json:"word"`
}

// Check is one named check in words.
type Check struct {
	Name   Text  `json:"name"`
	End    Badge `json:"end"`
	Reason *Text `json:"reason,omitempty"`
}

// Presence is whether a live code was shown just now, as prominent as the
// verdict: a genuine license in the wrong hands proves nothing.
type Presence struct {
	Check
	Made *Text `json:"made,omitempty"` // when the code was made; nil where that is not proven
}

// Fact is one thing with its name.
type Fact struct {
	Name  Text   `json:"name"`
	Value string `json:"value"`
}

// Source is one signed list that the answer rests on, in words.
type Source struct {
	Name     Text   `json:"name"`
	URI      string `json:"uri,omitempty"`
	Sequence uint64 `json:"sequence"`
	Issued   string `json:"issued"`
	Age      Text   `json:"age"`
	Expires  string `json:"expires,omitempty"`
}

// Of puts a result into words.
func Of(r verifier.Result) View {
	v := View{Result: r, Verdict: VerdictOf(r), At: Clock(r.At), AsOf: Clock(r.AsOf)}
	for _, c := range r.Checks {
		v.addCheck(c)
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
			v.Permits = append(v.Permits, permitOf(r, p))
			if p.State == license.Valid && p.Counts() && r.AsOf.IsZero() {
				v.InForce++
			}
		}
	}
	if r.Document != nil {
		v.Document = documentOf(r)
		if d := r.Document; !d.Proves() && !d.Lies() {
			v.Warnings = append(v.Warnings, pageProvesNothing)
		}
	}
	v.Counts = r.AsOf.IsZero() && (r.Outcome == verifier.Valid || r.Outcome == verifier.PartiallyValid)
	v.Calls = calls(r, v.Verdict.Call)
	if r.License != nil {
		v.Dispute = disputing
	}
	v.Sources = sourcesOf(r)
	if c := r.Copy; c != nil {
		v.Copy = []Fact{
			{Text{"供", "For"}, c.Recipient},
			{Text{"用途", "Purpose"}, c.Purpose},
			{Text{"截止日期", "Until"}, c.Until.String()},
			{Text{"制作", "Made by"}, c.Maker + "，" + Clock(c.Made)},
		}
	}
	return v
}

func (v *View) addCheck(c verifier.Check) {
	said := Check{Name: checkWords[c.Name], End: checkEnds[c.Status]}
	if c.Reason != "" {
		sentence := Because(v.Result, c)
		said.Reason = &sentence
		if decisive(v.Outcome, c) {
			v.Why = append(v.Why, sentence)
		}
	}
	v.Checks = append(v.Checks, said)
	if c.Name == verifier.PresentationCheck && c.Reason != verifier.StaticCode && c.Reason != verifier.AsOfPast && (c.Status != verifier.NotDone || c.Reason != "") {
		said.End.Text = presenceEnds[c.Status]
		v.Presence = &Presence{Check: said}
		if p := v.Result.Presentation; p != nil {
			ago := age(p.Age)
			v.Presence.Made = &Text{"亮证码生成于 " + Clock(p.At) + "（" + ago.ZH + "）", "live code made at this time (UTC+8), " + ago.EN}
		}
	}
}

// Because gives the sentence for why a check of r ended as it did. Of what has
// run out it says how long ago.
func Because(r verifier.Result, c verifier.Check) Text {
	said, list := sentenceOf(c.Reason), r.Lists.Trust
	switch c.Reason {
	case verifier.PolicyExpired:
		list = r.Lists.Policy
	case verifier.FreshnessExpired, verifier.RootExpired:
		if c.Name == verifier.RecognitionCheck {
			list = r.Lists.Policy
		}
	case verifier.TrustListExpired:
	default:
		return said
	}
	if list == nil {
		return said
	}
	ago := age(int64(r.At.Sub(list.Expires) / time.Second))
	return Text{said.ZH + "过期于 " + ago.ZH + "。", said.EN + " It ended " + ago.EN + "."}
}

// decisive says whether a check is one that a reader must hear about at once:
// a failed one, or for an unknown outcome one that could not be done. Whether
// whoever shows it is present is said apart from it.
func decisive(o verifier.Outcome, c verifier.Check) bool {
	switch {
	case c.Reason == verifier.Superseded || c.Reason == verifier.NoCode:
		return false // the verdict says it already
	case c.Name == verifier.PresentationCheck:
		return false
	case c.Reason == verifier.CopyExpired:
		return false // likewise
	case c.Status == verifier.Failed:
		return true
	}
	return o == verifier.Unknown && c.Status == verifier.NotDone
}

func permitOf(r verifier.Result, p verifier.Permit) Permit {
	v := Permit{
		Permit: p, Badge: badgeOf(p), Term: termOf(p), Authority: authorityOf(r, p.Authority),
		Elsewhere: p.Premises != "" && p.Premises != r.License.Holder.Premises,
	}
	switch {
	case !r.AsOf.IsZero():
		v.Badge = badgeThen(v.Badge)
	case r.License.State == license.Superseded && v.Badge.Class == "good":
		v.Badge = asOfOld // green would say that this version may be relied on
	}
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
		v.Remedies = append(v.Remedies, Remedy{remedy, word})
	}
	return v
}

// termOf says a permit's validity as a person reads it.
func termOf(p verifier.Permit) Text {
	if p.ValidUntil.IsZero() {
		return Text{p.ValidFrom.String() + " 起，长期有效", "from " + p.ValidFrom.String() + ", no end"}
	}
	return Text{p.ValidFrom.String() + " 至 " + p.ValidUntil.String(), ""}
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

func sourcesOf(r verifier.Result) []Source {
	var views []Source
	add := func(name Text, s *verifier.Source) {
		if s == nil {
			return
		}
		views = append(views, Source{name, s.URI, s.Sequence, Clock(s.Issued), age(s.Age), Clock(s.Expires)})
	}
	add(Text{"信任清单", "Trust list"}, r.Lists.Trust)
	add(Text{"认可政策", "Recognition policy"}, r.Lists.Policy)
	add(Text{"机关名录", "Authority directory"}, r.Lists.Authorities)
	add(Text{"状态清单", "Status list"}, r.Lists.Status)
	add(Text{"许可证记录", "License record"}, r.Lists.Record)
	return views
}

// china is the zone of every instant shown: validity runs in its days.
var china = time.FixedZone("UTC+8", 8*60*60)

// Clock writes an instant to the second, in Shanghai's time; nothing for none.
func Clock(t time.Time) string {
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
