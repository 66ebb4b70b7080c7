package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"yizheng/examples"
)

// member is one deployment.
type member struct {
	region, name string
	signer       string // who lists it: a delegate of the root delta
	shop         string // the application that it issues first
	market       string // the department that grants food permits there
	port         int
	process      *exec.Cmd // nil while it is down
	log          bytes.Buffer
}

// members are the five that issue, in the order of their columns.
func members() []*member {
	return []*member{
		{region: "310105", name: "长宁", signer: "shanghai", shop: examples.Bookstore, market: "上海市长宁区市场监督管理局"},
		{region: "310106", name: "静安", signer: "shanghai", shop: examples.JinganCafe, market: "上海市静安区市场监督管理局"},
		{region: "320500", name: "苏州", signer: "jiangsu", shop: "suzhou-bookstore.json", market: "苏州市市场监督管理局"},
		{region: "330400", name: "嘉兴", signer: "zhejiang", shop: "jiaxing-bookstore.json", market: "嘉兴市市场监督管理局"},
		{region: "340100", name: "合肥", signer: "anhui", shop: "hefei-bookstore.json", market: "合肥市市场监督管理局"},
	}
}

// provinces are the delegates of the root, by name.
var provinces = []struct{ name, title, territory string }{
	{"shanghai", "上海市(演示)", "31"}, {"jiangsu", "江苏省(演示)", "32"}, {"zhejiang", "浙江省(演示)", "33"}, {"anhui", "安徽省(演示)", "34"},
}

// delta is the federation on this machine.
type delta struct {
	program string
	dir     string
	issuers []*member
	checker *member // verifies only, in Hangzhou
}

func (d *delta) path(parts ...string) string {
	return filepath.Join(append([]string{d.dir}, parts...)...)
}
func (d *delta) settings(m *member) string { return d.path("settings", m.region+".json") }
func (d *delta) root(name string) string   { return d.path("roots", name) }
func (d *delta) data(m *member) string     { return d.path(m.region) }
func (d *delta) trust(m *member) string    { return filepath.Join(d.data(m), "trust.json") }
func (m *member) url() string              { return fmt.Sprintf("http://localhost:%d", m.port) }
func (d *delta) everyone() []*member       { return append(append([]*member{}, d.issuers...), d.checker) }

// build makes the roots and the data directories.
func (d *delta) build(ctx context.Context) error {
	d.issuers = members()
	d.checker = &member{region: "330100", name: "杭州"}
	if err := d.roots(ctx); err != nil {
		return err
	}
	if err := d.configure(); err != nil {
		return err
	}
	// They have issued for a month, so that something can be dated back.
	since := time.Now().AddDate(0, -1, 0).Format(time.RFC3339)
	for _, m := range d.issuers {
		if _, err := d.yizheng(ctx, "init", "--data", d.data(m), "--demonstration", "--root", d.root(m.signer), "--region", m.region, "--url", m.url(), "--at", since, "--settings", d.settings(m)); err != nil {
			return err
		}
	}
	return d.sign(ctx)
}

// configure gives everyone a port, and writes what their configurations say:
// whoever issues tells the others of changed lists at once, and whoever drills
// asks more often than anybody else may.
func (d *delta) configure() (err error) {
	for _, m := range d.everyone() {
		if m.port, err = freePort(); err != nil {
			return err
		}
	}
	if err := errors.Join(os.MkdirAll(d.path("settings"), 0o755), os.MkdirAll(d.data(d.checker), 0o755)); err != nil {
		return err
	}
	for _, m := range d.everyone() {
		// All are on this machine, where nobody is reached on the word of others unless it is said.
		settings := map[string]any{"rate": map[string]int{"perSecond": 1000, "burst": 1000}, "reach": []string{"127.0.0.0/8", "::1/128"}}
		var others []string
		for _, other := range d.everyone() {
			if other != m {
				others = append(others, other.url())
			}
		}
		if m != d.checker {
			settings["notify"] = others
		}
		raw, err := json.Marshal(settings)
		if err == nil {
			err = os.WriteFile(d.settings(m), raw, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// roots makes the root of the Delta, with the agreements of policy.json, and
// its four delegates. All keys lie in the folders, as in no real federation:
// examples/ceremony shows how that is done.
func (d *delta) roots(ctx context.Context) error {
	create := []string{"trust", "create", "--root", d.root("delta"), "--name", "delta", "--title", "长三角信任根(演示)"}
	for _, p := range provinces {
		create = append(create, "--territory", p.territory)
	}
	if err := os.MkdirAll(d.path("roots"), 0o755); err != nil {
		return err
	}
	if _, err := d.yizheng(ctx, create...); err != nil {
		return err
	}
	policy, err := files.ReadFile("policy.json")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.root("delta"), "policy.json"), policy, 0o644); err != nil {
		return err
	}
	for _, p := range provinces {
		err := d.all(ctx,
			[]string{"trust", "create", "--root", d.root(p.name), "--name", p.name, "--title", p.title, "--territory", p.territory, "--under", "delta"},
			[]string{"trust", "delegate", "--root", d.root("delta"), filepath.Join(d.root(p.name), "signer.json")})
		if err != nil {
			return err
		}
	}
	first := d.path("roots", "delta.json")
	if _, err := d.yizheng(ctx, "trust", "update", "--root", d.root("delta"), "--out", first, "--region", "310000"); err != nil {
		return err
	}
	for _, p := range provinces {
		if _, err := d.yizheng(ctx, "trust", "join", "--root", d.root(p.name), "--trust", first); err != nil {
			return err
		}
	}
	return nil
}

// sign has every province sign what has changed in its folder, and brings the
// trust file of everyone up to date, each for where it stands. Servers look at
// their file every two seconds.
func (d *delta) sign(ctx context.Context) error {
	all := d.path("trust.json")
	for _, p := range append([]string{"delta"}, "shanghai", "jiangsu", "zhejiang", "anhui") {
		if _, err := d.yizheng(ctx, "trust", "update", "--root", d.root(p), "--out", all, "--region", "310000"); err != nil {
			return err
		}
	}
	for _, m := range d.everyone() {
		if err := d.give(ctx, m, all); err != nil {
			return err
		}
	}
	return nil
}

// give brings the trust file of a member up to date by what was published. A
// member that has none yet is given one with the anchor, by hand.
func (d *delta) give(ctx context.Context, m *member, all string) error {
	if _, err := os.Stat(d.trust(m)); err == nil && m.process != nil {
		_, err := d.yizheng(ctx, "trust", "fetch", "--trust", d.trust(m), "--from", all)
		return err
	}
	raw, err := os.ReadFile(all)
	if err != nil {
		return err
	}
	var file map[string]any
	if err := json.Unmarshal(raw, &file); err != nil {
		return err
	}
	anchor, ok := file["anchor"].(map[string]any)
	if !ok {
		return fmt.Errorf("%s has no anchor", all)
	}
	anchor["region"] = m.region
	if raw, err = json.Marshal(file); err != nil {
		return err
	}
	return os.WriteFile(d.trust(m), raw, 0o644)
}
