package templates

import "fmt"

// word is a fixed word or sentence of the document, in Chinese and in English.
type word struct{ zh, en string }

// words are the fixed words of the document, in one place so that an office
// can compare them with its form. The English ones are those of the result
// page, in templates/pages.
var words = struct {
	title, original, duplicate, annex             word
	number, identifier, issuer, issueDate         word
	name, creditCode, representative, premises    word
	industry, permits                             word
	index, matter, permitNumber, matterAndNumber  word
	authority, until, scope, term                 word
	noTerm, commitment, conditions, otherPremises word
	remedies, reconsideration, litigation, basis  word
	authorities, address, telephone, noRemedies   word
	statements                                    word
	check, noCode, atIssue, below                 word
	seeAnnex, withNotes, andNotes                 word
	listed, following, overleaf                   word
	specimen, demonstration, sign, howToCheck     word
	dash, derived                                 word
	from, to, continued, reason, howToTell        string
	onlyFor, forPurpose, madeOn                   string
}{
	title: word{"行业综合许可证", "Integrated Industry License"}, original: word{"正本", "Original"},
	duplicate: word{"副本", "Duplicate"}, annex: word{"附页", "Annex"},
	number: word{"许可证编号", "License number"}, identifier: word{"电子证照标识", "Identifier"}, issuer: word{"发证机关", "Issued by"}, issueDate: word{"发证日期", "Issued on"},
	name: word{"名称", "Name"}, creditCode: word{"统一社会信用代码", "Unified social credit code"},
	representative: word{"法定代表人（负责人）", "Representative"}, premises: word{"经营场所", "Premises"},
	industry: word{"行业类别", "Industry"}, permits: word{"许可事项", "Permits"},
	index: word{"序号", "No."}, matter: word{"许可事项", "Permit"}, permitNumber: word{"编号", "Number"},
	matterAndNumber: word{"许可事项及编号", "Permit and its number"},
	authority:       word{"实施机关", "Authority"}, until: word{"有效期至", "Valid until"},
	scope: word{"许可范围", "Scope"}, term: word{"有效期限", "Validity"},
	noTerm: word{"长期", "No fixed term"}, commitment: word{"告知承诺", "On commitment"},
	conditions: word{"许可条件", "Conditions"}, otherPremises: word{"许可地址", "Premises of this permit"},
	remedies: word{"救济途径", "Remedies"}, reconsideration: word{"行政复议", "Administrative reconsideration"},
	litigation: word{"行政诉讼", "Administrative litigation"}, basis: word{"依据", "Basis"},
	authorities: word{"实施机关", "Authorities"}, address: word{"地址", "Address"}, telephone: word{"电话", "Tel."},
	noRemedies: word{"请向该机关查询", "Ask this authority"},
	statements: word{"说明", "Notes"},
	check:      word{"本码载明全部许可信息，扫码即可核验真伪", "The code carries every permit in full: scan it to verify"},
	noCode:     word{"二维码于签发时生成", "The code is made at issue"},
	atIssue:    word{"签发时编定", "assigned at issue"},
	seeAnnex:   word{"详见附页", "see the annex"},
	withNotes:  word{"连同说明详见附页", "with notes in the annex"},
	andNotes:   word{"，含说明", ", with notes"},
	listed:     word{"逐项列后", "listed one by one below"}, following: word{"详见后页", "see the following pages"},
	overleaf:      word{"转下页", "Continued on the next page"},
	below:         word{"以下空白", "End of document"},
	specimen:      word{"样本", "SPECIMEN"},
	demonstration: word{"演示文书，不具有法律效力", "DEMONSTRATION: NOT VALID IN LAW"},
	sign:          word{"行业综合许可证 柜台牌", "Integrated Industry License, counter sign"},
	howToCheck:    word{"用手机扫描二维码，核验本店各项许可及有效期限", "Scan the code with a telephone to check the permits of this shop"},
	derived:       word{"加注件", "Derived copy"},
	onlyFor:       "仅供", forPurpose: "用途：", madeOn: "制作于 ",
	from: " 起", to: " 止", dash: word{"至", "to"},
	continued: "续", reason: "行业综合许可", howToTell: "打开的网址应以 %s 开头",
}

// both gives a word in both languages, whatever the document.
func (w word) both() string { return w.zh + "　" + w.en }

// say gives a word for a line of text: Chinese, and in a bilingual document
// English behind it.
func (s *setting) say(w word) string {
	if s.doc.Bilingual {
		return w.zh + " " + w.en
	}
	return w.zh
}

// before gives a word that a value follows.
func (s *setting) before(w word) string {
	if s.doc.Bilingual {
		return s.say(w) + ": "
	}
	return w.zh + "："
}

// count says how many permits there are.
func (s *setting) count() word {
	n := len(s.doc.License.Permits)
	if n == 1 {
		return word{"共1项", "1 permit"}
	}
	return word{fmt.Sprintf("共%d项", n), fmt.Sprintf("%d permits", n)}
}

// pageOf says which page of how many one is.
func (s *setting) pageOf(n int) string {
	if s.doc.Bilingual { // close, to stand on one line with the identifier
		return fmt.Sprintf("第%d页 共%d页 Page %d of %d", n, s.pages, n, s.pages)
	}
	return fmt.Sprintf("第 %d 页　共 %d 页", n, s.pages)
}

// number is the license's as it is set.
func (s *setting) number() string { return grouped(s.plainNumber()) }

// plainNumber is the license's number; a draft has none, whatever stands in
// its place.
func (s *setting) plainNumber() string {
	if s.doc.Draft {
		return s.say(words.atIssue)
	}
	return s.doc.License.Number
}

// identifier is the license's, and empty where there is none or a draft only
// has a stand-in.
func (d Document) identifier() string {
	if d.Draft || d.License.Identifier.IsZero() {
		return ""
	}
	return d.License.Identifier.String()
}

// continued marks what a row that was parted goes on with.
func continued(number int) string { return fmt.Sprintf("%d %s", number+1, words.continued) }
