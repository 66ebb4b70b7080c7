package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"yizheng/examples"
)

// rekeyed runs a command of keys that asks for a change of the trust list, has
// the member's province sign it, and runs the command again, which then goes
// on. The member's server takes the new keys over when it starts again.
func (d *drill) rekeyed(ctx context.Context, m *member, args ...string) (string, error) {
	args = append(append([]string{"keys"}, args...), "--data", d.data(m))
	if out, err := d.yizheng(ctx, args...); err != nil && out == "" {
		var ended *failed
		if !errors.As(err, &ended) {
			return "", err
		}
	}
	if _, err := d.yizheng(ctx, "trust", "keys", filepath.Join(d.data(m), "keys-request.json"), "--root", d.root(m.signer)); err != nil {
		return "", err
	}
	if err := d.sign(ctx); err != nil {
		return "", err
	}
	out, err := d.yizheng(ctx, args...)
	if err != nil {
		return "", err
	}
	if err := d.end(m); err != nil {
		return "", err
	}
	return out, d.start(ctx, m)
}

// activeKey is the id of the key by which a member signs licenses.
func (d *drill) activeKey(ctx context.Context, m *member) (string, error) {
	out, err := d.yizheng(ctx, "keys", "list", "--data", d.data(m))
	if err != nil {
		return "", err
	}
	for _, line := range strings.Split(out, "\n") {
		if f := strings.Fields(line); len(f) > 2 && f[0] == "license" && f[1] == "active" {
			return f[2], nil
		}
	}
	return "", fmt.Errorf("%s has no key in use for licenses:\n%s", m.name, out)
}

// rotate lets another key follow in Changning: what the one before signed stays
// good, and the next license is signed by the new one.
func (d *drill) rotate(ctx context.Context) (string, error) {
	changning := d.issuers[0]
	before, err := d.activeKey(ctx, changning)
	if err != nil {
		return "", err
	}
	if _, err := d.rekeyed(ctx, changning, "rotate", "--use", "license", "--overlap", "0"); err != nil {
		return "", err
	}
	after, err := d.activeKey(ctx, changning)
	if err != nil {
		return "", err
	}
	if after == before {
		return "", fmt.Errorf("the key in use is still %s", before)
	}
	d.say("   长宁 %s → %s", before, after)
	file, err := d.application(examples.Restaurant)
	if err != nil {
		return "", err
	}
	fresh, err := d.issue(ctx, changning, d.data(changning), file)
	if err != nil {
		return "", err
	}
	began := time.Now()
	if _, err := d.seen(ctx, began, []*member{changning, d.issuers[1]}, fresh.text, func(r result) bool { return r.Outcome == "valid" }); err != nil {
		return "", err
	}
	_, err = d.seen(ctx, began, d.everyone(), d.shops[changning].text, func(r result) bool {
		return r.License != nil && r.state(d.shops[changning].food().Number) == "revoked" && r.Outcome != "not_genuine"
	})
	return "新证用新密钥，旧证照旧有效 new licenses by the new key, old ones stay good", err
}

// compromise has a thief take everything that Jiaxing's server has, forge a
// license and date it back; then Jiaxing gives the key up.
func (d *drill) compromise(ctx context.Context) (string, error) {
	jiaxing := d.issuers[3]
	stolen, err := d.activeKey(ctx, jiaxing)
	if err != nil {
		return "", err
	}
	thief := d.path("thief")
	if out, err := exec.CommandContext(ctx, "cp", "-a", d.data(jiaxing), thief).CombinedOutput(); err != nil {
		return "", fmt.Errorf("copying what Jiaxing has: %w: %s", err, out)
	}
	since := time.Now()
	file, err := d.application("forged-bookstore.json")
	if err != nil {
		return "", err
	}
	forged, err := d.issue(ctx, jiaxing, thief, file, "--at", since.Add(-10*24*time.Hour).Format(time.RFC3339))
	if err != nil {
		return "", err
	}
	r, err := d.issuers[0].ask(ctx, forged.text)
	if err != nil {
		return "", err
	}
	d.say("   窃贼用 %s 伪造一证，倒签十天 a thief forges with it, and dates it ten days back", stolen)
	d.say("   尚无人知时 while nobody knows: 长宁看 %s (%s)", r.Outcome, r.reason())
	if r.Outcome == "valid" || r.Outcome == "partially_valid" {
		return "", fmt.Errorf("a license that the register does not know is %s", r.Outcome)
	}
	if _, err := d.rekeyed(ctx, jiaxing, "compromise", "--key", stolen, "--since", since.UTC().Format(time.RFC3339)); err != nil {
		return "", err
	}
	began := time.Now()
	d.say("   嘉兴宣布密钥失窃 Jiaxing gives the key up")
	others := []*member{d.issuers[0], d.issuers[2], d.checker}
	if _, err := d.seen(ctx, began, others, forged.text, func(r result) bool { return r.Outcome == "not_genuine" }); err != nil {
		return "", fmt.Errorf("the forgery: %w", err)
	}
	good := d.shops[jiaxing]
	if _, err := d.seen(ctx, began, others, good.text, func(r result) bool {
		return r.License != nil && r.Outcome != "not_genuine" && r.state(good.food().Number) == "valid"
	}); err != nil {
		return "", fmt.Errorf("the good one: %w", err)
	}
	d.say("   真证凭关闭名单照旧有效 the good license passes by the closing list")
	out, err := d.yizheng(ctx, "batch", "reissue", "--data", d.data(jiaxing), "--list", filepath.Join(d.data(jiaxing), "reissue-"+stolen+".txt"), "--result", d.path("reissued.csv"))
	if err != nil {
		return "", err
	}
	d.say("   重发 issued anew: %s", strings.TrimSpace(strings.ReplaceAll(out, "\n", " ")))
	_, err = d.seen(ctx, time.Now(), others, good.text, func(r result) bool {
		return r.License != nil && r.License.SupersededBy != ""
	})
	return "倒签的伪证处处识破，真证照旧，随后换发 the forgery is refused everywhere, good licenses pass and are issued anew", err
}
