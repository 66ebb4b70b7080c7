package batch_test

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"yizheng/batch"
	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
)

// spoilt gives a table of five licenses in which four lines are wrong, and a
// license that has the first one's permit. A line of the table is one of the
// file.
func spoilt(t *testing.T, w *world) [][]string {
	t.Helper()
	lines := append([][]string{nil}, records(t, w.file(t, "good.csv", 5))...)
	lines[0] = []string{"申请编号", "INDUSTRY", "企业名称", "统一社会信用代码", "法定代表人", "经营场所", "许可事项", "许可证编号",
		"实施机关", "许可范围", "许可条件", "许可场所", "告知承诺", "有效期起", "Valid until"}
	set := func(line int, column, value string) {
		lines[line-1] = slices.Clone(lines[line-1])
		lines[line-1][slices.Index(lines[0], column)] = value
	}
	set(3, "实施机关", "消防局")
	set(6, "有效期起", "二〇二六年")
	set(7, "企业名称", "另一家")
	set(8, "告知承诺", "或许")
	twice := slices.Clone(lines[1])
	twice[0] = "99"
	return append(lines, twice, slices.Clone(lines[2]))
}

var wanted = []string{
	"24 许可证编号 permit_repeated", "25 实施机关 unknown_authority", "3 实施机关 unknown_authority",
	"6 有效期起 date", "7 企业名称 line_differs", "8 告知承诺 wrong_type",
}

// TestFaults wants every fault with its line and column, nothing issued, and a
// copy of the faulty rows that can be corrected and fed again.
func TestFaults(t *testing.T) {
	for _, extension := range []string{"csv", "xlsx"} {
		t.Run(extension, func(t *testing.T) {
			w := newWorld(t)
			lines := spoilt(t, w)
			lines[len(lines)-1][0] = "99"
			bad := writeTable(t, filepath.Join(w.dir, "bad."+extension), lines)
			o, err := w.run(t, bad).Do(t.Context())
			if !errors.Is(err, batch.ErrFaulty) || o.Rows != 6 {
				t.Fatalf("%+v, %v", o, err)
			}
			if len(w.issued(t)) != 0 {
				t.Error("something was issued")
			}
			if got := reasons(t, bad+".faults.csv"); !slices.Equal(got, slices.Sorted(slices.Values(wanted))) {
				t.Errorf("the faults are\n%s", strings.Join(got, "\n"))
			}
			// What is faulty stays faulty when it is fed again, and what is not is issued.
			run := w.run(t, bad)
			run.SkipFaulty = true
			if o, err = run.Do(t.Context()); err != nil || o.Issued != 6-o.Faulty || !o.Ended {
				t.Fatalf("with the faulty rows skipped: %+v, %v", o, err)
			}
			faulty := filepath.Join(w.dir, "bad.faulty."+extension)
			if info, err := os.Stat(faulty); err != nil {
				t.Error(err)
			} else if info.Mode() != 0o600 {
				t.Errorf("others may read the faulty rows: %v", info.Mode())
			}
			again, err := w.run(t, faulty).Do(t.Context())
			if !errors.Is(err, batch.ErrFaulty) || again.Rows != o.Faulty {
				t.Errorf("the faulty rows alone: %+v, %v", again, err)
			}
		})
	}
}

