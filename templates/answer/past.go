package answer

import (
	"strings"

	"yizheng/verifier"
)

// The words of an answer about a moment of the past. None of them may be taken
// for today's: not the word, not the colour, not what to do next.

var (
	askToday = Text{"这是对过去某一时刻的回答，不是现在的结论；要知道现在是否有效，请重新扫描核验。",
		"This is about a moment of the past. Whether the license is valid today is another question: scan its code again."}
	askThen = Text{"发证机关保存其登记的历史；请联系发证机关，查询当时的状态。",
		"The issuing authority keeps the history of its register: ask it what the state was then."}
)

// pastVerdict is the verdict v on a license as it was at a moment of the past.
// That a code is no license or a forgery is true of any time.
func pastVerdict(r verifier.Result, v Verdict) Verdict {
	switch r.Outcome {
	case verifier.NotALicense, verifier.Unreadable, verifier.NotGenuine:
		return v
	}
	past := Verdict{Class: "past", Icon: v.Icon, Call: v.Call, Word: then(v.Word), Means: v.Means, Steps: []Text{askToday}}
	switch {
	case r.Check(verifier.ValidityCheck).Reason == verifier.NotIssuedThen:
		past.Icon = "clock"
		past.Word = Text{"当时尚未签发", "Not issued yet at that time"}
		past.Means = Text{"许可证真实，但在所问时刻之后才签发。", "Genuine, but issued after the moment that was asked for."}
	case r.Outcome == verifier.Unknown:
		past.Word = Text{"当时的状态无法核实", "What it was at that time cannot be told"}
		past.Steps = append(past.Steps, askThen, notForged)
	default:
		past.Means = then(v.Means)
	}
	return past
}

// badgeThen says what a permit was at a moment of the past. It is never green:
// that would say that it may be relied on.
func badgeThen(b Badge) Badge {
	b.Text = then(b.Text)
	if b.Class == "good" {
		b.Class = "unknown"
	}
	return b
}

func then(t Text) Text {
	return Text{"当时：" + t.ZH, "At that time: " + strings.ToLower(t.EN[:1]) + t.EN[1:]}
}
