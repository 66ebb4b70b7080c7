package batch

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"yizheng/license"
)

// Column is one column of a table: what its values become, and how it may be
// headed.
type Column struct {
	Field    string   // of the application, such as holder.name; permits.number is that of the line's permit
	Headings []string // the Chinese one that a template has, the English one, and others
	Required bool     // a table without it is refused
	About    string   // what stands in it
	AboutEN  string

	kind kind
}

// kind is how a cell is read.
type kind int

const (
	text kind = iota
	day
	flag
	key    // of the table itself
	passed // over: what an earlier run wrote for people
)

// columns are those of one sort of table.
type columns struct {
	list    []Column
	grouped bool // neighbouring lines with one key are one row
}

// Columns lists the columns of a table of applications, in the template's
// order.
func Columns() []Column { return applicationColumns.list }

// ActColumns lists the columns of a table of acts on permits.
func ActColumns() []Column { return actColumns.list }

const keyField, faultsField = "key", "faults"

var applicationColumns = columns{grouped: true, list: []Column{
	{keyField, []string{"申请编号", "key", "序号"}, true, "一张证一个编号；同一张证的各项许可占相邻各行，编号相同或留空", "one for each license; its permits stand on neighbouring lines with the same key, or none", key},
	{"industry", []string{"行业", "industry", "行业类别"}, true, "目录中的行业名称", "the catalogue's name of the industry", text},
	{"holder.name", []string{"企业名称", "holder", "市场主体名称", "名称"}, true, "营业执照上的名称", "as on the business license", text},
	{"holder.creditCode", []string{"统一社会信用代码", "credit code", "信用代码"}, true, "18位", "18 characters", text},
	{"holder.representative", []string{"法定代表人", "representative", "负责人", "法定代表人(负责人)"}, true, "法定代表人或者负责人", "the legal representative or person in charge", text},
	{"holder.premises", []string{"经营场所", "premises"}, true, "营业执照上的经营场所", "as on the business license", text},
	{"permits.matter", []string{"许可事项", "matter"}, true, "目录中的事项名称", "the catalogue's name of the matter", text},
	{"permits.number", []string{"许可证编号", "permit number", "许可编号", "许可证号"}, true, "许可证上的编号", "as on the permit", text},
	{"permits.authority", []string{"实施机关", "authority", "发证机关"}, true, "作出许可的机关全称", "the full name of the organ that granted it", text},
	{"permits.scope", []string{"许可范围", "scope"}, true, "许可证上的范围", "as on the permit", text},
	{"permits.conditions", []string{"许可条件", "conditions"}, false, "附条件的写明条件", "what the grant is subject to, if anything", text},
	{"permits.premises", []string{"许可场所", "permit premises"}, false, "与经营场所写法不同时填写", "where it is written otherwise than the premises", text},
	{"permits.commitment", []string{"告知承诺", "commitment"}, false, "是 或 否", "yes or no", flag},
	{"permits.validFrom", []string{"有效期起", "valid from"}, true, "如 2026-07-01", "such as 2026-07-01", day},
	{"permits.validUntil", []string{"有效期止", "valid until", "有效期至"}, true, "长期有效的留空", "empty where it has no end", day},
	{faultsField, []string{"问题", "faults"}, false, "由程序填写，读取时略过", "written by the program, passed over when read", passed},
}}

var actColumns = columns{list: []Column{
	{"license", []string{"证照标识", "license", "行业综合许可证编号", "标识或编号"}, true, "标识或者行业综合许可证编号", "the license's identifier or number", text},
	{"permit", []string{"许可证编号", "permit number", "许可编号"}, true, "许可证上的编号", "as on the permit", text},
	{"act", []string{"处理", "act"}, true, "暂扣、恢复、吊销、撤销、注销", "suspend, reinstate, revoke, withdraw or cancel", text},
	{"reason", []string{"理由", "reason"}, true, "处理理由，记入日志并报送", "goes into the audit trail and the filing", text},
	{faultsField, []string{"问题", "faults"}, false, "由程序填写，读取时略过", "written by the program, passed over when read", passed},
}}

// header says which column stands where in one table.
type header struct {
	columns columns
	titles  []string       // as the file has them
	places  map[string]int // of a field
	kinds   map[string]kind
	before  int // a workbook's number for 1999-12-31; 0 in other tables
}

// plain brings the ways to write a heading to one.
func plain(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-*\t\r\n\uFEFF", r) {
			return -1
		}
		return r
	}, s)
}

