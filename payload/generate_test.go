package payload_test

import (
	"fmt"
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"testing"

	"yizheng/catalog"
	"yizheng/license"
)

// ordinary are characters of which names and free wording are made: the words
// of a business that no vocabulary can know.
var ordinary = []rune("一家人和乐福来春夏秋冬山水云月星光明德信义诚达通运发兴旺盛昌隆顺利佳美好新华东南西北中天地海江河湖泉林森木石金玉宝珠兰竹梅菊花香味鲜食园轩阁斋坊记号庄堂馆店铺屋居小大老少青红白蓝绿黄紫雅静安宁康健乐活力量心意梦想未来世界国民社区街里弄堂口角落时光故事书香墨韵茶语咖啡时间周末晚风晨曦子文婷丽娟敏杰伟强军勇峰磊超洋艳勤芳燕玲桂英建平志刚海燕玉兰学良晓红雪梅婉清思远浩然子轩梓涵雨泽博文宇航欣怡佳琪俊杰嘉豪")

// random makes licenses as they come: of any industry, with the standard words
// mostly and words of their own often.
type random struct {
	*rand.Rand
	t         testing.TB
	catalogue *catalog.Catalogue
	words     catalog.Vocabulary
	unknown   int // how many phrases and streets in a hundred are in no vocabulary
}

func newRandom(t testing.TB, c *catalog.Catalogue, seed uint64) *random {
	t.Helper()
	v, err := c.Vocabulary()
	if err != nil {
		t.Fatal(err)
	}
	return &random{rand.New(rand.NewPCG(seed, 86)), t, c, v, 20}
}

func (r *random) chance(percent int) bool { return r.IntN(100) < percent }

func (r *random) of(list []string) string {
	if len(list) == 0 {
		return ""
	}
	// The lists have the frequent ones first.
	return list[min(r.IntN(len(list)), r.IntN(len(list)))]
}

func (r *random) own(n int) string {
	var s strings.Builder
	for range n {
		s.WriteRune(ordinary[r.IntN(len(ordinary))])
	}
	return s.String()
}

func (r *random) digits(n int) string {
	var s strings.Builder
	for range n {
		s.WriteByte(byte('0' + r.IntN(10)))
	}
	return s.String()
}

func (r *random) license() *license.License {
	c := r.catalogue
	industry := c.Industries[r.IntN(len(c.Industries))]
	issued, _ := license.ParseDate("2026-01-05")
	issued += license.Date(r.IntN(300))
	l := &license.License{
		Identifier: license.Identifier{
			Type: c.TypeCode, Issuer: string(c.Issuer.Code),
			Serial: "2026" + fmt.Sprintf("%07d", 1+r.IntN(40000)), Version: 1 + r.IntN(3),
		},
		Region: c.Region, Issuer: c.Issuer.Name, Industry: industry.Name, Catalogue: c.Version,
		IssueDate: issued, StatusIndex: uint32(r.IntN(1 << 21)), Demonstration: c.Demonstration,
		Holder: license.Holder{
			Name:           r.name(),
			CreditCode:     r.creditCode(),
			Representative: r.of(r.words.Surnames) + r.own(1+r.IntN(2)),
			Premises:       r.premises(),
		},
	}
	l.Number = string(l.Region) + l.Identifier.Serial
	var matters []string
	for _, q := range industry.Requirements {
		if q.Need == catalog.Always || r.chance(50) {
			matters = append(matters, q.Matter)
		}
	}
	for _, m := range []string{"户外招牌设置许可", "城镇污水排入排水管网许可", "食品经营许可"} {
		if _, ok := c.Matter(m); ok && r.chance(35) || len(matters) < 2 {
			matters = append(matters, m)
		}
	}
	seen := map[string]bool{}
	for _, m := range matters {
		if !seen[m] {
			seen[m] = true
			l.Permits = append(l.Permits, r.permit(m, issued))
		}
	}
	return l
}

func (r *random) name() string {
	name := r.own(2 + r.IntN(3))
	if r.chance(70) {
		name = r.catalogue.Region.FullName()[:len("上海")] + name
	}
	if r.chance(30) {
		name += r.own(2)
	}
	name += r.of(r.words.Companies)
	if !strings.HasSuffix(name, "公司") && r.chance(70) {
		name += "有限公司"
	}
	return name
}

