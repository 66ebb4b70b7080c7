package templates

import "errors"

// Edition is which of the documents of a license is meant. Each has a seal of
// its own. The zero value is the original in Chinese.
type Edition struct {
	Form      Form
	Bilingual bool
}

// ErrEdition says that there is no document of that form or language.
var ErrEdition = errors.New("no such edition: the form is original or duplicate, the language zh or zh-en")

// ParseEdition reads the form, "original" or "duplicate", and the language,
// "zh" or "zh-en"; either may be empty for the first. The error is
// [ErrEdition].
func ParseEdition(form, language string) (e Edition, err error) {
	switch form {
	case "", "original":
	case "duplicate":
		e.Form = Duplicate
	default:
		return e, ErrEdition
	}
	switch language {
	case "", "zh":
	case "zh-en":
		e.Bilingual = true
	default:
		return e, ErrEdition
	}
	return e, nil
}

// Name is the short name under which the edition is kept and filed: empty for
// the original in Chinese, which is the document of the license.
func (e Edition) Name() string {
	switch {
	case e.Form == Duplicate && e.Bilingual:
		return "duplicate-zh-en"
	case e.Form == Duplicate:
		return "duplicate"
	case e.Bilingual:
		return "original-zh-en"
	}
	return ""
}
