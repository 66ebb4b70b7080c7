package license

import "strings"

// Fault is one thing wrong with what was handed in, said to a program by its
// field and reason and to a person in both languages.
type Fault struct {
	File      string `json:"file,omitempty"` // the input file, where there are several
	Field     string `json:"field"`          // JSON path, such as permits[2].number; empty for the whole
	Reason    string `json:"reason"`         // stable snake_case code
	Message   string `json:"message"`        // an English sentence
	MessageZH string `json:"messageZH"`      // the same in Chinese
}

// Error gives file, field and the English sentence.
func (f Fault) Error() string {
	var b strings.Builder
	for _, part := range []string{f.File, f.Field} {
		if part != "" {
			b.WriteString(part + ": ")
		}
	}
	return b.String() + f.Message
}

// Faults are all faults of one input, in the order of its fields. As an error
// it must only be returned when there is at least one: see [Faults.Err].
type Faults []Fault

// Error gives one fault a line.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Err gives fs as an error, and nil when there is no fault.
func (fs Faults) Err() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}
