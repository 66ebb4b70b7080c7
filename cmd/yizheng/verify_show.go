package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"yizheng/templates/answer"
	"yizheng/trust"
	"yizheng/verifier"
)

// words are one thing said in both languages.
type words struct{ ZH, EN string }

func (w words) String() string { return w.ZH + " " + w.EN }

var checkWords = map[verifier.CheckName]words{
	verifier.FormatCheck:       {"格式", "format"},
	verifier.SignatureCheck:    {"签名", "signature"},
	verifier.TrustCheck:        {"信任", "trust"},
	verifier.RecognitionCheck:  {"认可", "recognition"},
	verifier.StatusCheck:       {"状态", "status"},
	verifier.ValidityCheck:     {"期限", "validity"},
	verifier.PresentationCheck: {"出示", "presentation"},
}

var checkEnds = map[verifier.CheckStatus]words{
	verifier.Passed:  {"通过", "passed"},
	verifier.Failed:  {"不通过", "failed"},
	verifier.Warned:  {"部分", "in part"},
	verifier.NotDone: {"未做", "not done"},
}

// showVerification prints a result for people. What a license says is shown
// without characters that could move the cursor or turn the line around.
func showVerification(w io.Writer, v verifier.Result) {
	view := answer.Of(v)
	loud := func(t answer.Text) string { return t.ZH + " " + strings.ToUpper(t.EN) }
	fmt.Fprintf(w, "\n  ==  %s  ==\n", loud(view.Verdict.Word))
	if view.AsOf != "" {
		fmt.Fprintf(w, "  ==  不是现在的结论：截至 %s（北京时间）的状态 NOT TODAY'S ANSWER: AS OF THAT MOMENT  ==\n", view.AsOf)
	}
	if v.Document.Lies() {
		fmt.Fprintf(w, "  %s\n  二维码本身 The code itself: %s\n", printable(words(view.Verdict.Means).String()), loud(view.Document.Code))
	}
	fmt.Fprintln(w)
	showPresence(w, view)
	if v.License != nil {
		showLicense(w, v.License)
	}
	fmt.Fprintln(w, "核验项目 Checks")
	for _, check := range v.Checks {
		line := padded(checkWords[check.Name].String(), 20) + padded(checkEnds[check.Status].String(), 18) + string(check.Reason)
		fmt.Fprintf(w, "  %s\n", strings.TrimRight(line, " "))
		if check.Reason != "" {
			said := words(answer.Because(v, check))
			fmt.Fprintf(w, "      %s\n", said)
		}
	}
	fmt.Fprintln(w, "\n依据 Lists used")
	showSource(w, words{"信任清单", "trust"}, v.Lists.Trust)
	showSource(w, words{"互认政策", "policy"}, v.Lists.Policy)
	showSource(w, words{"机关名录", "authorities"}, v.Lists.Authorities)
	showSource(w, words{"状态清单", "status"}, v.Lists.Status)
	if v.Lists.Record != nil {
		showSource(w, words{"版本记录", "record"}, v.Lists.Record)
	}
	showField(w, words{"核验时间", "at"}, v.At.In(beijing()).Format("2006-01-02 15:04:05 -07:00"))
	if view.Document != nil {
		showDocument(w, view.Document, len(v.Document.Fonts) > 0)
	}
	showWarnings(w, view)
	fmt.Fprintln(w, "\n怎么办 What to do")
	for _, step := range view.Verdict.Steps {
		fmt.Fprintf(w, "  %s\n  %s\n", step.ZH, step.EN)
	}
}

// showPresence prints what a code says beside the license: that it was shown
// just now, or for whom the copy was made.
func showPresence(w io.Writer, view answer.View) {
	if p := view.Presence; p != nil {
		fmt.Fprintf(w, "  ==  %s: %s  ==\n", words(p.Name), strings.ToUpper(words(p.End.Text).String()))
		if p.Reason != nil {
			fmt.Fprintf(w, "  %s\n", words(*p.Reason))
		}
		if p.Made != nil {
			fmt.Fprintf(w, "  %s\n", words(*p.Made))
		}
		fmt.Fprintln(w)
	}
	if len(view.Copy) > 0 {
		fmt.Fprintln(w, "  加注件 Derived copy")
		for _, fact := range view.Copy {
			showField(w, words(fact.Name), fact.Value)
		}
		fmt.Fprintln(w)
	}
}

