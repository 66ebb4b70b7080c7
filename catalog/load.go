package catalog

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"yizheng/license"
)

//go:embed data
var embedded embed.FS

// ErrNoCatalogue means that no catalogue is held for a region, or none for a
// day.
var ErrNoCatalogue = errors.New("no catalogue")

// Set is every version of one region's catalogue, oldest first.
type Set struct {
	Region   license.Region
	Versions []*Catalogue
}

// place is an entry of data/regions.json: which files make a region's
// catalogue, and what stands for the names in braces within them.
type place struct {
	Region        license.Region    `json:"region"`
	Demonstration bool              `json:"demonstration"`
	Catalogue     string            `json:"catalogue"`
	Offices       string            `json:"offices"`
	Fill          map[string]string `json:"fill"`
}

// catalogueFile is what a catalogue file holds: industries and matters,
// whatever district they are for.
type catalogueFile struct {
	TypeCode   string         `json:"typeCode"`
	Minimum    int            `json:"minimum"`
	Versions   []license.Date `json:"versions"` // first days
	Everywhere []Requirement  `json:"everywhere"`
	Industries []Industry     `json:"industries"`
	Matters    []Matter       `json:"matters"`
	Statements []Statement    `json:"statements"`
}

// officesFile is what an offices file holds: who is who in one district.
type officesFile struct {
	Note        string                      `json:"note"`
	Seal        string                      `json:"seal"`
	Issuer      office                      `json:"issuer"`
	Remedies    map[string][]license.Remedy `json:"remedies"`
	Authorities []office                    `json:"authorities"`
}

type office struct {
	Name          string `json:"name"`
	Code          string `json:"code"` // 18 characters, or 17 of a demonstration code to be completed
	Address       string `json:"address"`
	Telephone     string `json:"telephone"`
	Remedies      string `json:"remedies"` // key of the file's remedies
	Demonstration bool   `json:"demonstration"`
}

// Regions lists the regions that have a catalogue, in the order of their
// codes.
func Regions() []license.Region {
	places, err := readPlaces(embedded)
	if err != nil {
		return nil
	}
	regions := make([]license.Region, len(places))
	for i, p := range places {
		regions[i] = p.Region
	}
	slices.Sort(regions)
	return regions
}

// Load reads all versions of the catalogue of region from the data built into
// the program. The error wraps [ErrNoCatalogue] when there is none.
func Load(region license.Region) (*Set, error) {
	places, err := readPlaces(embedded)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(places, func(p place) bool { return p.Region == region })
	if i < 0 {
		return nil, fmt.Errorf("%w of region %s", ErrNoCatalogue, region)
	}
	return loadPlace(embedded, places[i])
}

func readPlaces(files fs.FS) ([]place, error) {
	var places []place
	err := readJSON(files, "data/regions.json", nil, &places)
	return places, err
}

func loadPlace(files fs.FS, p place) (*Set, error) {
	replacer := p.replacer()
	var offices officesFile
	if err := readJSON(files, "data/"+p.Offices, replacer, &offices); err != nil {
		return nil, err
	}
	var data catalogueFile
	if err := readJSON(files, "data/"+p.Catalogue, replacer, &data); err != nil {
		return nil, err
	}
	if err := compileNumbers(data.Matters); err != nil {
		return nil, err
	}
	elsewhere := foreignTo(p.Region)
	issuer, err := offices.authority(offices.Issuer, p.Region)
	if err != nil {
		return nil, err
	}
	authorities := make([]license.Authority, len(offices.Authorities))
	for i, o := range offices.Authorities {
		if authorities[i], err = offices.authority(o, p.Region); err != nil {
			return nil, err
		}
	}
	set := &Set{Region: p.Region}
	for _, from := range data.Versions {
		set.Versions = append(set.Versions, &Catalogue{
			Version:       string(p.Region) + "-" + strings.ReplaceAll(from.String(), "-", ""),
			From:          from,
			Region:        p.Region,
			Demonstration: p.Demonstration,
			Issuer:        issuer,
			Seal:          offices.Seal,
			TypeCode:      data.TypeCode,
			Minimum:       data.Minimum,
			Industries:    industriesOn(data.Industries, from),
			Matters:       data.Matters,
			Authorities:   authorities,
			Statements:    data.Statements,
			everywhere:    requirementsOn(data.Everywhere, from),
			foreign:       elsewhere,
			place:         p,
		})
	}
	return set, nil
}

// compileNumbers makes the patterns of all number forms ready, each over the
// whole number.
func compileNumbers(matters []Matter) error {
	for _, m := range matters {
		for i, format := range m.Numbers {
			expression, err := regexp.Compile(`^(?:` + format.Pattern + `)$`)
			if err != nil {
				return fmt.Errorf("reading the number forms of %s: %w", m.Name, err)
			}
			if format.Check != "" && format.Check != checkFood {
				return fmt.Errorf("reading the number forms of %s: no check is called %q", m.Name, format.Check)
			}
			m.Numbers[i].expression = expression
		}
	}
	return nil
}

// replacer fills in the names in braces.
func (p place) replacer() *strings.Replacer {
	fill := []string{"{region}", string(p.Region)}
	for name, value := range p.Fill {
		fill = append(fill, "{"+name+"}", value)
	}
	return strings.NewReplacer(fill...)
}

// authority makes the domain's value of an office, completing a demonstration
// code with its check character.
func (f officesFile) authority(o office, region license.Region) (license.Authority, error) {
	code, err := license.ParseCreditCode(o.Code)
	if len(o.Code) == 17 && o.Demonstration {
		code, err = license.NewCreditCode(o.Code)
	}
	if err != nil {
		return license.Authority{}, fmt.Errorf("reading authority %s: %w", o.Name, err)
	}
	remedies, ok := f.Remedies[o.Remedies]
	if !ok && o.Remedies != "" {
		return license.Authority{}, fmt.Errorf("reading authority %s: no remedies %q", o.Name, o.Remedies)
	}
	return license.Authority{
		Name: o.Name, Code: code, Region: region,
		Address: o.Address, Telephone: o.Telephone,
		Remedies: remedies, Demonstration: o.Demonstration,
	}, nil
}

func industriesOn(all []Industry, day license.Date) []Industry {
	industries := make([]Industry, len(all))
	for i, industry := range all {
		industry.Requirements = requirementsOn(industry.Requirements, day)
		industries[i] = industry
	}
	return industries
}

func requirementsOn(all []Requirement, day license.Date) []Requirement {
	var now []Requirement
	for _, r := range all {
		if within(day, r.From, r.Until) {
			now = append(now, r)
		}
	}
	return now
}

func readJSON(files fs.FS, name string, fill *strings.Replacer, into any) error {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("reading catalogue data: %w", err)
	}
	if fill != nil {
		b = []byte(fill.Replace(string(b)))
	}
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return nil
}

// On gives the version that holds on day. The error wraps [ErrNoCatalogue]
// for days before the first.
func (s *Set) On(day license.Date) (*Catalogue, error) {
	for _, c := range slices.Backward(s.Versions) {
		if day >= c.From {
			return c, nil
		}
	}
	return nil, fmt.Errorf("%w of region %s for %s", ErrNoCatalogue, s.Region, day)
}

// Version finds a version by the name that a license records.
func (s *Set) Version(name string) (*Catalogue, bool) {
	i := slices.IndexFunc(s.Versions, func(c *Catalogue) bool { return c.Version == name })
	if i < 0 {
		return nil, false
	}
	return s.Versions[i], true
}
