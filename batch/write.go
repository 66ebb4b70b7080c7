package batch

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"

	"github.com/xuri/excelize/v2"

	"yizheng/catalog"
)

// Write writes applications as a file that [Open] reads. A table has Chinese
// headings, or English ones, and the applications' numbers as keys.
func Write(path string, format Format, english bool, apps iter.Seq[catalog.Application]) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return fmt.Errorf("writing applications: %w", err)
	}
	buffer := bufio.NewWriterSize(f, 64<<10)
	defer func() { err = errors.Join(err, buffer.Flush(), f.Close()) }()
	switch format {
	case JSONL:
		return writeLines(buffer, apps)
	case CSV:
		_, _ = buffer.WriteString(byteOrderMark) // Flush has its error
		out := csv.NewWriter(buffer)
		if err := writeTable(apps, english, out.Write); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	}
	return writeBook(buffer, func(line func([]string) error) error { return writeTable(apps, english, line) })
}

// Template writes a table of applications, or of acts, with no line but the
// headings, in Chinese or in English; a workbook has a second sheet that says
// what stands in each column.
func Template(w io.Writer, format Format, acts, english bool) error {
	list := applicationColumns.list
	if acts {
		list = actColumns.list
	}
	headings := headingsOf(list, english)
	switch format {
	case CSV:
		if _, err := io.WriteString(w, byteOrderMark); err != nil {
			return err
		}
		out := csv.NewWriter(w)
		if err := out.Write(headings); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	case XLSX:
		return writeTemplate(w, headings, list)
	}
	return fmt.Errorf("a template is csv or xlsx, not %q", format)
}

func headingsOf(list []Column, english bool) []string {
	var headings []string
	for _, c := range list {
		if c.kind == passed {
			continue
		}
		n := 0
		if english {
			n = 1
		}
		headings = append(headings, c.Headings[n])
	}
	return headings
}

func writeTemplate(w io.Writer, headings []string, list []Column) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	set := func(sheet string, row int, values []any) {
		if err == nil {
			err = book.SetSheetRow(sheet, fmt.Sprintf("A%d", row), &values)
		}
	}
	var first []any
	for _, h := range headings {
		first = append(first, h)
	}
	sheet := book.GetSheetName(0)
	set(sheet, 1, first)
	text, styleErr := book.NewStyle(&excelize.Style{NumFmt: 49}) // text, so that long numbers stay as they are
	err = errors.Join(err, styleErr)
	last, nameErr := excelize.ColumnNumberToName(len(headings))
	err = errors.Join(err, nameErr)
	if err == nil {
		err = errors.Join(book.SetColStyle(sheet, "A:"+last, text), book.SetColWidth(sheet, "A", last, 20))
	}
	const about = "说明"
	if _, sheetErr := book.NewSheet(about); sheetErr != nil {
		return errors.Join(err, sheetErr)
	}
	set(about, 1, []any{"列 column", "heading", "必填 required", "内容", "content"})
	for n, c := range list {
		required := ""
		if c.Required {
			required = "是 yes"
		}
		set(about, n+2, []any{c.Headings[0], c.Headings[1], required, c.About, c.AboutEN})
	}
	if err != nil {
		return fmt.Errorf("writing the template: %w", err)
	}
	return book.Write(w)
}

func writeLines(w io.Writer, apps iter.Seq[catalog.Application]) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for app := range apps {
		if err := out.Encode(app); err != nil {
			return fmt.Errorf("writing applications: %w", err)
		}
	}
	return nil
}

// writeTable gives the lines of a table, one for each permit.
func writeTable(apps iter.Seq[catalog.Application], english bool, line func([]string) error) error {
	if err := line(headingsOf(applicationColumns.list, english)); err != nil {
		return err
	}
	n := 0
	for app := range apps {
		n++
		for i, p := range app.Permits {
			texts := []string{strconv.Itoa(n), "", "", "", "", "", p.Matter, p.Number, p.Authority, p.Scope, p.Conditions, p.Premises, "", p.ValidFrom.String(), p.ValidUntil.String()}
			if i == 0 {
				texts[1], texts[2], texts[3] = app.Industry, app.Holder.Name, string(app.Holder.CreditCode)
				texts[4], texts[5] = app.Holder.Representative, app.Holder.Premises
			}
			if p.Commitment {
				if texts[12] = "是"; english {
					texts[12] = "yes"
				}
			}
			if err := line(texts); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeBook writes a workbook of one sheet, a line at a time.
func writeBook(w io.Writer, lines func(func([]string) error) error) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	out, err := book.NewStreamWriter(book.GetSheetName(0))
	if err != nil {
		return fmt.Errorf("writing a workbook: %w", err)
	}
	c := &sheetCopy{book: book, out: out}
	if err := lines(c.write); err != nil {
		return fmt.Errorf("writing a workbook: %w", err)
	}
	return errors.Join(out.Flush(), book.Write(w))
}
