package issuer

import (
	"fmt"

	"yizheng/catalog"
	"yizheng/license"
)

// Printer knows which characters the document can be set in.
type Printer interface {
	// Missing gives the characters of text that no font has, each once.
	Missing(text string) []rune
}

// Unprintable says which characters of an application no font of p has, in the
// order of its fields, and what to do: they would print as empty boxes. Fields
// with a fault among known are passed over: a character that may not be there
// needs no font.
func Unprintable(p Printer, app catalog.Application, known license.Faults) license.Faults {
	faulty := make(map[string]bool)
	for _, f := range known {
		faulty[f.Field] = true
	}
	var faults license.Faults
	check := func(field, text string) {
		missing := p.Missing(text)
		if len(missing) == 0 || faulty[field] {
			return
		}
		faults = append(faults, fault(field, "character_without_font",
			fmt.Sprintf("no font here has %q: add a font that does, or compare the text with the business license", string(missing)),
			fmt.Sprintf("现有字库没有“%s”:请补充字库,或者按营业执照核对用字", string(missing))))
	}
	check("holder.name", app.Holder.Name)
	check("holder.representative", app.Holder.Representative)
	check("holder.premises", app.Holder.Premises)
	for n, permit := range app.Permits {
		at := fmt.Sprintf("permits[%d].", n)
		check(at+"number", permit.Number)
		check(at+"scope", permit.Scope)
		check(at+"conditions", permit.Conditions)
		check(at+"premises", permit.Premises)
	}
	return faults
}
