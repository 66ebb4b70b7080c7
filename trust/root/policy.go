package root

import (
	"yizheng/license"
	"yizheng/trust"
)

// DefaultPolicy is what policy.json of a signer begins with: for Shanghai,
// recognition within the whole city, which rests on published documents; for a
// root of which any part of the Delta is, agreements that do not exist and say
// so, for the implementing measures only ask that such be explored (积极探索). A
// delegate leaves those to its root.
func DefaultPolicy(territory trust.Territory, delegate bool) []trust.Agreement {
	chosen := []trust.Agreement{}
	for _, a := range agreements() {
		city := a.Scope == trust.Citywide && territory.Within(a.Members)
		if city || a.Scope == trust.YangtzeDelta && !delegate && territory.Meets(a.Members) != "" {
			chosen = append(chosen, a)
		}
	}
	return chosen
}

// agreements are those that are known here.
func agreements() []trust.Agreement {
	day := func(s string) license.Date {
		d, _ := license.ParseDate(s) // the literals below; a test reads them
		return d
	}
	all := []string{"*"}
	return []trust.Agreement{
		{
			ID: "shanghai-citywide", Title: "行业综合许可证在全市范围互认通用", Scope: trust.Citywide, Mode: trust.Full,
			Members: []string{"31"}, Industries: all, Matters: all, From: day("2021-06-20"),
			Basis: trust.Basis{
				Title:  "上海市人民政府印发《关于在全市范围推广实施“一业一证”改革的指导意见》的通知",
				Number: "沪府规〔2021〕5号", From: day("2021-06-20"),
				Note: "长宁区实施办法二(六):行业综合许可证在全市范围互认通用。该办法有效期至2022-12-31,由全市文件(沪府办发〔2023〕22号)延续。",
			},
		},
		{
			ID: "demo-delta-single-permits", Title: "长三角互认通用(演示)", Scope: trust.YangtzeDelta, Mode: trust.Full,
			Members: []string{"31", "3205", "3304"}, Industries: all,
			Matters: []string{"食品经营许可", "出版物零售许可", "公共场所卫生许可"}, From: day("2026-01-01"),
			Basis: trust.Basis{
				Title: "长宁区深化“一业一证”改革试点的实施办法,二(六)",
				Note:  "演示数据:办法仅提出“积极探索”跨省通办、跨地互认通用等模式,并无此项协议。",
			},
			Demonstration: true,
		},
		{
			ID: "demo-delta-handling", Title: "长三角跨省通办(演示)", Scope: trust.YangtzeDelta, Mode: trust.HandlingOnly,
			Members: []string{"31", "33"}, Industries: all, Matters: all, From: day("2026-01-01"),
			Basis: trust.Basis{
				Title: "长宁区深化“一业一证”改革试点的实施办法,二(六)",
				Note:  "演示数据:跨省通办仅为异地受理,并不认可许可证本身。",
			},
			Demonstration: true,
		},
	}
}