func (r *random) creditCode() license.CreditCode {
	const letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	stem := r.of(r.words.CreditCodes)
	for len(stem) < 17 {
		stem += string(letters[r.IntN(len(letters))])
	}
	code, err := license.NewCreditCode(stem[:17])
	if err != nil {
		r.t.Fatal(err)
	}
	return code
}

func (r *random) premises() string {
	street := r.own(2) + "路"
	if !r.chance(r.unknown) && len(r.words.Places) > 1 {
		street = r.of(r.words.Places[1:])
	}
	s := r.catalogue.Region.FullName() + street + fmt.Sprint(1+r.IntN(1800))
	if r.chance(30) {
		s += fmt.Sprintf("弄%d", 1+r.IntN(90))
	}
	s += "号"
	if r.chance(60) {
		s += fmt.Sprintf("%d层%d%02d室", 1+r.IntN(6), 1+r.IntN(6), 1+r.IntN(30))
	}
	if r.chance(25) {
		s += "(" + r.own(2+r.IntN(4)) + r.of(r.words.Premises) + ")"
	}
	return s
}

func (r *random) permit(matter string, issued license.Date) license.Permit {
	m, ok := r.catalogue.Matter(matter)
	if !ok {
		r.t.Fatalf("no matter %s", matter)
	}
	p := license.Permit{Matter: m.Name, Authority: m.Authority, Commitment: r.chance(30)}
	p.ValidFrom = issued - license.Date(r.IntN(40))
	if r.chance(50) {
		p.ValidFrom -= license.Date(r.IntN(1000))
	}
	if y := m.UsualYears; y > 0 && m.Term == catalog.Years {
		p.ValidUntil = p.ValidFrom.AddYears(y) - 1
	} else if m.Term == catalog.YearEnd {
		p.ValidUntil, _ = license.ParseDate("2030-12-31")
	}
	if r.chance(8) {
		p.ValidUntil = p.ValidFrom + license.Date(200+r.IntN(1500))
	}
	p.Number = r.number(m, p.ValidFrom)
	var record catalog.Record
	for _, x := range r.words.Records {
		if x.Matter == matter {
			record = x
		}
	}
	p.Scope = r.scope(record.Scopes)
	return p
}

func (r *random) number(m catalog.Matter, from license.Date) string {
	if len(m.Numbers) == 0 {
		return r.own(2) + "字第" + r.digits(8) + "号"
	}
	f := m.Numbers[r.IntN(len(m.Numbers))]
	expression, err := syntax.Parse(f.Pattern, syntax.Perl)
	if err != nil {
		r.t.Fatal(err)
	}
	number := r.match(expression)
	if f.Check == "food" {
		return number[:3] + string(r.catalogue.Region) + "0" + number[10:]
	}
	if head, _, dated := strings.Cut(f.Prefix, "{year}"); dated && strings.HasPrefix(number, head) {
		number = head + fmt.Sprint(from.Start().Year()) + number[len(head)+4:]
	}
	return number
}

// match makes a text that a number's pattern allows.
func (r *random) match(e *syntax.Regexp) string {
	var s strings.Builder
	switch e.Op {
	case syntax.OpLiteral:
		s.WriteString(string(e.Rune))
	case syntax.OpCharClass:
		i := 2 * r.IntN(len(e.Rune)/2)
		s.WriteRune(e.Rune[i] + rune(r.IntN(int(e.Rune[i+1]-e.Rune[i])+1)))
	case syntax.OpQuest:
		if r.chance(50) {
			s.WriteString(r.match(e.Sub[0]))
		}
	case syntax.OpPlus:
		for range 4 {
			s.WriteString(r.match(e.Sub[0]))
		}
	case syntax.OpRepeat:
		for range e.Min {
			s.WriteString(r.match(e.Sub[0]))
		}
	case syntax.OpAlternate:
		s.WriteString(r.match(e.Sub[r.IntN(len(e.Sub))]))
	default:
		for _, sub := range e.Sub {
			s.WriteString(r.match(sub))
		}
	}
	return s.String()
}

func (r *random) scope(phrases []string) string {
	var all []string
	for range 1 + r.IntN(3) {
		phrase := r.of(phrases)
		if phrase == "" || r.chance(r.unknown) {
			phrase = r.own(3 + r.IntN(8))
		}
		changed := []byte(phrase)
		for i, b := range changed {
			if '0' <= b && b <= '9' && r.chance(70) {
				changed[i] = byte('0' + r.IntN(10))
			}
		}
		all = append(all, string(changed))
	}
	return strings.Trim(strings.Join(all, []string{";", "、", ","}[r.IntN(3)]), " ")
}
