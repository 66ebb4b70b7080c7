package verifiertest

import (
	"yizheng/license"
	"yizheng/trust"
)

// agreements are one within Shanghai and one of the Delta, which does not
// exist and says so.
func agreements() []trust.Agreement {
	all := []string{"*"}
	return []trust.Agreement{
		{
			ID: "shanghai", Title: "全市范围互认通用", Scope: trust.Citywide, Mode: trust.Full,
			Members: []string{"31"}, Industries: all, Matters: all, From: Day("2021-06-20"),
			Basis: trust.Basis{Title: "关于在全市范围推广实施“一业一证”改革的指导意见", Number: "沪府规〔2021〕5号"},
		},
		{
			ID: "delta", Title: "长三角互认(演示)", Scope: trust.YangtzeDelta, Mode: trust.Full,
			Members: []string{"31", "3304"}, Industries: []string{"便利店", "书店", "饭店"},
			Matters: []string{"食品经营许可", "出版物零售许可"}, From: Day("2026-01-01"), Until: Day("2027-12-31"),
			Basis: trust.Basis{Title: "演示依据", Note: "并无此项协议"}, Demonstration: true,
		},
	}
}

// authorities are those of the licenses, with made-up particulars.
func authorities() []license.Authority {
	var out []license.Authority
	for _, name := range []string{
		"上海市长宁区市场监督管理局", "上海市烟草专卖局长宁分局", "上海市长宁区文化和旅游局", "上海市长宁区卫生健康委员会",
		"上海市长宁区消防救援支队", "上海市长宁区绿化和市容管理局", "上海市长宁区建设和管理委员会", "上海市长宁区体育局",
	} {
		out = append(out, authority(name, "310105"))
	}
	return append(out,
		authority("上海市静安区市场监督管理局", "310106"),
		authority("嘉兴市市场监督管理局", "330400"),
		authority("北京市朝阳区市场监督管理局", "110105"),
		authority("上海市药品监督管理局", "310000"),
	)
}

func authority(name string, region license.Region) license.Authority {
	return license.Authority{
		Name: name, Region: region, Telephone: "021-00000000", Demonstration: true,
		Remedies: []license.Remedy{
			{Kind: license.Reconsideration, Organ: "演示复议机关", Term: "知道之日起60日内", TermEN: "within 60 days", Basis: "行政复议法"},
			{Kind: license.Litigation, Organ: "演示人民法院", Term: "6个月内", TermEN: "within 6 months", Basis: "行政诉讼法"},
		},
	}
}
