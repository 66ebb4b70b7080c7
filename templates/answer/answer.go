// Package answer says in words what a verification found: the verdict and what
// to do next, a word for every state, a sentence for every reason. Start with
// [Of].
//
// It is the one table of these words. The result page, the command line and
// the scanner page, for which it is compiled to WebAssembly, all say them from
// here, so it brings in no template and no HTTP.
package answer

import (
	"slices"

	"yizheng/license"
	"yizheng/verifier"
)

// Text is one thing said in both languages.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en,omitempty"`
}

// Verdict is how an outcome looks and what it asks of whoever sees it. The
// class gives the colour and the icon its shape, so neither is needed to tell
// one from another, and the word is always there.
type Verdict struct {
	Class string `json:"class"`
	Icon  string `json:"icon"` // id of a symbol in look/icons.html
	Word  Text   `json:"word"`
	Means Text   `json:"means"` // one sentence
	Steps []Text `json:"steps"` // what to do next
	Call  string `json:"-"`     // whom to turn to: "issuer", "departments" or nobody
}

// VerdictOf takes the outcome, and for an invalid license the reason why: a
// holder whose license has a newer version has done nothing wrong, and a page
// must not look as if. Where the document lies the verdict is on that.
func VerdictOf(r verifier.Result) Verdict {
	if r.Document.Lies() {
		return falseDocument(r)
	}
	return codeVerdict(r)
}

// codeVerdict is the one on the code alone.
func codeVerdict(r verifier.Result) Verdict {
	v := presentVerdict(r)
	if !r.AsOf.IsZero() {
		v = pastVerdict(r, v)
	}
	return v
}

// presentVerdict takes a result for one about now.
func presentVerdict(r verifier.Result) Verdict {
	if r.Outcome == verifier.Invalid && r.License != nil {
		switch r.License.State {
		case license.Superseded:
			return superseded
		case license.Withdrawn, license.Cancelled, license.Revoked:
			return ended(r.License.State)
		case license.Suspended:
			return suspended
		}
		if r.Check(verifier.ValidityCheck).Reason == verifier.CopyExpired {
			return copyEnded
		}
	}
	if r.Outcome == verifier.NotGenuine && r.Check(verifier.SignatureCheck).Status != verifier.Failed {
		return notByIssuer
	}
	if r.Outcome == verifier.PartiallyValid && r.Check(verifier.RecognitionCheck).Reason == verifier.RecognisedDisplayOnly && r.License.State == license.Valid {
		return forDisplay
	}
	v, known := verdicts[r.Outcome]
	if !known {
		return verdicts[verifier.Unknown]
	}
	if (r.Outcome == verifier.Valid || r.Outcome == verifier.PartiallyValid) && r.Check(verifier.PresentationCheck).Status != verifier.Passed {
		v.Steps = append(slices.Clone(v.Steps), notPresent)
	}
	return v
}

var (
	checkPlace = Text{"核对许可证上的名称、经营场所与现场是否一致。", "Compare name and premises with what is before you."}
	notPresent = Text{"二维码可以被复制，本页不能证明出示者就是持证人。", "A code can be copied: this page does not prove that whoever shows it holds the license."}
	seePermits = Text{"逐项查看下方许可，只认可其中标为“有效”的事项。",
		"Read the permits below one by one; rely only on those marked valid."}
	askForNewer = Text{"请持证人出示最新版本，并扫描最新版本上的二维码。",
		"Ask the holder for the newest version and scan the code on it."}
	singleRemain = Text{"行业综合许可证的撤回不影响各单项许可本身的效力，请向各审批部门核实单项许可。",
		"Withdrawing the integrated license does not end the single permits: ask each department about its own."}
	againLater = Text{"连接网络后重试；仍无法核实时，请致电发证机关。",
		"Try again with a network; if it still cannot be verified, call the issuing authority."}
	notForged = Text{"“无法核实”不等于“无效”，不得据此认定许可证是假的。",
		"“Cannot be verified” does not mean invalid: it is no finding against the license."}
)

// disputing are the steps for whoever holds that a license, or what was found
// of it, is not right: to its issuer, wherever that is.
var disputing = []Text{
	{"向发证机关提出，说明许可证编号、核验时间、有异议的内容，并附现场照片；对单项许可有异议的，也可向其实施机关提出。",
		"Turn to the issuing authority with the license number, the time of this check, what is wrong and a photograph; about a single permit also to its own authority."},
	{"发证机关在外地的，由本地执法人员先登记核验，再以本单位名义向发证机关提出跨区域异议；以发证机关的答复为准，双方各留记录。",
		"Where it is in another region, an inspector records the check and files the dispute across regions; the issuer’s answer decides, and both sides keep it on record."},
}

// OutcomeWord says an outcome in a word; one that is not known by itself.
func OutcomeWord(o verifier.Outcome) Text {
	if v, known := verdicts[o]; known {
		return v.Word
	}
	return Text{ZH: string(o), EN: string(o)}
}

