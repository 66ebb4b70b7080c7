package answer

import (
	"yizheng/license"
	"yizheng/verifier"
)

// Badge is the state of one permit: word, colour class and the shape of its
// icon.
type Badge struct {
	Text
	Class string `json:"class"`
	Icon  string `json:"icon"`
}

var stateWords = map[license.State]Text{
	license.Valid:          {"有效", "Valid"},
	license.NotYetValid:    {"未生效", "Not yet valid"},
	license.Expired:        {"已过期", "Expired"},
	license.Suspended:      {"已暂扣", "Suspended"},
	license.Revoked:        {"已吊销", "Revoked"},
	license.Withdrawn:      {"已撤销", "Withdrawn"},
	license.Cancelled:      {"已注销", "Cancelled"},
	license.Unknown:        {"无法核实", "Cannot be verified"},
	license.PartiallyValid: {"部分有效", "Partially valid"},
	license.Invalid:        {"无效", "Invalid"},
	license.Superseded:     {"已被取代", "Superseded"},
}

// StateWord says the state of a permit in a word.
func StateWord(s license.State) Text { return stateWords[s] }

// LicenseWord says the state of a license in a word. Its office takes a license
// back (撤回), where a department rescinds a permit (撤销).
func LicenseWord(s license.State) Text {
	if s == license.Withdrawn {
		return Text{"已撤回", "Withdrawn"}
	}
	return stateWords[s]
}

// badgeOf says in one word whether a permit may be relied on here.
func badgeOf(p verifier.Permit) Badge {
	word, known := stateWords[p.State]
	if !known {
		word = stateWords[license.Unknown]
	}
	b := Badge{Text: word, Class: "bad", Icon: "cross"}
	switch p.State {
	case license.Valid:
		b.Class, b.Icon = "good", "tick"
		if !p.Counts() {
			word, known := reserves[string(p.Mode)]
			if !known {
				word = Text{"有效，本地不认可", "Valid, not recognised here"}
			}
			b = Badge{word, "foreign", "border"}
		}
	case license.Suspended:
		b.Icon = "pause"
	case license.NotYetValid, license.Expired:
		b.Icon = "clock"
	case license.Revoked, license.Withdrawn, license.Cancelled:
	default:
		b.Class, b.Icon = "unknown", "question"
	}
	return b
}

// asOfOld is said of a permit in force on a version that has been superseded.
var asOfOld = Badge{Text{"旧版所载", "as the old version has it"}, "unknown", "newer"}

// reserves say of a permit in force how it is recognised where it is not as one
// of the region's own.
var reserves = map[string]Text{
	"display_only":       {"有效，本地仅认可亮证", "Valid, here for display only"},
	"needs_local_filing": {"有效，须先在本地备案", "Valid, to be filed here first"},
}

var checkWords = map[verifier.CheckName]Text{
	verifier.FormatCheck:       {"二维码完整可读", "The code is whole and readable"},
	verifier.SignatureCheck:    {"签名与内容相符", "The signature fits the content"},
	verifier.TrustCheck:        {"由信任清单上的发证机关签发", "Signed by an issuer on the trust list"},
	verifier.RecognitionCheck:  {"在本地获得认可", "Recognised here"},
	verifier.StatusCheck:       {"未被暂扣、吊销、撤销、注销或取代", "Not suspended, revoked, withdrawn, cancelled or superseded"},
	verifier.ValidityCheck:     {"许可在有效期内", "Permits within their dates"},
	verifier.PresentationCheck: {"由持证人当场出示", "Shown live by its holder"},
}

var checkEnds = map[verifier.CheckStatus]Badge{
	verifier.Passed:  {Text{"通过", "passed"}, "good", "tick"},
	verifier.Failed:  {Text{"不通过", "failed"}, "bad", "cross"},
	verifier.Warned:  {Text{"部分通过", "in part"}, "warn", "half"},
	verifier.NotDone: {Text{"未核验", "not done"}, "unknown", "dash"},
}

// presenceEnds say the same of whether somebody is present: a license that
// passes in the wrong hands is not to read as passed.
var presenceEnds = map[verifier.CheckStatus]Text{
	verifier.Passed:  {"已证明", "proven"},
	verifier.Failed:  {"未证明", "not proven"},
	verifier.NotDone: {"无法判断", "cannot be told"},
}

// OutcomeVerdict says an outcome that was recorded, without what led to it.
func OutcomeVerdict(outcome string) Verdict {
	return VerdictOf(verifier.Result{Outcome: verifier.Outcome(outcome)})
}

// PresenceWord says how the check of a live code ended that was recorded; the
// zero Text for anything else.
func PresenceWord(status string) Text { return presenceEnds[verifier.CheckStatus(status)] }

var remedyWords = map[string]Text{
	license.Reconsideration: {"行政复议", "Administrative reconsideration"},
	license.Litigation:      {"行政诉讼", "Administrative litigation"},
}
