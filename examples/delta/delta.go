package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
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
func (d *delta) settings() string        { return d.path("settings.json") }
func (d *delta) root(name string) string { return d.path("roots", name) }
func (d *delta) data(m *member) string   { return d.path(m.region) }
func (d *delta) trust(m *member) string  { return filepath.Join(d.data(m), "trust.json") }
func (m *member) url() string            { return fmt.Sprintf("http://localhost:%d", m.port) }
func (d *delta) everyone() []*member     { return append(append([]*member{}, d.issuers...), d.checker) }

// failed is a command that ended in another way than with 0.
type failed struct {
	exit int
	what string
}

func (f *failed) Error() string { return f.what }

// yizheng runs a command of the program and gives what it printed.
func (d *delta) yizheng(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, d.program, args...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		err = &failed{exited.ExitCode(), fmt.Sprintf("yizheng %s: exit %d\n%s%s", strings.Join(args, " "), exited.ExitCode(), &out, &problems)}
	}
	return out.String(), err
}

// all runs commands one after the other.
func (d *delta) all(ctx context.Context, commands ...[]string) error {
	for _, args := range commands {
		if _, err := d.yizheng(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// build makes the roots and the data directories.
func (d *delta) build(ctx context.Context) error {
	d.issuers = members()
	d.checker = &member{region: "330100", name: "杭州"}
	if err := d.roots(ctx); err != nil {
		return err
	}
	// Whoever drills asks more often than anybody else may.
	if err := os.WriteFile(d.settings(), []byte(`{"rate": {"perSecond": 1000, "burst": 1000}}`), 0o644); err != nil {
		return err
	}
	// They have issued for a month, so that something can be dated back.
	since := time.Now().AddDate(0, -1, 0).Format(time.RFC3339)
	for _, m := range d.everyone() {
		var err error
		if m.port, err = freePort(); err != nil {
			return err
		}
		if m == d.checker {
			if err := os.MkdirAll(d.data(m), 0o755); err != nil {
				return err
			}
			continue
		}
		if _, err := d.yizheng(ctx, "init", "--data", d.data(m), "--demonstration", "--root", d.root(m.signer), "--region", m.region, "--url", m.url(), "--at", since, "--settings", d.settings()); err != nil {
			return err
		}
	}
	return d.sign(ctx)
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

// start starts the servers of members and waits until they are ready.
func (d *delta) start(ctx context.Context, starting ...*member) error {
	for _, m := range starting {
		args := []string{"serve", "--listen", fmt.Sprintf("localhost:%d", m.port)}
		if m == d.checker {
			args = append(args, "--trust", d.trust(m), "--config", d.settings())
		} else {
			args = append(args, "--data", d.data(m))
		}
		m.process = exec.Command(d.program, args...)
		m.process.Stdout, m.process.Stderr = &m.log, &m.log
		if err := m.process.Start(); err != nil {
			return err
		}
	}
	for _, m := range starting {
		err := until(ctx, time.Minute, func() (bool, error) {
			answer, err := http.Get(m.url() + "/readyz")
			if err != nil {
				return false, nil // not up yet
			}
			_ = answer.Body.Close() // only its status was wanted
			return answer.StatusCode == http.StatusOK, nil
		})
		if err != nil {
			return fmt.Errorf("%s does not get ready: %w\n%s", m.name, err, m.log.String())
		}
	}
	return nil
}

// end ends the server of a member.
func (d *delta) end(m *member) error {
	if m.process == nil {
		return nil
	}
	http.DefaultClient.CloseIdleConnections()
	err := errors.Join(m.process.Process.Signal(syscall.SIGTERM), m.process.Wait())
	m.process = nil
	if err != nil {
		return fmt.Errorf("%s did not end well: %w\n%s", m.name, err, m.log.String())
	}
	return nil
}

// stop ends everything that runs.
func (d *delta) stop() {
	for _, m := range append(d.issuers, d.checker) {
		if m != nil {
			_ = d.end(m) // whoever stops has told what went wrong, or nothing did
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// until waits until something is so.
func until(ctx context.Context, within time.Duration, so func() (bool, error)) error {
	for end := time.Now().Add(within); ; {
		done, err := so()
		if err != nil || done {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("not within %v", within)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
