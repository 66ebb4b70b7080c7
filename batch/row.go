package batch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"yizheng/catalog"
	"yizheng/license"
)

// Row is one application of a file, or one act.
type Row struct {
	Number int    // from 1, as results name it
	Line   int    // of the file, where it begins
	Key    string // of a table's key column

	json       []byte         // of a file of lines
	cells      []cells        // of a table
	header     *header        // of that table
	unreadable license.Faults // for which there is no content to look at
	faults     license.Faults // of single cells
}

// cells is one line of a table.
type cells struct {
	line  int
	texts []string
	wrong *license.Fault // with the whole line, of which only the key is kept
}

func lineTooLong() license.Fault {
	return fault("", "line_too_long", fmt.Sprintf("a line has at most %d bytes", maxLine), fmt.Sprintf("一行最多%d字节", maxLine))
}

// document gives the row as the JSON that an application's file would be, and
// what is wrong with it already.
func (r Row) document() ([]byte, license.Faults) {
	if r.header == nil || len(r.unreadable) > 0 {
		return r.json, r.unreadable
	}
	object, faults := r.header.columns.compose(r)
	faults = r.with(r.faults, faults)
	b, err := json.Marshal(object)
	if err != nil {
		// Strings and booleans always marshal.
		faults = append(faults, fault("", "unreadable", err.Error(), "无法读取"))
	}
	return b, faults
}

// application reads the row's application, with every fault of form.
func (r Row) application() (catalog.Application, license.Faults) {
	b, faults := r.document()
	if len(r.unreadable) > 0 {
		return catalog.Application{}, faults
	}
	app, err := catalog.ParseApplication(b)
	if err != nil {
		faults = r.with(faults, asFaults(err))
	}
	return app, faults
}

// with adds what is wrong with the content. Of a cell that is at fault itself
// nothing more is said.
func (r Row) with(faults, content license.Faults) license.Faults {
	return beside(faults, content, r.faults)
}

// beside adds what else was found, but for the cells of which something was said.
func beside(faults, found, said license.Faults) license.Faults {
	faults = slices.Clip(faults)
	for _, f := range found {
		if !slices.ContainsFunc(said, func(cell license.Fault) bool { return cell.Field == f.Field }) {
			faults = append(faults, f)
		}
	}
	return faults
}

// lineOf gives the line of the permit at a place.
func (r Row) lineOf(permit int) int {
	if permit < len(r.cells) {
		return r.cells[permit].line
	}
	return r.Line
}

// place gives the line and the column of a fault: in a table that of the
// permit's line, and the heading under which the value stands.
func (r Row) place(f license.Fault) (line int, column string) {
	if r.header == nil {
		return r.Line, ""
	}
	field, line := f.Field, r.Line
	var n int
	if _, err := fmt.Sscanf(field, "permits[%d]", &n); err == nil && n >= 0 && n < len(r.cells) {
		line = r.lineOf(n)
		_, field, _ = strings.Cut(field, "]")
		if heading := r.header.heading("permits" + field); heading != "" {
			return line, heading
		}
		field = strings.TrimPrefix(field, ".")
	}
	return line, r.header.heading(field)
}

// asFaults gives the faults within an error of a parser.
func asFaults(err error) license.Faults {
	if faults, ok := err.(license.Faults); ok {
		return faults
	}
	return license.Faults{fault("", "unreadable", err.Error(), "无法读取")}
}
