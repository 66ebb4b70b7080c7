package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"yizheng/examples"
)

// found makes everything and starts the servers.
func (d *drill) found(ctx context.Context) (string, error) {
	if err := d.build(ctx); err != nil {
		return "", err
	}
	if err := d.start(ctx, d.everyone()...); err != nil {
		return "", err
	}
	for _, m := range d.everyone() {
		d.say("   %s %s  %s", m.region, m.name, m.url())
	}
	return "一个根、四个省市受托方、五个发证机关、一个只核验的节点 one root, four delegates, five issuers, one verifier", nil
}

// issue issues an application in a member's district.
func (d *drill) issue(ctx context.Context, m *member, data, file string, more ...string) (*license, error) {
	args := append([]string{"issue", "--data", data, "--out", d.path("out", filepath.Base(data)), "--json"}, more...)
	out, err := d.yizheng(ctx, append(args, file)...)
	if err != nil {
		return nil, err
	}
	var issued []struct {
		Identifier, Number string
		QR                 struct{ Text string }
	}
	if err := json.Unmarshal([]byte(out), &issued); err != nil || len(issued) != 1 {
		return nil, errors.Join(fmt.Errorf("issuing in %s gives %d licenses", m.name, len(issued)), err)
	}
	return &license{id: issued[0].Identifier, number: issued[0].Number, text: issued[0].QR.Text}, nil
}

//go:embed *.json
var files embed.FS

// application puts an application where commands find it: one of this folder,
// or of those that every example shares.
func (d *drill) application(name string) (string, error) {
	raw, err := files.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		raw, err = examples.Raw(name)
	}
	if err != nil {
		return "", err
	}
	path := d.path("examples", name)
	if err := os.MkdirAll(d.path("examples"), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, raw, 0o644)
}

// issueAll issues a license in each district.
func (d *drill) issueAll(ctx context.Context) (string, error) {
	d.shops = make(map[*member]*license)
	for _, m := range d.issuers {
		file, err := d.application(m.shop)
		if err != nil {
			return "", err
		}
		l, err := d.issueShop(ctx, m, file)
		if err != nil {
			return "", err
		}
		// Its own server has seen it in the register by itself.
		_, err = d.seenAtHome(ctx, m, l)
		if err != nil {
			return "", err
		}
		d.shops[m] = l
		d.say("   %s  %s  %d 项许可 permits", m.name, l.number, len(l.permits))
	}
	return "五地各发一证 each of the five issued a license", nil
}

// issueShop issues the first license of a member: Changning's two days ago, so
// that there is a yesterday to look back on.
func (d *drill) issueShop(ctx context.Context, m *member, file string) (*license, error) {
	if m != d.issuers[0] {
		return d.issue(ctx, m, d.data(m), file)
	}
	l, err := d.issue(ctx, m, d.data(m), file, "--at", time.Now().Add(-48*time.Hour).Format(time.RFC3339))
	if err == nil { // the list is as old, and is to be of today
		_, err = d.yizheng(ctx, "status", "publish", "--data", d.data(m))
	}
	return l, err
}

// seenAtHome waits until the issuer's own server has the status of a license,
// and keeps what permits it shows.
func (d *drill) seenAtHome(ctx context.Context, m *member, l *license) (r result, err error) {
	err = until(ctx, 30*time.Second, func() (bool, error) {
		r, err = m.ask(ctx, l.text)
		return err == nil && r.Outcome == "valid", err
	})
	if err != nil {
		return r, fmt.Errorf("%s does not hold its own license for valid: %w (%s %s)", m.name, err, r.Outcome, r.reason())
	}
	l.permits = r.License.Permits
	return r, nil
}

// checkAll has everybody check every license, and holds the answers to the
// agreements.
func (d *drill) checkAll(ctx context.Context) (string, error) {
	d.say("   ● 认可 full   ◐ 仅亮证 display only   ✎ 须当地备案 needs local filing   ○ 不认可 not recognised")
	head := ""
	for _, m := range d.everyone() {
		head += pad(m.name+"看", 14)
	}
	d.say("   %s%s", pad("", 10), head)
	for _, issuer := range d.issuers {
		line := ""
		for _, m := range d.everyone() {
			r, err := m.ask(ctx, d.shops[issuer].text)
			if err != nil {
				return "", err
			}
			if err := agreed(issuer, m, r); err != nil {
				return "", fmt.Errorf("%s on a license of %s: %w", m.name, issuer.name, err)
			}
			line += pad(r.row(), 14)
		}
		d.say("   %s%s", pad(issuer.name+"的证", 10), line)
	}
	var matters []string
	for _, p := range d.shops[d.issuers[2]].permits {
		matters = append(matters, p.Matter)
	}
	d.say("   苏州、嘉兴、合肥的证依次为 the permits of the last three: %s", strings.Join(matters, "、"))
	return "三十次核验逐项符合协议 thirty checks, each permit as the agreements say", nil
}

