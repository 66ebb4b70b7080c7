package showing

import (
	"io"

	"yizheng/license"
)

// CopyPage is the form for a derived copy.
type CopyPage struct {
	Page
	License
	Wish   Wish
	Faults license.Faults // of what was asked for before
	Today  license.Date
	Latest license.Date // the last day that may be asked for
}

// Wish is what stands in the form.
type Wish struct{ Recipient, Purpose, Until string }

// Copy writes the form for a derived copy.
func Copy(w io.Writer, p CopyPage) error { return pages.Write(w, "copy", p) }

// FaultsOf are those of one field.
func (p CopyPage) FaultsOf(field string) (faults license.Faults) {
	for _, f := range p.Faults {
		if f.Field == field {
			faults = append(faults, f)
		}
	}
	return faults
}

// Faulty says whether a field has a fault.
func (p CopyPage) Faulty(field string) bool { return len(p.FaultsOf(field)) > 0 }

// asked is one text field of the form.
type asked struct {
	Name, Label, English, Value, Example string
	Most                                 int
	Faults                               license.Faults
}

func ask(p CopyPage, name, label, english, value, example string) asked {
	return asked{name, label, english, value, example, license.MaxAnnotation, p.FaultsOf(name)}
}