// parse reads the first line of a table.
func (c columns) parse(path string, titles []string) (*header, error) {
	h := &header{columns: c, places: map[string]int{}, kinds: map[string]kind{}}
	var faults license.Faults
	for n, title := range titles {
		h.titles = append(h.titles, title)
		if plain(title) == "" {
			continue
		}
		column, ok := c.named(title)
		if !ok {
			faults = append(faults, license.Fault{File: path, Field: title, Reason: "unknown_column",
				Message:   fmt.Sprintf("column %d has the heading %q, which means nothing here; begin with the table to fill in (yizheng batch template)", n+1, cut(title)),
				MessageZH: fmt.Sprintf("第%d列的标题“%s”无法识别，请从空白表格填起（yizheng batch template）", n+1, cut(title))})
			continue
		}
		if _, twice := h.places[column.Field]; twice {
			faults = append(faults, license.Fault{File: path, Field: title, Reason: "duplicate_column",
				Message:   fmt.Sprintf("the heading %q stands for a column that is there already", cut(title)),
				MessageZH: fmt.Sprintf("标题“%s”所指的列重复出现", cut(title))})
			continue
		}
		h.places[column.Field], h.kinds[column.Field] = n, column.kind
	}
	for _, column := range c.list {
		if _, ok := h.places[column.Field]; !ok && column.Required {
			faults = append(faults, license.Fault{File: path, Field: column.Headings[0], Reason: "missing_column",
				Message:   fmt.Sprintf("there is no column %s (%s)", column.Headings[0], column.Headings[1]),
				MessageZH: fmt.Sprintf("缺少“%s”列", column.Headings[0])})
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return h, nil
}

func (c columns) named(title string) (Column, bool) {
	for _, column := range c.list {
		for _, heading := range column.Headings {
			if plain(heading) == plain(title) {
				return column, true
			}
		}
		if plain(column.Field) == plain(title) {
			return column, true
		}
	}
	return Column{}, false
}

// heading gives the title above a field of the application, or the field.
func (h *header) heading(field string) string {
	if n, ok := h.places[field]; ok {
		return h.titles[n]
	}
	return ""
}

// cell gives the text under a field's heading, without space around it.
func (h *header) cell(c cells, field string) string {
	n, ok := h.places[field]
	if !ok || n >= len(c.texts) {
		return ""
	}
	return asEntered(strings.TrimSpace(c.texts[n]))
}

// compose makes the object that a row states: members that are empty are left
// out, so that they are found missing like any other.
func (c columns) compose(r Row) (map[string]any, license.Faults) {
	object := map[string]any{}
	var faults license.Faults
	var permits []map[string]any
	for n, line := range r.cells {
		permit := map[string]any{}
		for _, column := range c.list {
			value := r.header.cell(line, column.Field)
			if value == "" || column.kind == key || column.kind == passed {
				continue
			}
			group, name, nested := strings.Cut(column.Field, ".")
			switch {
			case nested && group == "permits":
				permit[name] = r.header.value(column.kind, value)
				continue
			case n > 0 && value != r.header.cell(r.cells[0], column.Field):
				faults = append(faults, license.Fault{Field: fmt.Sprintf("permits[%d].%s", n, column.Field), Reason: "line_differs",
					Message:   fmt.Sprintf("line %d says something else than line %d of the same license", line.line, r.Line),
					MessageZH: fmt.Sprintf("第%d行与同一张证的第%d行不一致", line.line, r.Line)})
				continue
			}
			if !nested {
				object[group] = r.header.value(column.kind, value)
				continue
			}
			within, ok := object[group].(map[string]any)
			if !ok {
				within = map[string]any{}
				object[group] = within
			}
			within[name] = r.header.value(column.kind, value)
		}
		permits = append(permits, permit)
	}
	if c.grouped {
		object["permits"] = permits
		if object["holder"] == nil {
			object["holder"] = map[string]any{}
		}
	}
	return object, faults
}

// value reads a cell. What is not understood stays as it is, and is found
// faulty by whoever checks it.
func (h *header) value(k kind, s string) any {
	switch k {
	case flag:
		switch strings.ToLower(norm.NFKC.String(s)) {
		case "是", "有", "y", "yes", "true", "1", "√", "✓":
			return true
		case "否", "无", "n", "no", "false", "0":
			return false
		}
	case day:
		return h.day(s)
	}
	return s
}

// day writes a day as YYYY-MM-DD: office programs write 2026/7/1, 2026年7月1日
// and 20260701, and a workbook has a number.
func (h *header) day(s string) string {
	plain := norm.NFKC.String(s)
	if n, err := strconv.Atoi(plain); err == nil {
		switch {
		case len(plain) == 8:
			return plain[:4] + "-" + plain[4:6] + "-" + plain[6:]
		case h.before > 0 && n > h.before && n-h.before <= math.MaxUint16:
			return license.Date(n - h.before).String()
		}
		return s
	}
	plain = strings.TrimSuffix(strings.TrimSuffix(plain, " 00:00:00"), "日")
	parts := strings.FieldsFunc(plain, func(r rune) bool { return strings.ContainsRune("-/.年月", r) })
	if len(parts) != 3 || len(parts[0]) != 4 {
		return s
	}
	for n, digits := range []int{4, 2, 2} {
		if _, err := strconv.ParseUint(parts[n], 10, 16); err != nil || len(parts[n]) > digits {
			return s
		}
	}
	return fmt.Sprintf("%s-%02s-%02s", parts[0], parts[1], parts[2])
}

// cut shortens what is repeated in a message.
func cut(s string) string {
	if runes := []rune(s); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return s
}
