package issuer

import (
	"fmt"
	"strings"

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
		en, zh := named(missing)
		faults = append(faults, fault(field, "character_without_font",
			fmt.Sprintf("No font here has %s: compare the text with the business license, or name a font that has it under \"fonts\" in config.json.", en),
			fmt.Sprintf("现有字体没有%s，无法印制：请按营业执照核对用字，或者在 config.json 的 fonts 中补充含有该字的字体。", zh)))
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

// named gives characters by their code points: whoever lacks a font for them
// sees the characters themselves as boxes too.
func named(chars []rune) (en, zh string) {
	var names, namesZH []string
	for _, r := range chars {
		names = append(names, fmt.Sprintf("%c (U+%04X)", r, r))
		namesZH = append(namesZH, fmt.Sprintf("“%c”（U+%04X）", r, r))
	}
	return strings.Join(names, ", "), strings.Join(namesZH, "、")
}