func showLicense(w io.Writer, l *verifier.License) {
	showField(w, words{"状态", "state"}, words(answer.LicenseWord(l.State)).String())
	showField(w, words{"持证人", "holder"}, l.Holder.Name+"  "+string(l.Holder.CreditCode))
	showField(w, words{"负责人", "in charge"}, l.Holder.Representative)
	showField(w, words{"场所", "premises"}, l.Holder.Premises)
	showField(w, words{"行业", "industry"}, l.Industry)
	showField(w, words{"编号", "number"}, fmt.Sprintf("%s  (第%d版 version %d)", l.Number, l.Version, l.Version))
	showField(w, words{"发证机关", "issuer"}, fmt.Sprintf("%s  %s", l.Issuer, l.Region))
	showField(w, words{"发证日期", "issued"}, l.IssueDate.String())
	if l.SupersededBy != nil {
		showField(w, words{"最新版本", "newest"}, l.SupersededBy.String())
	}
	showPermits(w, l.Permits)
}

// showPermits prints one permit a line, and beneath it why it is as it is.
func showPermits(w io.Writer, permits []verifier.Permit) {
	fmt.Fprintf(w, "\n许可 Permits (%d)\n", len(permits))
	rows := make([][]string, len(permits))
	for i, p := range permits {
		state := words(answer.StateWord(p.State)).String()
		switch {
		case p.Counts():
		case p.Mode == trust.DisplayOnly, p.Mode == trust.NeedsLocalFiling:
			state += "，本地" + modeWords[p.Mode].String()
		default:
			state += "，本地不认可 not recognised here"
		}
		until := "长期 no end"
		if !p.ValidUntil.IsZero() {
			until = "至 until " + p.ValidUntil.String()
		}
		rows[i] = []string{state, printable(p.Matter), printable(p.Number), printable(p.Authority), until, printable(p.Scope)}
	}
	align(rows)
	for i, p := range permits {
		fmt.Fprintf(w, "  %2d. %s\n", i+1, strings.Join(rows[i], "  "))
		for _, reason := range p.Reasons {
			if reason != verifier.RecognisedOwnRegion {
				fmt.Fprintf(w, "        %s\n", sentence(reason))
			}
		}
	}
	fmt.Fprintln(w)
}

// showDocument says what the PDF is worth in which the code was found.
func showDocument(w io.Writer, d *answer.Document, lacksFonts bool) {
	fmt.Fprintln(w, "\n文件 Document")
	for _, p := range d.Points {
		line := padded(words(p.Name).String(), 20) + words(p.End.Text).String()
		fmt.Fprintf(w, "  %s\n      %s\n", line, printable(words(p.Said).String()))
	}
	if lacksFonts {
		fmt.Fprintf(w, "      %s\n", words{"请用 --font 指定。", "Give them by --font."})
	}
}

func showWarnings(w io.Writer, v answer.View) {
	var warnings []string
	if v.Demo {
		warnings = append(warnings, sentence(verifier.IsDemonstration))
	}
	for _, warning := range v.Warnings {
		warnings = append(warnings, words(warning).String())
	}
	for i, warning := range warnings {
		if i == 0 {
			fmt.Fprintln(w, "\n注意 Warnings")
		}
		fmt.Fprintf(w, "  ! %s\n", warning)
	}
}

func showSource(w io.Writer, name words, s *verifier.Source) {
	if s == nil {
		showField(w, name, "没有 none held")
		return
	}
	age := (time.Duration(s.Age) * time.Second).Round(time.Minute)
	text := fmt.Sprintf("#%d  %s 签发 issued, %s", s.Sequence, s.Issued.In(beijing()).Format("2006-01-02 15:04"), age)
	showField(w, name, text)
}

func showField(w io.Writer, name words, value string) {
	fmt.Fprintf(w, "  %s%s\n", padded(name.String(), 24), printable(value))
}

// sentence says a reason code in both languages; a code that has no words
// stands for itself.
func sentence(reason verifier.Reason) string {
	s, known := answer.Sentence(reason)
	if !known {
		return string(reason)
	}
	return words(s).String()
}

func beijing() *time.Location { return time.FixedZone("", 8*3600) }

// align fills the cells of each column but the last to the widest of them.
func align(rows [][]string) {
	for column := 0; len(rows) > 0 && column < len(rows[0])-1; column++ {
		widest := 0
		for _, row := range rows {
			widest = max(widest, width(row[column]))
		}
		for _, row := range rows {
			row[column] = padded(row[column], widest)
		}
	}
}

// padded fills s with blanks to so many columns of a terminal.
func padded(s string, columns int) string {
	return s + strings.Repeat(" ", max(columns-width(s), 0))
}

// width counts the columns that s takes: a Han character takes two.
func width(s string) int {
	columns := 0
	for _, r := range s {
		columns++
		if r >= 0x2E80 {
			columns++
		}
	}
	return columns
}

// printable replaces what a terminal would obey instead of show.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || r == '　' {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
