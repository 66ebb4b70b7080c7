package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yizheng/license"
)

// Offices are who is who in one district: the office that issues, the name of
// its special seal, the type code under which the license is registered, and
// the departments that grant permits. A deployment brings its own
// ([ParseOffices], [Set.With]); what is built in knows names only.
type Offices struct {
	Issuer      license.Authority
	Seal        string // the name that the issuer's special seal bears
	TypeCode    string // 21 characters, the type code of GB/T 36904
	Authorities []license.Authority

	renamed map[string]string // what the catalogue calls a department: what it is called here
}

// ErrOffices means that a file of offices cannot be used. The error says what
// to mend, all of it at once.
var ErrOffices = errors.New("these offices cannot be used")

// ErrMadeUp means that a catalogue follows none that was published, so that no
// office can adopt it.
var ErrMadeUp = errors.New("this catalogue is a demonstration as a whole")

// maxOffices is how many bytes a file of offices may have, some hundred times
// what a district needs.
const maxOffices = 1 << 20

// officesFile is what an offices file holds.
type officesFile struct {
	Note        string                      `json:"note,omitempty"`
	Seal        string                      `json:"seal"`
	TypeCode    string                      `json:"typeCode"`
	Issuer      office                      `json:"issuer"`
	Remedies    map[string][]license.Remedy `json:"remedies"`
	Authorities []office                    `json:"authorities"`
}

type office struct {
	Name          string `json:"name"`
	Replaces      string `json:"replaces,omitempty"` // what the catalogue calls it, where that is another name
	Code          string `json:"code"`               // 18 characters, or 17 of a demonstration code to be completed
	Address       string `json:"address"`
	Telephone     string `json:"telephone"`
	Remedies      string `json:"remedies"` // key of the file's remedies
	Demonstration bool   `json:"demonstration,omitempty"`
}

// ParseOffices reads a file of offices (JSON, as [BlankOffices] gives it) for
// a region. The error wraps [ErrOffices] and names everything that is missing
// or wrong.
func ParseOffices(raw []byte, region license.Region) (Offices, error) {
	if len(raw) > maxOffices {
		return Offices{}, fmt.Errorf("%w: more than %d bytes", ErrOffices, maxOffices)
	}
	var f officesFile
	if err := decode(raw, &f); err != nil {
		return Offices{}, fmt.Errorf("%w: %w", ErrOffices, err)
	}
	offices, err := f.of(region)
	if err := errors.Join(err, f.checkOwn(offices)); err != nil {
		return Offices{}, fmt.Errorf("%w: %w", ErrOffices, err)
	}
	return offices, nil
}