// writeTable writes lines as a table.
func writeTable(t *testing.T, path string, lines [][]string) string {
	t.Helper()
	if strings.HasSuffix(path, ".csv") {
		var b strings.Builder
		if err := csv.NewWriter(&b).WriteAll(lines); err != nil {
			t.Fatal(err)
		}
		return write(t, path, b.String())
	}
	book := excelize.NewFile()
	for n, line := range lines {
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", n+1), &line); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(book.SaveAs(path), book.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRefusedFiles wants files that cannot be read as a whole to be refused
// with a reason.
func TestRefusedFiles(t *testing.T) {
	w := newWorld(t)
	head := strings.Join([]string{"key", "industry", "holder", "credit code", "representative", "premises", "matter",
		"permit number", "authority", "scope", "valid from", "valid until"}, ",")
	for _, test := range []struct{ name, content, reason string }{
		{"a.txt", "", "unknown_format"},
		{"empty.csv", "", "no_heading"},
		{"unknown.csv", head + ",colour\n", "unknown_column"},
		{"missing.csv", strings.Replace(head, ",scope", "", 1) + "\n", "missing_column"},
		{"twice.csv", head + ",有效期至\n", "duplicate_column"},
		{"utf16.csv", "\xff\xfek\x00e\x00", "text_utf16"},
		{"quote.csv", head + "\n1,\"" + strings.Repeat("a,b\n", 100_000), "quote_without_end"},
		{"cell.csv", head + "\n1," + strings.Repeat("长", 1<<20) + "\n", "quote_without_end"},
		{"open.csv", head + "\n1,\"饭店,甲\n2,饭店,\"乙\"\n3,饭店,丙\n", "quote_without_end"},
		{"end.csv", head + "\n1,\"饭店,甲\n2,饭店,乙\n", "quote_without_end"},
		{"old.xlsx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more", "old_workbook"},
		{"bomb.xlsx", archive(t, "xl/worksheets/sheet1.xml", 100<<20, 9), "workbook_too_large"},
		{"styles.xlsx", archive(t, "xl/styles.xml", 33<<20, 1<<20), "workbook_too_large"},
		{"list.xlsx", archive(t, "xl/worksheets/list.xml", 33<<20, 1<<20), "workbook_too_large"},
		{"no.xlsx", "PK\x03\x04 and nothing", "not_a_workbook"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, filepath.Join(w.dir, test.name), test.content)
			f, err := batch.Open(path)
			if err == nil {
				run := w.run(t, path)
				run.File = f
				_, err = run.Do(t.Context())
			}
			var faults license.Faults
			if !errors.As(err, &faults) || faults[0].Reason != test.reason || faults[0].MessageZH == "" {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestDamagedWorkbooks wants a workbook to be refused as a whole where its
// lines cannot be read to the last one, and the place to be said.
func TestDamagedWorkbooks(t *testing.T) {
	w := newWorld(t)
	var lines strings.Builder
	for n, line := range append([][]string{{"license", "permit", "act", "reason"}}, slices.Repeat([][]string{{"1", "2", "暂扣", "检查"}}, 9)...) {
		if n == 2 {
			line = []string{"1", "2", "暂扣", "a&#11;b"}
		}
		fmt.Fprintf(&lines, `<row r="%d">%s</row>`, n+1, inline(line...))
	}
	const start = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	whole := strings.ReplaceAll(start+lines.String()+"</sheetData></worksheet>", "&#11;", "")
	for _, test := range []struct{ name, sheet, says string }{
		{"character.xlsx", start + lines.String() + "</sheetData></worksheet>", "in line 3 of those that are not empty"},
		{"cut.xlsx", whole[:len(whole)/2], "unexpected EOF"},
		{"crossed.xlsx", strings.Replace(whole, "</t></is>", "</is></t>", 1), "in line 1 of"},
		{"nested.xlsx", strings.Repeat("<a>", 300_000), "nested too deeply"},
		{"endless.xlsx", strings.Replace(whole, "暂扣", strings.Repeat("a", 1<<20), 1), "no end"},
		{"order.xlsx", strings.Replace(whole, `r="5"`, `r="3"`, 1), `line "3" comes after line 4`},
		{"twice.xlsx", strings.Replace(whole, `r="5"`, `r="4"`, 1), `line "4" comes after line 4`},
		{"gaps.xlsx", strings.Replace(whole, `r="10"`, `r="99"`, 1), ""},
		{"whole.xlsx", whole, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := batch.OpenActs(write(t, filepath.Join(w.dir, test.name), book(t, test.sheet)))
			var faults license.Faults
			switch {
			case test.says == "" && err == nil:
			case !errors.As(err, &faults) || faults[0].Reason != "not_a_workbook" || !strings.Contains(faults[0].Message, test.says):
				t.Errorf("%v", err)
			}
		})
	}
}

// TestFaultyRows wants rows that cannot be read to be faulty by themselves.
func TestFaultyRows(t *testing.T) {
	w := newWorld(t)
	head := "key,industry,holder,credit code,representative,premises,matter,permit number,authority,scope,valid from,valid until\n"
	for _, test := range []struct{ name, content, fault string }{
		{"text.csv", head + "1,a\"b,,,,,,,,,,\n", "2  line_malformed"},
		{"bytes.csv", head + "1,\xff\xff,,,,,,,,,,\n", "2  text_unreadable"},
		{"long.csv", head + "1," + strings.Repeat("长", 30_000) + ",,,,,,,,,,\n", "2  line_too_long"},
		{"formula.csv", head + "1,#N/A,,,,,,,,,,\n", "2 industry cell_error"},
		{"digits.csv", head + "1,饭店,,,,,,3.10105E+11,,,,\n", "2 permit number digits_lost"},
		{"power.csv", head + "1,饭店,,,,,,3.1E+205,,,,\n", "2 permit number digits_lost"},
		{"serial.csv", head + "1,饭店,,,,,,1,,,46204,\n", "2 valid from date"},
		{"key.csv", head + ",饭店,,,,,,,,,,\n", "2 key missing"},
		{"long.jsonl", "{}" + strings.Repeat(" ", 70_000) + "\n", "1  line_too_long"},
		{"member.jsonl", "\n\n{\"colour\":1}\n", "3  unknown_member"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, filepath.Join(w.dir, test.name), test.content)
			if o, err := w.run(t, path).Do(t.Context()); !errors.Is(err, batch.ErrFaulty) || o.Rows != 1 {
				t.Fatalf("%+v, %v", o, err)
			}
			if got := reasons(t, path+".faults.csv"); !slices.Contains(got, test.fault) {
				t.Errorf("the faults are\n%s", strings.Join(got, "\n"))
			}
		})
	}
}

// TestEveryFaultAtOnce wants what is wrong beside a spoilt cell or a missing key
// to be said at the same time, and of a spoilt cell nothing more.
func TestEveryFaultAtOnce(t *testing.T) {
	w := newWorld(t)
	var titles []string
	for _, column := range batch.Columns() {
		titles = append(titles, column.Headings[0])
	}
	titles = titles[:len(titles)-1] // the last is for what is found
	lines := append([][]string{titles}, records(t, w.file(t, "good.csv", 2))...)
	set := func(line int, column, value string) {
		lines[line-1][slices.Index(lines[0], column)] = value
	}
	for n, line := range lines {
		if line[0] == "1" {
			set(n+1, "申请编号", "")
		}
	}
	set(2, "统一社会信用代码", "9.13101E+17")
	set(3, "许可证编号", "")
	set(3, "许可事项", "#N/A")
	set(3, "有效期起", "31/12/2027")
	path := writeTable(t, filepath.Join(w.dir, "bad.csv"), lines)
	if _, err := w.run(t, path).Do(t.Context()); !errors.Is(err, batch.ErrFaulty) {
		t.Fatal(err)
	}
	want := []string{"2 申请编号 missing", "2 统一社会信用代码 digits_lost", "3 有效期起 date", "3 许可事项 cell_error", "3 许可证编号 missing"}
	if got := reasons(t, path+".faults.csv"); !slices.Equal(got, want) {
		t.Errorf("the faults are\n%s", strings.Join(got, "\n"))
	}
}

// TestBoundedRows wants a line with too many columns to keep few of its cells:
// many rows are in memory at a time.
func TestBoundedRows(t *testing.T) {
	const rows = 100
	w := newWorld(t)
	head := []string{"key", "industry", "holder", "credit code", "representative", "premises", "matter",
		"permit number", "authority", "scope", "valid from", "valid until"}
	wide := strings.Join(head, ",") + "\n"
	sheet := "<row>" + inline(head...) + "</row>"
	for n := range rows {
		wide += fmt.Sprintf("k%d%s\n", n, strings.Repeat(",", 16_000))
		sheet += fmt.Sprintf(`<row><c t="str"><v>k%d</v></c><c r="XFD%d" t="str"><v>x</v></c></row>`, n, n+2)
	}
	for _, path := range []string{
		write(t, filepath.Join(w.dir, "wide.csv"), wide), write(t, filepath.Join(w.dir, "wide.xlsx"), workbook(t, sheet)),
	} {
		f, err := batch.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		in, err := f.Rows()
		if err != nil {
			t.Fatal(err)
		}
		before := heap()
		var all []batch.Row
		for r, err := in.Next(); !errors.Is(err, io.EOF); r, err = in.Next() {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, r)
		}
		if grown := heap() - before; len(all) != rows || grown > rows*20_000 {
			t.Errorf("%s: %d rows take %d bytes", filepath.Base(path), len(all), grown)
		}
		if last := all[len(all)-1]; last.Key != "k99" || last.Line != rows+1 {
			t.Errorf("%s: the last row is %q on line %d", filepath.Base(path), last.Key, last.Line)
		}
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if o, err := w.run(t, path).Do(t.Context()); !errors.Is(err, batch.ErrFaulty) || o.Faulty != rows {
			t.Errorf("%+v, %v", o, err)
		}
		if got := reasons(t, path+".faults.csv"); len(got) != rows || got[0] != "10  too_many_columns" {
			t.Errorf("%d faults, the first %q", len(got), got[0])
		}
	}
}

// heap gives how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// inline gives cells of a sheet.
func inline(texts ...string) string {
	return `<c t="inlineStr"><is><t>` + strings.Join(texts, `</t></is></c><c t="inlineStr"><is><t>`) + `</t></is></c>`
}

// workbook makes a workbook of one sheet with the lines, as they stand in its
// XML.
func workbook(t *testing.T, lines string) string {
	t.Helper()
	return book(t, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`+lines+`</sheetData></worksheet>`)
}

// book makes a workbook of the sheet.
func book(t *testing.T, sheet string) string {
	t.Helper()
	const types, of = "http://schemas.openxmlformats.org/package/2006/", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	var b strings.Builder
	w := zip.NewWriter(&b)
	for _, part := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="` + types + `content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + types + `relationships"><Relationship Id="r1" Type="` + of + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + of + `"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + types + `relationships"><Relationship Id="r1" Type="` + of + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", sheet},
	} {
		to, err := w.Create(part[0])
		if err == nil {
			_, err = io.WriteString(to, part[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// archive makes an archive with one part that says to unpack to the size.
func archive(t *testing.T, name string, size, packed uint64) string {
	t.Helper()
	var b strings.Builder
	w := zip.NewWriter(&b)
	to, err := w.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CompressedSize64: packed, UncompressedSize64: size})
	if err == nil {
		_, err = io.WriteString(to, "no matter")
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTablesOfOffices wants tables as office programs write them to be read
// like the plain one: with semicolons or tabs, line ends of two characters, a
// byte order mark, and numbers that are kept from being taken for some.
func TestTablesOfOffices(t *testing.T) {
	w := newWorld(t)
	plain, err := os.ReadFile(w.file(t, "plain.csv", 3))
	if err != nil {
		t.Fatal(err)
	}
	lines := records(t, filepath.Join(w.dir, "plain.csv"))
	for n := range lines {
		for k, text := range lines[n] {
			if text != "" && strings.Trim(text, "0123456789") == "" {
				lines[n][k] = `="` + text + `"`
			}
		}
	}
	separated := func(comma rune, crlf bool) string {
		var b strings.Builder
		out := csv.NewWriter(&b)
		out.Comma, out.UseCRLF = comma, crlf
		heading := strings.Split(strings.Split(strings.TrimPrefix(string(plain), "\uFEFF"), "\n")[0], ",")
		if err := out.WriteAll(append([][]string{heading}, lines...)); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for name, content := range map[string]string{
		"semicolons.csv": separated(';', true), "tabs.csv": "\uFEFF" + separated('\t', false), "commas.csv": separated(',', true),
	} {
		if o, err := w.run(t, write(t, filepath.Join(w.dir, name), content)).Do(t.Context()); err != nil || o.Issued != 3 {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
	if n := len(w.issued(t)); n != 3 {
		t.Errorf("%d licenses, not three", n)
	}
}

// TestFormulas wants a formula's value to be read, and one without a value to
// be missing.
func TestFormulas(t *testing.T) {
	w := newWorld(t)
	path := w.file(t, "a.xlsx", 1)
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sheet := book.GetSheetName(0)
	name, err := book.GetCellValue(sheet, "C2")
	if err := errors.Join(err, book.SetCellFormula(sheet, "C2", `"a"&"b"`), book.Save(), book.Close()); err != nil {
		t.Fatal(err)
	}
	o, err := w.run(t, path).Do(t.Context())
	if !errors.Is(err, batch.ErrFaulty) || o.Faulty != 1 {
		t.Fatalf("%s in the place of %s: %+v, %v", "a formula", name, o, err)
	}
	if got := reasons(t, path+".faults.csv"); len(got) != 1 || got[0] != "2 企业名称 missing" {
		t.Errorf("the faults are %q", got)
	}
}

// TestDays wants the ways in which office programs write days to be one.
func TestDays(t *testing.T) {
	w := newWorld(t)
	for n, write := range []string{"2025-06-09", "2025/6/9", "2025年6月9日", "20250609", "2025.06.09", "45817"} {
		lines := append([][]string{{"申请编号", "行业", "企业名称", "统一社会信用代码", "法定代表人", "经营场所", "许可事项", "许可证编号",
			"实施机关", "许可范围", "许可条件", "许可场所", "告知承诺", "有效期起", "有效期止"}}, records(t, w.file(t, "good.csv", 1))...)
		lines[1][13] = write
		path := writeTable(t, filepath.Join(w.dir, fmt.Sprintf("days%d.xlsx", n)), lines)
		o, err := w.run(t, path).Do(t.Context())
		if err != nil || o.Issued != 1 {
			t.Errorf("%s: %+v, %v", write, o, err)
		}
	}
	if n := len(w.issued(t)); n != 1 {
		t.Errorf("%d licenses, not one", n)
	}
}

// TestNotDays wants what is more than a day, or less, to be said to be none.
func TestNotDays(t *testing.T) {
	w := newWorld(t)
	head := "key,industry,holder,credit code,representative,premises,matter,permit number,authority,scope,valid from,valid until\n"
	for n, test := range []struct {
		from string
		day  bool
	}{
		{"2026年7月1日", true}, {"2026年7月1日 00:00:00", true}, {"2026/7/1 00:00:00", true}, {"２０２６年７月１日", true},
		{"2026年7月1日至2031年6月30日", false}, {"2026年7月1日起", false}, {"2026年7月1日 长期", false},
		{"2026年7月1日日", false}, {"日2026年7月1日", false}, {"2026年7月", false},
	} {
		path := write(t, filepath.Join(w.dir, fmt.Sprintf("day%d.csv", n)), head+"1,饭店,,,,,,,,,"+test.from+",\n")
		if _, err := w.run(t, path).Do(t.Context()); !errors.Is(err, batch.ErrFaulty) {
			t.Fatal(err)
		}
		if got := reasons(t, path+".faults.csv"); slices.Contains(got, "2 valid from date") == test.day {
			t.Errorf("%s: the faults are %q", test.from, got)
		}
	}
}

// TestFaultyActs wants an act with something after it, or a member that is not
// known, to be faulty: the second of two on one line would be lost.
func TestFaultyActs(t *testing.T) {
	w := newWorld(t)
	const one = `{"license":"1","permit":"2","act":"暂扣","reason":"检查"}`
	for n, test := range []struct{ content, fault string }{
		{one + one, "1  trailing_data"},
		{one + " }", "1  trailing_data"},
		{one + " x", "1  trailing_data"},
		{strings.Replace(one, "permit", "colour", 1), "1  bad_row"},
		{strings.Replace(one, "permit", "Permit", 1), "1  bad_row"},
		{strings.Replace(one, "}", `,"act":"吊销"}`, 1), "1  bad_row"},
		{strings.Replace(one, `"2"`, "2", 1), "1  bad_row"},
		{"[" + one + "]", "1  bad_row"},
		{one[:len(one)-1], "1  bad_row"},
		{"null", "1  bad_row"},
		{one + " \r", ""},
	} {
		path := write(t, filepath.Join(w.dir, fmt.Sprintf("acts%d.jsonl", n)), test.content+"\n")
		f, err := batch.OpenActs(path)
		if err != nil {
			t.Fatal(err)
		}
		run := w.run(t, path)
		run.File, run.Acts = f, w.issuer
		if _, err := run.Do(t.Context()); !errors.Is(err, batch.ErrFaulty) {
			t.Errorf("%s: %v", test.content, err)
		}
		got := reasons(t, path+".faults.csv")
		got = slices.DeleteFunc(got, func(f string) bool { return !strings.HasSuffix(f, "trailing_data") && !strings.HasSuffix(f, "bad_row") })
		if strings.Join(got, "\n") != test.fault {
			t.Errorf("%s: the faults are %q", test.content, got)
		}
	}
}

// TestPermitActedOnTwice wants a permit to stand in one row only, by whichever
// name of its license.
func TestPermitActedOnTwice(t *testing.T) {
	w := newWorld(t)
	if _, err := w.run(t, w.file(t, "rows.csv", 2)).Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	var versions []issuer.Issued
	for v, err := range w.listed() {
		if err != nil {
			t.Fatal(err)
		}
		found, err := w.issuer.Find(t.Context(), v.Number)
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, found)
	}
	one, other := versions[0].License, versions[1].License
	row := func(id string, l license.License) string {
		return fmt.Sprintf(`{"license":%q,"permit":%q,"act":"暂扣","reason":"检查"}`+"\n", id, l.Permits[0].Number)
	}
	path := write(t, filepath.Join(w.dir, "acts.jsonl"), row(one.Number, one)+row(other.Number, other)+row(one.Identifier.String(), one))
	f, err := batch.OpenActs(path)
	if err != nil {
		t.Fatal(err)
	}
	run := w.run(t, path)
	run.File, run.Acts = f, w.issuer
	if o, err := run.Do(t.Context()); !errors.Is(err, batch.ErrFaulty) || o.Faulty != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	if got := reasons(t, path+".faults.csv"); !slices.Equal(got, []string{"3  permit_repeated"}) {
		t.Errorf("the faults are %q", got)
	}
}

// spoiler damages the faults that a run has gathered so far.
type spoiler struct {
	batch.Issuer
	dir string
}

func (s spoiler) CheckEach(ctx context.Context, apps []catalog.Application) ([]license.Faults, error) {
	spools, err := filepath.Glob(filepath.Join(s.dir, ".yizheng-faults-*"))
	for _, spool := range spools {
		err = errors.Join(err, os.Truncate(spool, 1<<16)) // what is written comes before the zeros
	}
	found, more := s.Issuer.CheckEach(ctx, apps)
	return found, errors.Join(err, more)
}

// TestFaultsThatCannotBeRead wants a report that would lack faults not to be
// passed for a whole one.
func TestFaultsThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	good, err := os.ReadFile(w.file(t, "good.jsonl", 1))
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, filepath.Join(w.dir, "bad.jsonl"), "{}\n"+string(good))
	run := w.run(t, path)
	run.Issuer = spoiler{w.issuer, w.dir}
	if o, err := run.Do(t.Context()); err == nil || errors.Is(err, batch.ErrFaulty) {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := os.Stat(path + ".faults.csv"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a report: %v", err)
	}
}

// TestRowFaultyTheNextDay stops a run and goes on when the permit of a row that
// is not issued yet has ended: the others are issued, and the row is told.
func TestRowFaultyTheNextDay(t *testing.T) {
	w := newWorld(t)
	clock := issuertest.NewClock()
	w.issuer = issuertest.New(t, w.store, clock)
	const rows = 410 // three groups
	path := filepath.Join(w.dir, "a.jsonl")
	if err := batch.Write(path, batch.JSONL, false, func(yield func(catalog.Application) bool) {
		for n := range rows {
			app := w.maker.Application(n)
			if n == rows-1 {
				app.Permits[0].ValidUntil = w.today
			}
			if !yield(app) {
				return
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	first := w.run(t, path)
	first.Workers, first.Issuer = 1, stopping{first.Issuer, stop}
	o, err := first.Do(ctx)
	if !errors.Is(err, batch.ErrStopped) || o.Issued == 0 || o.Issued == rows {
		t.Fatalf("the first run: %+v, %v", o, err)
	}
	clock.Advance(24 * time.Hour)
	w.today = license.DateOf(clock.Now())
	only := w.run(t, path)
	only.ValidateOnly = true
	if again, err := only.Do(t.Context()); !errors.Is(err, batch.ErrFaulty) || again.Issued != o.Issued {
		t.Errorf("looked at only: %+v, %v", again, err)
	}
	if o, err = w.run(t, path).Do(t.Context()); err != nil || o.Issued != rows-1 || o.Refused != 1 || o.Faulty != 1 || !o.Ended {
		t.Errorf("the second run: %+v, %v", o, err)
	}
	if got := reasons(t, path+".faults.csv"); len(got) != 1 || !strings.HasSuffix(got[0], " permit_expired") {
		t.Errorf("the faults are %q", got)
	}
	if results := records(t, path+".result.csv"); len(results) != rows || !strings.HasPrefix(results[rows-1][6], "permit_expired") {
		t.Errorf("%d results, the last is %q", len(results), results[len(results)-1])
	}
}

// stopping is an issuer that stops the run with its first group.
type stopping struct {
	batch.Issuer
	stop func()
}

func (s stopping) Issue(ctx context.Context, apps []catalog.Application, o issuer.Order) ([]issuer.Issued, error) {
	s.stop()
	return s.Issuer.Issue(ctx, apps, o)
}
