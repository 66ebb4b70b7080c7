// Package sample makes applications of any number for trials: those of the
// examples, each with a holder, premises and permit numbers of its own. The
// same number always gives the same application. Businesses, people and
// numbers are made up. Start with [New].
package sample

import (
	"fmt"
	"iter"
	"strings"

	"yizheng/catalog"
	"yizheng/examples"
	"yizheng/license"
)

// Most is how many different applications there are.
const Most = 1_000_000

// Maker makes the applications of one region.
type Maker struct {
	models   []catalog.Application
	city     string // as names and premises begin
	region   license.Region
	streets  []string
	surnames []string
}

// New makes a maker for a region that the examples have applications of.
func New(c *catalog.Catalogue) (*Maker, error) {
	m := &Maker{region: c.Region, city: c.Region.FullName()}
	of := map[license.Region][]string{
		"310105": {examples.Restaurant, examples.Bookstore, examples.ConvenienceStore, examples.Gym},
		"310106": {examples.JinganCafe}, "330402": {examples.JiaxingBookstore}, "440305": {examples.ShenzhenCafe},
	}
	for _, name := range of[c.Region] {
		app, err := examples.Read(name)
		if err != nil {
			return nil, err
		}
		m.models = append(m.models, app)
	}
	if len(m.models) == 0 {
		return nil, fmt.Errorf("there are no examples of region %s", c.Region)
	}
	words, err := c.Vocabulary()
	if err != nil {
		return nil, fmt.Errorf("reading the vocabulary: %w", err)
	}
	m.surnames = words.Surnames
	for _, place := range words.Places {
		if strings.HasSuffix(place, "路") || strings.HasSuffix(place, "街") {
			m.streets = append(m.streets, place)
		}
	}
	if len(m.streets) == 0 {
		m.streets = []string{"人民路"}
	}
	return m, nil
}

// All gives the first rows applications.
func (m *Maker) All(rows int) iter.Seq[catalog.Application] {
	return func(yield func(catalog.Application) bool) {
		for n := range rows {
			if !yield(m.Application(n)) {
				return
			}
		}
	}
}

// words that made-up names are put together from.
const words = "安宝成春德发方福光广国海和恒宏华辉汇吉佳嘉建金锦静久凯康乐利隆茂美明宁平庆荣瑞润盛世顺泰天通旺祥欣新信兴雅益永裕源悦云泽长振正志中"

// Application gives the application of a number from 0 on, less than Most.
func (m *Maker) Application(n int) catalog.Application {
	app := m.models[n%len(m.models)]
	draw := drawer(uint64(n))
	brand := pick(draw, []rune(words), 3)
	_, trade, _ := strings.Cut(app.Holder.Name, "示范")
	if trade == "" {
		trade = app.Industry + "有限公司"
	}
	code, err := license.NewCreditCode(fmt.Sprintf("91%sMA1%06d", m.region, n))
	if err != nil {
		code = app.Holder.CreditCode // a number that has more than six digits
	}
	app.Holder = license.Holder{
		Name: strings.TrimSuffix(m.region.Name(), "区") + brand + trade, CreditCode: code,
		Representative: m.surnames[draw(len(m.surnames))] + pick(draw, []rune(words), 2),
		Premises:       fmt.Sprintf("%s%s%d号%d层", m.city, m.streets[draw(len(m.streets))], 1+draw(2000), 1+draw(6)),
	}
	permits := make([]license.Permit, len(app.Permits))
	for i, p := range app.Permits {
		p.Number = renumbered(p.Number, n)
		p.Premises = ""
		permits[i] = p
	}
	app.Permits = permits
	return app
}

func pick(draw func(int) int, from []rune, count int) string {
	var b strings.Builder
	for range count {
		b.WriteRune(from[draw(len(from))])
	}
	return b.String()
}

// drawer gives the same numbers for the same seed, on every machine and in
// every version (splitmix64).
func drawer(seed uint64) func(below int) int {
	return func(below int) int {
		seed += 0x9E3779B97F4A7C15
		z := seed
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		return int((z ^ z>>31) % uint64(below))
	}
}

// renumbered puts n in the place of the last digits of a permit's number, in
// six digits, and makes the check digit of a food permit anew.
func renumbered(number string, n int) string {
	serial := fmt.Sprintf("%06d", n)
	if strings.HasPrefix(number, "JY") && len(number) == 16 {
		stem := number[:9] + serial
		for check := '0'; check <= '9'; check++ {
			if full := stem + string(check); license.CheckFoodPermitNumber(full) == nil {
				return full
			}
		}
	}
	end := strings.LastIndexAny(number, "0123456789") + 1
	begin := end
	for begin > 0 && number[begin-1] >= '0' && number[begin-1] <= '9' {
		begin--
	}
	// A long run of digits says something before its serial.
	begin = max(begin, end-len(serial))
	return number[:begin] + serial + number[end:]
}
