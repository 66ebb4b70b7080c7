package templates_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"yizheng/templates"
)

// TestLinesFit breaks texts for cells of every width: no line reaches beyond
// its cell, and the lines together are the text.
func TestLinesFit(t *testing.T) {
	p := printer(t)
	r := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		said := text(r, 1+r.IntN(500))
		if r.IntN(2) == 0 {
			said = strings.ReplaceAll(said, "-", " ")
		}
		size, width := 7+r.Float64()*9, 8+r.Float64()*160
		lines, reach := templates.Broken(p, size, width, said)
		if got := strings.Join(lines, ""); got != said {
			t.Fatalf("%q became %q", said, got)
		}
		for i, l := range lines {
			if reach[i] > width+1e-6 {
				t.Errorf("%q reaches %.2f of %.2f mm", l, reach[i], width)
			}
		}
	}
}

// TestLinesBreakWhereTheyMay holds where a line may begin and end.
func TestLinesBreakWhereTheyMay(t *testing.T) {
	p := printer(t)
	for _, c := range []struct {
		name, text string
		ems        float64
		want       string
	}{
		{"between ideographs", "上海市长宁区", 4, "上海市长|宁区"},
		{"no comma at the start", "上海市长，宁区", 4, "上海市|长，宁区"},
		{"no bracket at the end", "上海市（长宁）", 4, "上海市|（长宁）"},
		{"numbers stay whole", "上海321号", 3, "上海|321号"},
		{"unless longer than a line", "沪05050301080001872345号", 4, "沪05050|3010800|0187234|5号"},
		{"a number moves with its measure word", "上海路1层201室", 5.2, "上海路1层|201室"},
		{"and with 第", "上海沪长字第0203号", 6, "上海沪长字|第0203号"},
		{"letters too", "公卫CN25-0619号", 7, "公卫|CN25-0619号"},
		{"no last line of one character", "消防安全检查", 5, "消防安全|检查"},
		{"nor of one and a full stop", "消防安全检查。", 5, "消防安全|检查。"},
		{"at spaces, which stay", "Ltd of ABCD", 3.2, "Ltd of |ABCD"},
		{"nor of one short word", "Ltd of AB", 3.2, "Ltd |of AB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			const size = 10
			lines, _ := templates.Broken(p, size, c.ems*size*25.4/72, c.text)
			if got := strings.Join(lines, "|"); got != c.want {
				t.Errorf("it was broken %q, want %q", got, c.want)
			}
		})
	}
}