// agreed holds an answer to policy.json, and to what Shanghai decides within
// its own city.
func agreed(issuer, m *member, r result) error {
	if r.License == nil {
		return fmt.Errorf("it shows no license: %s %s", r.Outcome, r.reason())
	}
	inDelta := func(m *member) bool { return m.region[:2] == "31" || m.region[:4] == "3205" || m.region[:4] == "3304" }
	for _, p := range r.License.Permits {
		should := "○"
		switch {
		case issuer.region == m.region, issuer.region[:2] == "31" && m.region[:2] == "31":
			should = "●"
		case p.Matter == "食品经营许可" && inDelta(issuer) && inDelta(m):
			should = "●"
		case p.Matter == "出版物零售许可":
			should = "◐"
		case p.Matter == "公共场所卫生许可" && inDelta(issuer) && inDelta(m):
			should = "✎"
		}
		if got := p.standing(); got != should {
			return fmt.Errorf("%s is %s, and the agreements say %s (%v)", p.Matter, got, should, p.Reasons)
		}
	}
	return nil
}

// pad fills up to so many columns of a terminal, of which a Han character
// takes two.
func pad(s string, columns int) string {
	for _, r := range s {
		if columns--; r >= 0x2E80 {
			columns--
		}
	}
	return s + strings.Repeat(" ", max(columns, 1))
}

// revoke has a department in Changning revoke one permit, and everybody see it.
func (d *drill) revoke(ctx context.Context) (string, error) {
	changning := d.issuers[0]
	l := d.shops[changning]
	began := time.Now()
	if err := d.act(ctx, changning, l, "revoke"); err != nil {
		return "", err
	}
	number := l.food().Number
	last, err := d.seen(ctx, began, d.everyone(), l.text, func(r result) bool { return r.state(number) == "revoked" })
	if err != nil {
		return "", err
	}
	r, err := changning.ask(ctx, l.text)
	if err != nil {
		return "", err
	}
	if err := want(r, "partially_valid", ""); err != nil {
		return "", fmt.Errorf("the other permits stand: %w", err)
	}
	d.say("   其余各项不受影响 the others stand: %s", r.row())
	return fmt.Sprintf("吊销 %.1f 秒内处处可见，其余各项不变 the revocation was seen everywhere within %.1f s", last.Seconds(), last.Seconds()), nil
}

// act acts on the food permit of a license.
func (d *drill) act(ctx context.Context, m *member, l *license, act string) error {
	p := l.food()
	d.say("   %s: %s %s %s", m.market, act, p.Matter, p.Number)
	_, err := d.yizheng(ctx, "permit", act, "--data", d.data(m), "--license", l.number, "--permit", p.Number, "--reason", "演练 drill")
	return err
}

// suspend suspends a permit in Suzhou, and restores it.
func (d *drill) suspend(ctx context.Context) (string, error) {
	suzhou := d.issuers[2]
	l := d.shops[suzhou]
	others := []*member{d.issuers[0], d.issuers[3], d.checker}
	for _, part := range []struct{ act, state string }{{"suspend", "suspended"}, {"reinstate", "valid"}} {
		began := time.Now()
		if err := d.act(ctx, suzhou, l, part.act); err != nil {
			return "", err
		}
		if _, err := d.seen(ctx, began, others, l.text, func(r result) bool { return r.state(l.food().Number) == part.state }); err != nil {
			return "", err
		}
	}
	return "暂扣后恢复，如同未曾暂扣 suspended, and restored as if nothing had been", nil
}

// supersede changes a license in Jing'an: the old code says so, and names what
// follows it.
func (d *drill) supersede(ctx context.Context) (string, error) {
	jingan := d.issuers[1]
	l := d.shops[jingan]
	file, err := d.application(jingan.shop)
	if err != nil {
		return "", err
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	moved := strings.Replace(string(raw), `"representative": "顾明远"`, `"representative": "顾思远"`, 1)
	if moved == string(raw) {
		return "", errors.New("the example has another representative")
	}
	if err := os.WriteFile(file, []byte(moved), 0o644); err != nil {
		return "", err
	}
	began := time.Now()
	out, err := d.yizheng(ctx, "change", "--data", d.data(jingan), "--license", l.number, "--out", d.path("out", "change"), "--json", file)
	if err != nil {
		return "", err
	}
	var changed []struct{ Identifier string }
	if err := json.Unmarshal([]byte(out), &changed); err != nil || len(changed) != 1 {
		return "", errors.Join(errors.New("the change gives no license"), err)
	}
	d.say("   静安 %s → %s", l.id, changed[0].Identifier)
	_, err = d.seen(ctx, began, []*member{d.issuers[0], d.issuers[4], d.checker}, l.text, func(r result) bool {
		return r.Outcome == "invalid" && r.License != nil && r.License.SupersededBy == changed[0].Identifier
	})
	return "旧证显示已被新版取代并指明新证 the old code says that it was superseded, and by which", err
}
