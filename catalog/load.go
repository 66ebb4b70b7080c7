package catalog

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	// Demonstration marks a catalogue that follows no published one.
	Demonstration bool           `json:"demonstration"`
	TypeCode      string         `json:"typeCode"`
	Minimum       int            `json:"minimum"`
	Versions      []license.Date `json:"versions"` // first days
	Everywhere    []Requirement  `json:"everywhere"`
	Industries    []Industry     `json:"industries"`
	Matters       []Matter       `json:"matters"`
	Statements    []Statement    `json:"statements"`
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
	p, err := placeOf(region)
	if err != nil {
		return nil, err
	}
	return loadPlace(embedded, p)
}

func placeOf(region license.Region) (place, error) {
	places, err := readPlaces(embedded)
	if err != nil {
		return place{}, err
	}
	i := slices.IndexFunc(places, func(p place) bool { return p.Region == region })
	if i < 0 {
		return place{}, fmt.Errorf("%w of region %s", ErrNoCatalogue, region)
	}
	return places[i], nil
}

func readPlaces(files fs.FS) ([]place, error) {
	var places []place
	err := readJSON(files, "data/regions.json", nil, &places)
	return places, err
}

func loadPlace(files fs.FS, p place) (*Set, error) {
	replacer := p.replacer()
	var named officesFile
	if err := readJSON(files, "data/"+p.Offices, replacer, &named); err != nil {
		return nil, err
	}
	var data catalogueFile
	if err := readJSON(files, "data/"+p.Catalogue, replacer, &data); err != nil {
		return nil, err
	}
	if err := compileNumbers(data.Matters); err != nil {
		return nil, err
	}
	foreign := foreignTo(p.Region)
	offices, err := named.of(p.Region)
	if err != nil {
		return nil, fmt.Errorf("reading data/%s: %w", p.Offices, err)
	}
	if offices.TypeCode == "" {
		offices.TypeCode = data.TypeCode
	}
	set := &Set{Region: p.Region}
	for _, from := range data.Versions {
		c := &Catalogue{
			Version:       string(p.Region) + "-" + strings.ReplaceAll(from.String(), "-", ""),
			From:          from,
			Region:        p.Region,
			Demonstration: p.Demonstration,
			Offices:       offices,
			Minimum:       data.Minimum,
			Industries:    industriesOn(data.Industries, from),
			Matters:       data.Matters,
			Statements:    data.Statements,
			everywhere:    requirementsOn(data.Everywhere, from),
			foreign:       foreign,
			elsewhere:     byNameStart(foreign),
			place:         p,
			madeUp:        data.Demonstration,
		}
		c.asks()
		set.Versions = append(set.Versions, c)
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
	if err := decode(b, into); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return nil
}

// decode reads the one JSON value of b and refuses members that are not known.
func decode(b []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("text after the end")
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
