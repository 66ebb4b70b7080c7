package main

import (
	"fmt"
	"strings"

	"yizheng/trust"
	"yizheng/verifier"
)

var modeWords = map[trust.Mode]words{
	trust.Full:             {"互认", "full recognition"},
	trust.DisplayOnly:      {"仅认可亮证", "display only"},
	trust.NeedsLocalFiling: {"备案后认可", "needs local filing"},
	trust.HandlingOnly:     {"跨省通办", "handling only"},
}

// showExplanation says for people which policies were asked, what each of their
// agreements says, and what follows for each matter.
func (c *console) showExplanation(e explanation) {
	fmt.Fprintf(c.stdout, "%s %s → %s %s  %s  %s\n", e.From, e.From.FullName(), e.To, e.To.FullName(), printable(e.Industry), e.Day)
	fmt.Fprintf(c.stdout, "\n在 %s 有效的政策 Policies that count there\n", e.To)
	if len(e.Policies) == 0 {
		fmt.Fprintln(c.stdout, "  没有：信任文件中没有为该地区给定的信任根。 None: the trust file believes no root for that region.")
	}
	for _, p := range e.Policies {
		c.showPolicy(p)
	}
	fmt.Fprintln(c.stdout, "\n许可事项 Matters")
	for _, m := range e.Matters {
		c.showMatter(m)
	}
}

func (c *console) showPolicy(p explainedPolicy) {
	text := "没有政策 no policy"
	if p.Sequence > 0 {
		text = fmt.Sprintf("#%d  有效至 until %s", p.Sequence, shortTime(p.Counts))
	}
	fmt.Fprintf(c.stdout, "  %s  %s  %s\n", p.Signer, printable(p.Title), text)
	if p.Gap != "" {
		fmt.Fprintf(c.stdout, "      %s\n", sentence(p.Gap))
	}
	if len(p.Agreements) == 0 && p.Sequence > 0 {
		fmt.Fprintln(c.stdout, "      没有涉及两地的协议。 No agreement of it has both regions for members.")
	}
	for _, a := range p.Agreements {
		fmt.Fprintf(c.stdout, "      %s  %s  [%s]  %s\n", printable(a.ID), printable(a.Title), modeWords[a.Mode], days(a.From, a.Until))
		fmt.Fprintf(c.stdout, "          依据 basis: %s\n", basisLine(a.Basis))
		if a.Basis.Note != "" {
			fmt.Fprintf(c.stdout, "          %s\n", printable(a.Basis.Note))
		}
		if a.Demonstration {
			fmt.Fprintln(c.stdout, "          演示用协议，实际并不存在。 A demonstration: no such agreement was made.")
		}
	}
}

// basisLine names a legal basis with its term.
func basisLine(b trust.Basis) string {
	term := ""
	switch {
	case !b.From.IsZero():
		term = days(b.From, b.Until)
	case !b.Until.IsZero():
		term = "– " + b.Until.String()
	}
	return printable(strings.Join(nonEmpty(b.Title, b.Number, term, b.Source), "  "))
}

func (c *console) showMatter(m explainedMatter) {
	word := words{"不认可", "not recognised"}
	switch {
	case m.Mode == trust.DisplayOnly || m.Mode == trust.NeedsLocalFiling:
		word = modeWords[m.Mode]
	case m.Recognised:
		word = words{"认可", "recognised"}
	case unknowable(m.Reason):
		word = words{"无法得知", "cannot be known"}
	}
	fmt.Fprintf(c.stdout, "  %s  %s\n      %s\n", padded(word.String(), 28), printable(m.Matter), sentence(m.Reason))
	for _, l := range m.Looked {
		decides := ""
		if l.Agreement == m.Agreement {
			decides = "  ← 据此 decides"
		}
		fmt.Fprintf(c.stdout, "      · %s: %s%s\n", printable(l.Agreement), sentence(l.Reason), decides)
	}
}

// unknowable says whether a reason stands for a policy that does not count now,
// and not for what a policy says.
func unknowable(r verifier.Reason) bool {
	switch r {
	case verifier.PolicyMissing, verifier.PolicyExpired, verifier.PolicyTooOld, verifier.PolicyRolledBack, verifier.FreshnessExpired, verifier.FreshnessAhead, verifier.RootExpired:
		return true
	}
	return false
}
