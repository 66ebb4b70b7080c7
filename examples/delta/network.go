package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// cut takes Hefei off the network. Others go on by what they have, and say how
// old it is; when it has grown too old they say that they cannot tell.
func (d *drill) cut(ctx context.Context) (string, error) {
	changning, jingan, hefei := d.issuers[0], d.issuers[1], d.issuers[4]
	// What an inspector in Hangzhou takes along: one signed file, from Changning.
	bundle := d.path("inspector.bundle")
	fetch := []string{"bundle", "fetch", "--trust", d.trust(d.checker), "--from", changning.url()}
	for _, m := range d.issuers {
		fetch = append(fetch, "--region", m.region)
	}
	if _, err := d.yizheng(ctx, append(fetch, bundle)...); err != nil {
		return "", err
	}
	size, err := os.Stat(bundle)
	if err != nil {
		return "", err
	}
	d.say("   杭州的检查员带走五地的离线包 an inspector takes the five regions' bundle along: %d kB", size.Size()/1000)
	if err := d.end(hefei); err != nil {
		return "", err
	}
	l := d.shops[hefei]
	r, err := jingan.ask(ctx, l.text)
	if err != nil {
		return "", err
	}
	if r.Outcome == "unknown" || r.Lists.Status == nil {
		return "", fmt.Errorf("a copy that was fetched a moment ago does not serve: %s (%s)", r.Outcome, r.reason())
	}
	d.say("   合肥断网 Hefei is cut off. 静安凭手头副本 by its copy: %s, 列表龄 list %d s old", r.row(), r.Lists.Status.Age)
	if err := d.act(ctx, hefei, l, "suspend"); err != nil {
		return "", err
	}
	for _, c := range []struct {
		later           time.Duration
		outcome, reason string
	}{
		{time.Hour, "partially_valid", ""}, {71 * time.Hour, "partially_valid", ""}, {73 * time.Hour, "unknown", "bundle_expired"}, {8 * 24 * time.Hour, "unknown", "freshness_expired"},
	} {
		r, err := d.offline(ctx, bundle, time.Now().Add(c.later).Format(time.RFC3339), l.text)
		if err != nil {
			return "", err
		}
		if err := want(r, c.outcome, c.reason); err != nil {
			return "", fmt.Errorf("off line, %v later: %w", c.later, err)
		}
		d.say("   离线，时钟拨快 off line, the clock %s ahead: %s %s", pad(fmt.Sprintf("%.0f h", c.later.Hours()), 6), r.Outcome, r.reason())
	}
	revoked := d.shops[changning]
	r, err = d.offline(ctx, bundle, time.Now().Add(73*time.Hour).Format(time.RFC3339), revoked.text)
	if err != nil {
		return "", err
	}
	if got := r.state(revoked.food().Number); got != "revoked" {
		return "", fmt.Errorf("what is known to be revoked is %s when the list has aged", got)
	}
	d.say("   已知吊销的不因列表过期而变好 what is known to be bad stays bad: 长宁 %s", r.row())
	return "72小时内凭副本核验，其后如实答“无法判断” by copies for 72 hours, then unknown, never valid", nil
}

// heal brings Hefei back: what it did meanwhile is seen.
func (d *drill) heal(ctx context.Context) (string, error) {
	hefei := d.issuers[4]
	l := d.shops[hefei]
	began := time.Now()
	if err := d.start(ctx, hefei); err != nil {
		return "", err
	}
	last, err := d.seen(ctx, began, d.everyone(), l.text, func(r result) bool { return r.state(l.food().Number) == "suspended" })
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("断网期间的暂扣，恢复后 %.1f 秒内处处可见 the suspension of meanwhile was seen everywhere %.1f s after", last.Seconds(), last.Seconds()), nil
}
