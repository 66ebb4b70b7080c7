package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// drill goes through the story and tells it. What comes out otherwise than it
// should ends it.
type drill struct {
	out io.Writer
	*delta

	shops  map[*member]*license // the first license of each
	began  time.Time
	told   []string // the lines of the summary
	number int      // of the step
}

// license is one that was issued.
type license struct {
	id, number, text string
	permits          []permit
}

// food is the permit of the market department: the one that recognition
// between the members is about.
func (l *license) food() permit {
	for _, p := range l.permits {
		if p.Matter == "食品经营许可" {
			return p
		}
	}
	return permit{}
}

func (d *drill) say(format string, a ...any) { fmt.Fprintf(d.out, format+"\n", a...) }

// step is one part of the story. It gives a sentence for the summary.
type step struct {
	title string
	do    func(context.Context) (string, error)
}

func (d *drill) run(ctx context.Context) error {
	d.began = time.Now()
	d.say("%s", picture)
	for _, s := range []step{
		{"建立联盟 the federation", d.found},
		{"发证 five regions issue", d.issueAll},
		{"各地核验 everybody checks everybody", d.checkAll},
		{"吊销一项许可 a permit is revoked", d.revoke},
		{"回看 was it valid then?", d.lookBack},
		{"暂扣与恢复 suspended, and restored", d.suspend},
		{"变更 a license is superseded", d.supersede},
		{"异议 a dispute across provinces", d.dispute},
		{"换密钥 a key is rotated", d.rotate},
		{"密钥失窃 a key is stolen", d.compromise},
		{"断网 the network is cut", d.cut},
		{"恢复 the network heals", d.heal},
	} {
		d.number++
		d.say("\n── %d. %s", d.number, s.title)
		began := time.Now()
		sentence, err := s.do(ctx)
		if err != nil {
			return fmt.Errorf("step %d, %s: %w", d.number, s.title, err)
		}
		d.told = append(d.told, fmt.Sprintf("%2d  %4.1f s  %s", d.number, time.Since(began).Seconds(), sentence))
	}
	d.say("\n── 小结 summary, %.0f s", time.Since(d.began).Seconds())
	d.say("%s", strings.Join(d.told, "\n"))
	return nil
}

// seen waits until every one of the members says of a text what it should, and
// tells how long each took.
func (d *drill) seen(ctx context.Context, since time.Time, by []*member, text string, so func(result) bool) (last time.Duration, _ error) {
	took := make(map[*member]time.Duration)
	var was result
	err := until(ctx, 30*time.Second, func() (bool, error) {
		for _, m := range by {
			if took[m] != 0 {
				continue
			}
			r, err := m.ask(ctx, text)
			if err != nil {
				return false, fmt.Errorf("asking %s: %w", m.name, err)
			}
			if was = r; so(r) {
				took[m] = time.Since(since)
			}
		}
		return len(took) == len(by), nil
	})
	if err != nil {
		return 0, fmt.Errorf("it is not seen everywhere: %w (the last answer: %s %s)", err, was.Outcome, was.reason())
	}
	var times []string
	for _, m := range by {
		times = append(times, fmt.Sprintf("%s %.1f s", m.name, took[m].Seconds()))
		last = max(last, took[m])
	}
	d.say("   看到 seen: %s", strings.Join(times, "  "))
	return last, nil
}

// want fails where a verification came out otherwise than it should.
func want(r result, outcome, reason string) error {
	if r.Outcome != outcome || reason != "" && r.reason() != reason {
		return fmt.Errorf("%s (%s), and it should be %s (%s)", r.Outcome, r.reason(), outcome, reason)
	}
	return nil
}

// picture is the federation.
const picture = `
                       根 root: delta 长三角 (31 32 33 34)
                       协议 agreements: 食品 full · 出版物 display only · 卫生 needs local filing
          ┌───────────────────┬──────────────┴──────┬─────────────────────┐
   受托 shanghai 31    受托 jiangsu 32      受托 zhejiang 33       受托 anhui 34
   (全市互认 citywide)        │                     │                     │
     ┌────┴─────┐             │              ┌──────┴──────┐              │
  310105 长宁  310106 静安  320500 苏州   330400 嘉兴   330100 杭州    340100 合肥
  发证 issues  发证 issues  发证 issues   发证 issues   只核验         发证 issues
                                                       verifies only

  每地一个进程、自己的密钥、登记簿和状态列表。Each is a process with keys, a register and lists of its own.
  一切均为演示。All of it is a demonstration.`