var verdicts = map[verifier.Outcome]Verdict{
	verifier.Valid: {
		Class: "valid", Icon: "tick", Call: "issuer",
		Word:  Text{"有效", "Valid"},
		Means: Text{"许可证真实，所载许可全部有效。", "Genuine, and every permit is in force."},
		Steps: []Text{checkPlace},
	},
	verifier.PartiallyValid: {
		Class: "partial", Icon: "half", Call: "departments",
		Word:  Text{"部分有效", "Partially valid"},
		Means: Text{"许可证真实，部分许可有效，部分无效。", "Genuine; some permits may be relied on, some may not."},
		Steps: []Text{seePermits, checkPlace},
	},
	verifier.Invalid: {
		Class: "invalid", Icon: "cross", Call: "departments",
		Word:  Text{"无效", "Invalid"},
		Means: Text{"许可证真实，但没有一项许可处于有效状态。", "Genuine, but not one of its permits is in force."},
		Steps: []Text{{"不得凭此许可证开展经营。请看下方每项许可的状态和原因。", "No business may rest on this license. See below why each permit is not in force."}},
	},
	verifier.NotRecognised: {
		Class: "foreign", Icon: "border", Call: "issuer",
		Word:  Text{"真实，但本地不认可", "Genuine, not recognised here"},
		Means: Text{"许可证真实，在发证地有其效力。", "Genuine, and in force where it was issued."},
		Steps: []Text{
			{"这不是伪造。请按本地规定要求持证人提供相应的单项许可，或向发证机关核实。", "This is no forgery. Ask for the single permits that local rules require, or ask the issuing authority."},
		},
	},
	verifier.Unknown: {
		Class: "unknown", Icon: "question", Call: "issuer",
		Word:  Text{"无法核实", "Cannot be verified now"},
		Means: Text{"凭现有的清单还不能得出结论。", "With the lists at hand no answer can be given."},
		Steps: []Text{againLater, notForged},
	},
	verifier.NotALicense: {
		Class: "none", Icon: "dash",
		Word:  Text{"不是本系统的码", "Not one of our codes"},
		Means: Text{"其中没有行业综合许可证的二维码。", "There is no integrated industry license code in it."},
		Steps: []Text{
			{"请扫描许可证上的二维码，不要扫描旁边的付款码或其他码。", "Scan the code on the license itself, not a payment code or another one beside it."},
			{"若它印在自称行业综合许可证的文件上，请保留并告知当地政务服务机构。", "If it stands on a paper that claims to be such a license, keep it and tell the local service office."},
		},
	},
	verifier.Unreadable: {
		Class: "unreadable", Icon: "scan",
		Word:  Text{"读码不完整，请重扫", "Misread: scan again"},
		Means: Text{"这不能说明许可证的真假。", "This says nothing about the license itself."},
		Steps: []Text{
			{"擦净镜头与覆膜，避开反光，正对二维码，让整个码及四周白边都在画面内。", "Clean lens and film, avoid glare, hold straight, with the whole code and its white border in view."},
			{"手动输入或粘贴时，请检查是否完整。", "If it was typed or pasted, check that it is whole."},
		},
	},
	verifier.NotGenuine: {
		Class: "forged", Icon: "alarm",
		Word:  Text{"伪造或被篡改", "Forged or altered"},
		Means: Text{"这不是发证机关签发的内容。", "This is not what the issuing authority signed."},
		Steps: forgedSteps,
	},
}

var forgedSteps = []Text{
	{"不得凭此办理任何事项。请保留原件，拍照记录。", "Do not rely on it for anything. Keep the paper and take a photograph."},
	{"向其所称的发证机关或当地市场监督管理部门核实、报告。电话请自行查询，不要拨打该证件上的号码。", "Report it to the authority it names or the local market supervision office. Look the number up yourself; do not call one printed on it."},
}

var notByIssuer = Verdict{
	Class: "forged", Icon: "alarm",
	Word:  Text{"不真实", "Not genuine"},
	Means: Text{"它不是由所称的发证机关签发的。", "The authority it names did not issue it."},
	Steps: forgedSteps,
}

var forDisplay = Verdict{
	Class: "partial", Icon: "half", Call: "issuer",
	Word:  Text{"有效，本地仅认可亮证", "Valid, here for display only"},
	Means: Text{"许可证真实有效；依协议，在本地出示可证明其在发证地获准的事项。", "Genuine and in force. By agreement it may be shown here to prove what was permitted where it was issued."},
	Steps: []Text{
		{"不得据此在本地开展须经许可的经营；在本地经营的，请查验本地的许可。", "It permits no business here: for that, ask for the permits of this region."}, checkPlace,
	},
}

var superseded = Verdict{
	Class: "superseded", Icon: "newer", Call: "issuer",
	Word:  Text{"已被新版取代", "Superseded by a newer version"},
	Means: Text{"许可证真实，但此版本已失效：持证人已有更新的版本。", "Genuine, but this version is out of date: its holder has a newer one."},
	Steps: []Text{askForNewer, {"下列许可是旧版本所载，一律以最新版本为准。", "The permits below are those of the old version: go by the newest."}},
}

var suspended = Verdict{
	Class: "invalid", Icon: "pause", Call: "issuer",
	Word:  Text{"已暂扣", "Suspended"},
	Means: Text{"许可证真实，但目前被暂扣。", "Genuine, but suspended at present."},
	Steps: []Text{{"暂扣期间不得凭此许可证开展经营。", "No business may rest on it while it is suspended."}},
}

var copyEnded = Verdict{
	Class: "invalid", Icon: "clock", Call: "issuer",
	Word:  Text{"加注件已过期", "This copy has expired"},
	Means: Text{"许可证真实，但这份加注件已过截止日期，不再有效。", "The license is genuine, but this copy of it is past its last day and counts no more."},
	Steps: []Text{{"请持证人出示许可证本身，或为本次用途另制一份加注件。", "Ask the holder for the license itself, or for a copy made for this purpose."}},
}

// ended is the verdict on a license whose issuer has put an end to it.
func ended(state license.State) Verdict {
	v := Verdict{Class: "invalid", Icon: "cross", Call: "issuer", Steps: []Text{singleRemain}}
	word := LicenseWord(state)
	v.Word = Text{"已" + word.ZH[len("已"):], word.EN}
	v.Means = Text{"许可证真实，但发证机关已将其" + word.ZH[len("已"):] + "。", "Genuine, but its issuer has ended it."}
	return v
}
