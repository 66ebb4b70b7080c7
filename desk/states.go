package desk

import (
	"yizheng/issuer"
	"yizheng/library/metadata"
	"yizheng/license"
	"yizheng/register"
	pages "yizheng/templates/desk"
)

// stateToday is where a permit stands today: by its authority's acts, and else
// by its dates.
func stateToday(p license.Permit, acted license.State, today license.Date) license.State {
	if acted != license.Valid && acted != "" {
		return acted
	}
	return p.StateOn(today)
}

// standings gives where each permit of a license stands today, and the license
// itself.
func standings(l license.License, states []license.State, of license.State, today license.Date) (permits []license.State, whole license.State) {
	permits = make([]license.State, len(l.Permits))
	for n, p := range l.Permits {
		var acted license.State
		if n < len(states) {
			acted = states[n]
		}
		permits[n] = stateToday(p, acted, today)
	}
	if of != license.Valid {
		return permits, of
	}
	return permits, license.Summary(permits)
}

// line shows one line of a list.
func (d *Desk) line(l register.Listed) pages.Line {
	today := d.today()
	permits, whole := standings(l.License, l.States, l.State, today)
	shown := pages.Line{
		Number: l.License.Number, Holder: l.License.Holder.Name, CreditCode: string(l.License.Holder.CreditCode), Industry: l.License.Industry,
		State: whole, IssuedAt: l.IssuedAt, Permits: len(permits),
	}
	for _, s := range permits {
		if s == license.Valid {
			shown.InForce++
		}
	}
	if l.Permit >= 0 && l.Permit < len(l.License.Permits) {
		shown.Permit, shown.Standing = &l.License.Permits[l.Permit], permits[l.Permit]
		if !shown.Permit.ValidUntil.IsZero() {
			shown.Days = int(shown.Permit.ValidUntil) - int(today)
		}
	}
	return shown
}

// choices are the acts, by the words of the administrative licensing law.
var choices = []pages.ActChoice{
	{Act: string(issuer.Suspend), Text: pages.Text{ZH: "暂扣", EN: "Suspend"}},
	{Act: string(issuer.Reinstate), Text: pages.Text{ZH: "恢复", EN: "Reinstate"}},
	{Act: string(issuer.Revoke), Text: pages.Text{ZH: "吊销", EN: "Revoke"}, Final: true},
	{Act: string(issuer.Rescind), Text: pages.Text{ZH: "撤销", EN: "Withdraw"}, Final: true},
	{Act: string(issuer.Cancel), Text: pages.Text{ZH: "注销", EN: "Cancel"}, Final: true},
}

// actsOn are those that may follow on where a permit stands.
func actsOn(acted license.State) []pages.ActChoice {
	switch acted {
	case license.Revoked, license.Withdrawn, license.Cancelled:
		return nil
	}
	var may []pages.ActChoice
	for _, c := range choices {
		suspended := acted == license.Suspended
		if c.Act == string(issuer.Suspend) && suspended || c.Act == string(issuer.Reinstate) && !suspended {
			continue
		}
		may = append(may, c)
	}
	return may
}

func choiceOf(act string) (pages.ActChoice, bool) {
	for _, c := range choices {
		if c.Act == act {
			return c, true
		}
	}
	return pages.ActChoice{}, false
}

// what says what an entry of the audit trail did.
var what = map[string]pages.Text{
	"issue": {ZH: "制发", EN: "issued"}, "change": {ZH: "变更", EN: "changed"}, "renew": {ZH: "延续", EN: "renewed"}, "reissue": {ZH: "换发", EN: "reissued"},
	"withdraw": {ZH: "撤回", EN: "withdrawn"}, "replay": {ZH: "重新投递", EN: "sent again"},
	"permit valid": {ZH: "恢复许可", EN: "permit reinstated"}, "permit suspended": {ZH: "暂扣许可", EN: "permit suspended"},
	"permit revoked": {ZH: "吊销许可", EN: "permit revoked"}, "permit withdrawn": {ZH: "撤销许可", EN: "permit withdrawn"}, "permit cancelled": {ZH: "注销许可", EN: "permit cancelled"},
}

// kinds say what is filed.
var kinds = map[metadata.Kind]pages.Text{
	metadata.Issue: {ZH: "制发", EN: "issue"}, metadata.Change: {ZH: "变更", EN: "change"}, metadata.Status: {ZH: "状态", EN: "status"},
	metadata.Document: {ZH: "证照文件", EN: "document"}, metadata.Verification: {ZH: "核验", EN: "check"},
}

// filing shows one event and how far it came.
func filing(q metadata.Queued) pages.FilingLine {
	f := pages.FilingLine{License: q.License, Sequence: q.Sequence, What: kinds[q.Kind], At: q.At, Attempts: q.Attempts, Next: q.Next, Problem: q.Problem, Receipt: q.Receipt,
		State: pages.Text{ZH: "待投递", EN: "waiting"}, Class: "unknown", Icon: "clock"}
	switch {
	case q.State == metadata.Dead:
		f.State, f.Class, f.Icon, f.Dead = pages.Text{ZH: "已滞留", EN: "given up"}, "bad", "cross", true
	case q.State == metadata.Delivered:
		f.State, f.Class, f.Icon = pages.Text{ZH: "已归集", EN: "filed"}, "good", "tick"
	case q.Attempts > 0:
		f.State, f.Class, f.Icon = pages.Text{ZH: "重试中", EN: "trying again"}, "warn", "half"
	}
	return f
}
