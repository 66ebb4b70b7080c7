package main

import (
	"yizheng/api/access"
	"yizheng/catalog"
	bureau "yizheng/desk"
)

// demoAccounts are the people of a demonstration's desk, who need no password:
// the issuing office, the department that grants most of the permits and its
// inspector, and somebody who may only look.
func demoAccounts(c *catalog.Catalogue) []bureau.Account {
	grant := func(subject, authority string, scopes ...access.Scope) access.Grant {
		return access.Grant{Issuer: "urn:yizheng:demonstration", Subject: subject, Authority: authority, Scopes: scopes}
	}
	accounts := []bureau.Account{
		{Name: "窗口经办人（发证机关）", NameEN: "counter clerk of the issuing office", Grant: grant("演示经办人", c.Issuer.Name, access.Scopes()...)},
	}
	if department := busiest(c); department != "" {
		accounts = append(accounts, bureau.Account{Name: "审批部门经办人", NameEN: "clerk of an approval department",
			Grant: grant("演示审批人", department, access.LicenseRead, access.PermitWrite, access.VerificationRead)},
			bureau.Account{Name: "执法检查人员", NameEN: "inspector, who records checks on the result page", Grant: grant("演示检查员", department, access.VerificationRead, access.VerificationWrite, access.DisputeRead, access.DisputeWrite)})
	}
	return append(accounts, bureau.Account{Name: "查阅人员（只读）", NameEN: "somebody who may only look", Grant: grant("演示查阅人", c.Issuer.Name, access.LicenseRead)})
}

// busiest gives the authority that grants most of the catalogue's matters.
func busiest(c *catalog.Catalogue) (name string) {
	matters := map[string]int{}
	for _, m := range c.Matters {
		matters[m.Authority]++
		if matters[m.Authority] > matters[name] {
			name = m.Authority
		}
	}
	return name
}
