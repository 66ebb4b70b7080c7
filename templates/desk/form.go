package desk

import (
	"fmt"
	"strings"

	"yizheng/catalog"
	"yizheng/license"
)

// ApplicationForm is an application as somebody fills it in: text, whether or
// not it means something.
type ApplicationForm struct {
	Key  string // of the form: it issues once
	Seen string // digest of what was previewed

	Industry, Name, CreditCode, Representative, Premises string
	Permits                                              []PermitForm
}

// PermitForm is one permit of it.
type PermitForm struct {
	Matter, Number, Authority, Scope, Conditions, Premises, From, Until string
	Commitment                                                          bool
}

// FormPage is a form with what is said of it.
type FormPage struct {
	Verb   string // issue, change or renew
	Number string // of the license that is changed
	Before *license.License
	Action string // where the form is sent
	Token  string
	Form   ApplicationForm
	Most   int // permits

	Industries, Matters, Authorities []string

	Faults  license.Faults
	Preview *Preview // nil until there is one
	Changed bool     // it was to be issued, and is not what was seen
}

// Preview is what an application would become.
type Preview struct {
	Picture  []byte // PNG
	License  license.License
	Warnings []catalog.Warning
	Existing string // identifier of the current license with this very content
	Symbol   int    // version of the QR symbol
	Level    string // of error correction
}

// Said is one thing that is said of a field.
type Said struct {
	Text
	Mild bool // a warning, which stops nothing
}

// Field is one field of the form.
type Field struct {
	Name, ID string
	Label    Text
	Value    string
	Most     int
	Options  []string
	None     Text // what stands for no choice
	Said     []Said
	Fixed    bool
	Optional bool
}

// Wrong says whether something is wrong with the field, and not merely odd.
func (f Field) Wrong() bool {
	for _, s := range f.Said {
		if !s.Mild {
			return true
		}
	}
	return false
}

// anchor is the id of the field with a JSON path.
func anchor(path string) string {
	return "f-" + strings.NewReplacer("[", "-", "]", "", ".", "-").Replace(path)
}

// Text gives the field of a path, for its template.
func (p FormPage) Text(path, zh, en, value string, most int) Field {
	return Field{Name: path, ID: anchor(path), Label: Text{ZH: zh, EN: en}, Value: value, Most: most, Said: p.of(path)}
}

// Free is [FormPage.Text] for a field that may be left empty.
func (p FormPage) Free(path, zh, en, value string, most int) Field {
	f := p.Text(path, zh, en, value, most)
	f.Optional = true
	return f
}

// Kept is [FormPage.Text] for a field that cannot be changed here.
func (p FormPage) Kept(path, zh, en, value string, most int) Field {
	f := p.Text(path, zh, en, value, most)
	f.Fixed = true
	return f
}

// Choice gives the field of a path that is chosen from a list. What it is is
// among the choices, whatever they are.
func (p FormPage) Choice(path, zh, en, value string, options []string, none Text) Field {
	f := p.Text(path, zh, en, value, 0)
	f.Options, f.None = options, none
	for _, o := range options {
		if o == value {
			return f
		}
	}
	if value != "" {
		f.Options = append([]string{value}, options...)
	}
	return f
}

// of gives what is said of the field of a path.
func (p FormPage) of(path string) []Said {
	var said []Said
	for _, f := range p.Faults {
		if f.Field == path {
			said = append(said, Said{Text: Text{ZH: f.MessageZH, EN: f.Message}})
		}
	}
	if p.Preview != nil {
		for _, w := range p.Preview.Warnings {
			if w.Field == path {
				said = append(said, Said{Text: Text{ZH: w.MessageZH, EN: w.Message}, Mild: true})
			}
		}
	}
	return said
}

// labels are what the fields of a path are called.
var labels = map[string]Text{
	"industry": {ZH: "行业类别", EN: "Industry"}, "permits": {ZH: "单项许可", EN: "Permits"},
	"name": {ZH: "名称", EN: "Name"}, "creditCode": {ZH: "统一社会信用代码", EN: "Credit code"}, "representative": {ZH: "法定代表人（负责人）", EN: "Representative"},
	"holder.premises": {ZH: "经营场所", EN: "Premises"}, "premises": {ZH: "许可地址", EN: "Premises"}, "matter": {ZH: "许可事项", EN: "Matter"}, "number": {ZH: "许可证编号", EN: "Number"}, "authority": {ZH: "实施机关", EN: "Authority"},
	"scope": {ZH: "许可范围", EN: "Scope"}, "conditions": {ZH: "许可条件", EN: "Conditions"}, "validFrom": {ZH: "有效期自", EN: "In force from"}, "validUntil": {ZH: "有效期至", EN: "In force until"},
}

// called says of which field a path is, as people call it; nothing for the
// whole.
func called(path string) Text {
	var n int
	of, field, _ := strings.Cut(path, ".")
	label, own := labels[path] // such as that of the whole license
	if !own {
		label = labels[field]
	}
	if _, err := fmt.Sscanf(of, "permits[%d]", &n); err == nil {
		return Text{ZH: fmt.Sprintf("第%d项%s：", n+1, label.ZH), EN: fmt.Sprintf("Permit %d, %s: ", n+1, label.EN)}
	}
	if label.ZH == "" {
		return Text{}
	}
	return Text{ZH: label.ZH + "：", EN: label.EN + ": "}
}

// Pointer is a line of the summary of what is wrong, with where it is.
type Pointer struct {
	Text
	To string // fragment; empty where it concerns the whole
}

// Summary lists all faults, in the order of the fields, and where each is.
func (p FormPage) Summary() []Pointer {
	var all []Pointer
	for _, f := range p.Faults {
		all = append(all, pointer(f.Field, f.MessageZH, f.Message))
	}
	return all
}

// Odd lists all warnings in the same way.
func (p FormPage) Odd() []Pointer {
	var all []Pointer
	for _, w := range p.Preview.Warnings {
		all = append(all, pointer(w.Field, w.MessageZH, w.Message))
	}
	return all
}

func pointer(path, zh, en string) Pointer {
	of := called(path)
	return Pointer{Text{ZH: of.ZH + zh, EN: of.EN + en}, place(path)}
}

// place gives the fragment of a path that the form has a field for.
func place(path string) string {
	switch {
	case path == "":
		return ""
	case path == "permits":
		return "#permits"
	case strings.HasPrefix(path, "permits[") && !strings.Contains(path, "."):
		return "#" + anchor(path+".matter")
	}
	return "#" + anchor(path)
}

// Of gives what is said of a part of the form that is no field.
func (p FormPage) Of(path string) []Said { return p.of(path) }

// At gives the path of a field of a permit.
func (p FormPage) At(n int, field string) string { return fmt.Sprintf("permits[%d].%s", n, field) }

// Count is how people count from n.
func (p FormPage) Count(n int) int { return n + 1 }

// NoChoice and ByMatter are what stands for no choice.
func (p FormPage) NoChoice() Text { return Text{ZH: "请选择", EN: "choose"} }

// ByMatter stands for the authority that grants the matter.
func (p FormPage) ByMatter() Text { return Text{ZH: "按许可事项填写", EN: "by the matter"} }

// Described names what is said of the field, for those who hear it.
func (f Field) Described() string {
	var ids []string
	for n := range f.Said {
		ids = append(ids, fmt.Sprintf("%s-said-%d", f.ID, n))
	}
	return strings.Join(ids, " ")
}
