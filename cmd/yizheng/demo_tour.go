package main

import (
	"fmt"
	"net/url"
	"slices"

	"yizheng/document"
	"yizheng/scanner"
	"yizheng/templates"
	"yizheng/templates/answer"
	"yizheng/templates/pages"
)

// tourOf makes the page that guides through the demonstration.
func (m *demo) tourOf(s showing) (*pages.TourPage, error) {
	t := &pages.TourPage{Here: m.nodes[demoRegions()[0]].d.bundle.IssuerOf(demoRegions()[0]).Name}
	for _, x := range s.scenes {
		symbol, err := document.Symbol(x.link)
		if err != nil {
			return nil, err
		}
		path, err := pathOf(x.link)
		if err != nil {
			return nil, err
		}
		verdict := answer.VerdictOf(x.result)
		shown := pages.TourScene{Title: x.title, Says: x.says, Address: path, Outcome: verdict.Word, Class: badgeClass(verdict.Class), Icon: verdict.Icon}
		shown.Side, shown.Path = templates.CodePath(symbol)
		t.Scenes = append(t.Scenes, shown)
	}
	holders, err := pathOf(s.holder)
	if err != nil {
		return nil, err
	}
	t.Places = []pages.TourPlace{
		{Title: answer.Text{ZH: "发证台", EN: "The issuer’s desk"}, Address: "/desk", Says: answer.Text{
			ZH: "选一个演示账号，无需密码：查证、制发、变更、批量；换审批部门的账号，只见得到、管得了本部门的许可。",
			EN: "Take an account without a password: look licenses up, issue, change, hand files in. As a department you see and act on your own permits only."}},
		{Title: answer.Text{ZH: "亮证", EN: "Showing a license"}, Address: holders, Says: answer.Text{
			ZH: "便利店出示证照：二维码每15秒更换，截图过一会儿再扫就会被指出。", EN: "The convenience store shows its license: the code changes every 15 seconds, and a screenshot scanned later is found out."}},
		{Title: answer.Text{ZH: "企业登录亮证", EN: "Logging in as a business"}, Address: "/h/me", Says: answer.Text{
			ZH: "选一家演示企业，无需密码：只看得到自己名下的证。", EN: "Take a business without a password: it sees its own licenses and no others."}},
		{Title: answer.Text{ZH: "扫描页", EN: "The scanner"}, Address: scanner.Root, Says: answer.Text{
			ZH: "打开一次，再关掉网络：照样核验下面的码，清单的新旧也会显示。", EN: "Open it once, then switch the network off: it verifies the codes below all the same, and says how old its lists are."}},
		{Title: answer.Text{ZH: "接口说明", EN: "The HTTP interface"}, Address: "/openapi.yaml", Says: answer.Text{
			ZH: "OpenAPI 3.1 文档；核验无需令牌，其余用启动时打印的命令取得令牌。", EN: "An OpenAPI 3.1 document. Verifying needs no token; for the rest, get one by the command that was printed at the start."}},
		{Title: answer.Text{ZH: "信任清单", EN: "The trust list"}, Address: "/.well-known/yizheng-trust.json", Says: answer.Text{
			ZH: "核验的全部依据：谁是发证机关、用什么密钥、哪些协议认可谁；均由信任根签名。", EN: "What verifying rests on: who issues, with which keys, and which agreements recognise whom, signed by the roots."}},
	}
	if _, err := scanner.ReadSite(scanner.Built()); err != nil { // a program that was compiled without it
		t.Places = slices.DeleteFunc(t.Places, func(p pages.TourPlace) bool { return p.Address == scanner.Root })
	}
	for n, region := range demoRegions()[1:] {
		t.Districts = append(t.Districts, pages.TourPlace{Title: answer.Text{ZH: m.nodes[region].d.bundle.IssuerOf(region).Name, EN: string(region)}, Address: m.address(n+1) + "/"})
	}
	return t, nil
}

// pathOf gives an address without its host.
func pathOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("reading an address: %w", err)
	}
	return u.EscapedPath(), nil
}

// badgeClass is the colour of a badge for that of a verdict.
func badgeClass(verdict string) string {
	switch verdict {
	case "valid":
		return "good"
	case "partial":
		return "warn"
	case "invalid", "forged":
		return "bad"
	case "foreign":
		return "foreign"
	}
	return "unknown"
}
