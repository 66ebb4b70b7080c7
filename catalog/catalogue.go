// Package catalog is the industry catalogue (行业目录): which industries may
// have an integrated license, which permits each one gathers, who grants
// them, what their numbers look like and what the law says of the whole. All
// of it is dated data in JSON files, one view of which is a [Catalogue].
//
// Start with [Load], then [Set.On] for a day's catalogue, then
// [Catalogue.Check] for an application. What is certain refuses, what is only
// usual warns.
package catalog

import (
	"regexp"
	"slices"

	"yizheng/license"
)

// Catalogue is one version of one region's catalogue. A license records the
// version that it was issued under. It is read only.
type Catalogue struct {
	Version       string       // region and first day, such as 310105-20230613
	From          license.Date // first day on which it holds; it ends when the next begins
	Region        license.Region
	Demonstration bool // made up as a whole: no office has adopted it
	Offices
	Minimum    int // fewest permits that an integrated license may have
	Industries []Industry
	Matters    []Matter
	Statements []Statement

	everywhere []Requirement // may be added in any industry
	foreign    []foreign
	elsewhere  map[string][]foreign // the same, by how addresses there begin
	place      place
	madeUp     bool // follows no published catalogue, whoever adopts it
}

// Industry is a trade (行业) with the matters that its license gathers.
type Industry struct {
	Code         string        `json:"code"` // this catalogue's own
	Name         string        `json:"name"`
	Lead         string        `json:"lead"` // 牵头部门
	Requirements []Requirement `json:"requirements"`
	Excluded     []Exclusion   `json:"excluded"`

	asked []asked // by Requirements, and by what any industry may add
}

// Need says when an industry asks for a matter.
type Need string

// The needs.
const (
	Always      Need = "always"    // every business of the industry
	OnCondition Need = "condition" // when the condition holds, which an application need not show
	Offered     Need = "offered"   // when the business offers what the matter permits
	Existing    Need = "existing"  // no longer granted, still good where it was
)

// Requirement is one matter within an industry. From and Until bound the days
// on which it is so; zero is open.
type Requirement struct {
	Matter      string       `json:"matter"`
	Need        Need         `json:"need"`
	Condition   string       `json:"condition"`
	ConditionEN string       `json:"conditionEN"`
	From        license.Date `json:"from,omitzero"`
	Until       license.Date `json:"until,omitzero"`
}

// Exclusion is a matter that an industry does not carry, and why.
type Exclusion struct {
	Matter string `json:"matter"`
	Why    string `json:"why"`
	WhyEN  string `json:"whyEN"`
}

// Term says how a permit of a matter ends.
type Term string

// The terms.
const (
	Years   Term = "years"   // some whole years, less a day
	YearEnd Term = "yearEnd" // on the last day of a set year
	NoEnd   Term = "none"
	AnyEnd  Term = "" // not known here
)

// Matter is a permit matter (许可事项).
type Matter struct {
	Name        string         `json:"name"`
	BaseCode    string         `json:"baseCode"` // 12 digits of the 实施清单编码, where known
	Authority   string         `json:"authority"`
	Term        Term           `json:"term"`
	UsualYears  int            `json:"usualYears"`
	IssuedFrom  license.Date   `json:"issuedFrom,omitzero"`
	IssuedUntil license.Date   `json:"issuedUntil,omitzero"` // last day on which any was granted
	EndedBy     string         `json:"endedBy"`              // the provision that ended it
	EndedByEN   string         `json:"endedByEN"`
	Numbers     []NumberFormat `json:"numbers"`
}

// NumberFormat is a form of permit number for permits that begin between From
// and Until. A number must have one of the certain forms, and usually has one
// of the others.
type NumberFormat struct {
	Pattern string       `json:"pattern"` // regular expression over the whole number
	Check   string       `json:"check"`   // "food": the check digit too
	Certain bool         `json:"certain"`
	From    license.Date `json:"from,omitzero"`
	Until   license.Date `json:"until,omitzero"`
	Prefix  string       `json:"prefix"` // how numbers begin, {year} for the year of grant
	Suffix  string       `json:"suffix"`
	Note    string       `json:"note"`

	expression *regexp.Regexp
}

// Statement is a sentence of law or policy that the license and the result
// page quote.
type Statement struct {
	ID      string   `json:"id"`
	Text    string   `json:"text"`
	TextEN  string   `json:"textEN"` // our translation
	Sources []Source `json:"sources"`
}

// Source is a document on which a statement rests, with its own term.
type Source struct {
	Title          string       `json:"title"` // the official one; empty where it is not known
	Number         string       `json:"number"`
	Article        string       `json:"article"`
	From           license.Date `json:"from,omitzero"`
	DayUnknown     bool         `json:"dayUnknown,omitempty"`     // From stands for a day that is not known, and is not to be stated
	Interpretation bool         `json:"interpretation,omitempty"` // what it says is somebody's reading of it: not for sealed documents
	Until          license.Date `json:"until,omitzero"`
	Note           string       `json:"note"`
}

// String names the source as documents do: 《title》, number and article, as
// far as they are known.
func (s Source) String() string {
	title := s.Title
	if title != "" {
		title = "《" + title + "》"
	}
	return title + s.Number + s.Article
}

// Industry finds an industry by name.
func (c *Catalogue) Industry(name string) (Industry, bool) {
	i := slices.IndexFunc(c.Industries, func(x Industry) bool { return x.Name == name })
	if i < 0 {
		return Industry{}, false
	}
	return c.Industries[i], true
}

// Matter finds a matter by name.
func (c *Catalogue) Matter(name string) (Matter, bool) {
	m := c.matter(name)
	if m == nil {
		return Matter{}, false
	}
	return *m, true
}

// matter is Matter without a copy; nil where there is none.
func (c *Catalogue) matter(name string) *Matter {
	for i := range c.Matters {
		if c.Matters[i].Name == name {
			return &c.Matters[i]
		}
	}
	return nil
}

// Cooperating gives the departments (协同部门) of the industry other than the
// one that leads it: those that grant its matters.
func (c *Catalogue) Cooperating(industry Industry) []string {
	var names []string
	for _, r := range industry.Requirements {
		m, ok := c.Matter(r.Matter)
		if ok && m.Authority != industry.Lead && !slices.Contains(names, m.Authority) {
			names = append(names, m.Authority)
		}
	}
	return names
}

// Statement finds a statement by its ID, with the sources in force on day. It
// is not found when no source is.
func (c *Catalogue) Statement(id string, day license.Date) (Statement, bool) {
	i := slices.IndexFunc(c.Statements, func(x Statement) bool { return x.ID == id })
	if i < 0 {
		return Statement{}, false
	}
	s := c.Statements[i]
	s.Sources = nil
	for _, source := range c.Statements[i].Sources {
		if within(day, source.From, source.Until) {
			s.Sources = append(s.Sources, source)
		}
	}
	return s, len(s.Sources) > 0
}

// within says whether day lies in from … until, both included, where zero is
// open.
func within(day, from, until license.Date) bool {
	return day >= from && (until.IsZero() || day <= until)
}