// BlankOffices gives a file of offices for region to be filled in: the names
// that are known here, and empty codes, addresses and telephones. The error
// wraps [ErrNoCatalogue] when nothing is known.
func BlankOffices(region license.Region) ([]byte, error) {
	p, err := placeOf(region)
	if err != nil {
		return nil, err
	}
	var f officesFile
	if err := readJSON(embedded, "data/"+p.Offices, p.replacer(), &f); err != nil {
		return nil, err
	}
	f.Note = "Check every name, remedy and term, and enter the codes: the issuer's code and typeCode are required, those of departments may stay empty. A department with another name than here gets \"replaces\": the name here."
	f.Issuer.Code, f.Issuer.Demonstration = "", false
	for i := range f.Authorities {
		f.Authorities[i].Code, f.Authorities[i].Demonstration = "", false
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(f); err != nil {
		return nil, fmt.Errorf("writing the offices of %s: %w", region, err)
	}
	return b.Bytes(), nil
}

// With gives the set with a deployment's own offices in place of those built
// in. Real offices that bring a catalogue into force make it theirs: it is no
// demonstration any more, except where it follows no published catalogue. The
// error wraps [ErrOffices] when a matter's department is not among them.
func (s *Set) With(o Offices) (*Set, error) {
	own := &Set{Region: s.Region, Versions: make([]*Catalogue, len(s.Versions))}
	var faults []error
	for i, version := range s.Versions {
		c := *version
		c.Offices, c.Demonstration = o, c.madeUp || o.MadeUp()
		c.Matters = slices.Clone(c.Matters)
		for j, m := range c.Matters {
			if name, ok := o.renamed[m.Authority]; ok {
				c.Matters[j].Authority = name
			}
			if _, ok := c.Authority(c.Matters[j].Authority); !ok && i == 0 {
				faults = append(faults, fmt.Errorf("authorities: %s, which grants %s, is missing", m.Authority, m.Name))
			}
		}
		own.Versions[i] = &c
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("%w: %w", ErrOffices, errors.Join(faults...))
	}
	return own, nil
}

// Adopted refuses a set that no office could issue real licenses by: the error
// wraps [ErrMadeUp] where the catalogue itself is made up, and [ErrOffices]
// where its offices are, as those built in.
func (s *Set) Adopted() error {
	for _, c := range s.Versions {
		if c.madeUp {
			return fmt.Errorf("region %s: %w", s.Region, ErrMadeUp)
		}
		if c.Offices.MadeUp() {
			return fmt.Errorf("region %s: %w: their codes are made up", s.Region, ErrOffices)
		}
	}
	return nil
}

// MadeUp says that a code, address or telephone among the offices is
// made up.
func (o Offices) MadeUp() bool {
	return o.Issuer.Demonstration || slices.ContainsFunc(o.Authorities, func(a license.Authority) bool { return a.Demonstration })
}

// Authority finds the department of that full name (实施机关).
func (o Offices) Authority(name string) (license.Authority, bool) {
	i := slices.IndexFunc(o.Authorities, func(a license.Authority) bool { return a.Name == name })
	if i < 0 {
		return license.Authority{}, false
	}
	return o.Authorities[i], true
}

// of makes the domain's values of the file's.
func (f officesFile) of(region license.Region) (Offices, error) {
	o := Offices{Seal: f.Seal, TypeCode: f.TypeCode, Authorities: make([]license.Authority, len(f.Authorities))}
	var faults []error
	keep := func(from office) license.Authority {
		a, err := f.authority(from, region)
		faults = append(faults, err)
		return a
	}
	o.Issuer = keep(f.Issuer)
	o.renamed = map[string]string{}
	for i, from := range f.Authorities {
		o.Authorities[i] = keep(from)
		if from.Replaces != "" {
			o.renamed[from.Replaces] = from.Name
		}
	}
	return o, errors.Join(faults...)
}

// authority makes the domain's value of an office, completing a demonstration
// code with its check character. A department need not have a code.
func (f officesFile) authority(o office, region license.Region) (license.Authority, error) {
	code, err := license.CreditCode(""), error(nil)
	switch {
	case o.Code == "":
	case len(o.Code) == 17 && o.Demonstration:
		code, err = license.NewCreditCode(o.Code)
	default:
		code, err = license.ParseCreditCode(o.Code)
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

// checkOwn holds a deployment's own file to what codes, seal and page need.
func (f officesFile) checkOwn(o Offices) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if f.Issuer.Code == "" {
		fault("issuer: code is empty")
	}
	if err := license.CheckTypeCode(f.TypeCode); err != nil {
		fault("typeCode: %w", err)
	}
	if f.Seal == "" {
		fault("seal is empty")
	} else if err := license.CheckText(f.Seal); err != nil {
		fault("seal: %w", err)
	}
	if len(f.Authorities) == 0 {
		fault("authorities: none is given")
	}
	names := map[string]bool{}
	for _, a := range append([]license.Authority{o.Issuer}, o.Authorities...) {
		switch {
		case a.Name == "":
			fault("an office has no name")
		case names[a.Name]:
			fault("%s is given twice", a.Name)
		case !a.Demonstration && impossible(string(a.Code)):
			fault("%s: the code %s is made up: no organisation code ends in %s; mark it \"demonstration\": true or enter the real one", a.Name, a.Code, a.Code[16:17])
		}
		names[a.Name] = true
	}
	if !o.MadeUp() && len(f.TypeCode) >= 18 && impossible(f.TypeCode[:18]) {
		fault("typeCode: %s is made up; enter the one under which the license is registered", f.TypeCode)
	}
	return errors.Join(faults...)
}

// impossible says that a credit code cannot be one: the check character of the
// organisation code within it (GB 11714, its last) is a digit or X.
func impossible(code string) bool {
	return len(code) == 18 && !strings.ContainsRune("0123456789X", rune(code[16]))
}
