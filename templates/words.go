package templates

// words are the fixed words of the document, in one place so that an office
// can compare them with its form.
var words = struct {
	title, original, annex                           string
	number, identifier, issuer, issueDate            string
	name, creditCode, representative, premises       string
	industry, permits                                string
	columns                                          []string
	summary                                          []string
	noTerm, commitment, conditions, otherPremises    string
	remedies, reconsideration, litigation, basis     string
	authorities, addressee, telephone, noRemedies    string
	statements, check, noCode, more                  string
	reason, draft, demonstration, demonstrationShort string
	sign, howToCheck, howToTell                      string
}{
	title: "行业综合许可证", original: "(正本)", annex: "附页",
	number: "证书编号", identifier: "证照标识", issuer: "发证机关", issueDate: "发证日期",
	name: "名称", creditCode: "统一社会信用代码", representative: "法定代表人(负责人)", premises: "经营场所",
	industry: "行业类别", permits: "许可事项",
	columns: []string{"序号", "许可事项及编号", "实施机关", "许可范围", "有效期限"},
	summary: []string{"序号", "许可事项", "许可证编号", "实施机关", "有效期至"},
	noTerm:  "长期", commitment: "告知承诺", conditions: "许可条件:", otherPremises: "许可地址:",
	remedies: "救济方式", reconsideration: "行政复议", litigation: "行政诉讼", basis: "依据",
	authorities: "实施机关", addressee: "地址", telephone: "电话", noRemedies: "向该机关查询",
	statements: "说明", check: "扫描二维码核验许可信息", noCode: "核验码于签发时生成", more: "详见附页",
	reason: "行业综合许可", draft: "样本",
	demonstration:      "演示文书 · 不具有法律效力    DEMONSTRATION · NOT VALID IN LAW",
	demonstrationShort: "演示",
	sign:               "行业综合许可证 柜台牌", howToCheck: "用手机扫描二维码，核验本店各项许可及有效期限",
	howToTell: "打开的网址应以 %s 开头",
}
