package catalog

import (
	"encoding/json"
	"fmt"
	"strings"

	"yizheng/license"
)

// Application is what the office gathers for one business before a license is
// issued: the industry, the holder and the permits that departments granted.
type Application struct {
	Industry string           `json:"industry"`
	Holder   license.Holder   `json:"holder"`
	Permits  []license.Permit `json:"permits"`
}

const (
	// MaxApplication is the most bytes that an application's file may have.
	MaxApplication = 64 << 10
	// MaxPermits is the most permits that one application may have: twice
	// what a license code can hold.
	MaxPermits = 40
)

var (
	applicationMembers = []string{"industry", "holder", "permits"}
	holderMembers      = []string{"name", "creditCode", "representative", "premises"}
	permitMembers      = []string{"matter", "number", "authority", "scope", "conditions", "premises", "commitment", "validFrom", "validUntil"}
)

// ParseApplication reads an application's JSON file. It is strict: unknown
// and repeated members, members of a wrong type, missing ones, days that do
// not exist, anything after the end and more than [MaxApplication] bytes are
// faults. A byte order mark at the start is passed over, since editors on
// office machines write it.
//
// The error is [license.Faults], with every fault of the file. What could be
// read is given even then, so that [Catalogue.Check] can add its own.
func ParseApplication(b []byte) (Application, error) {
	b, faults := textOf(b)
	if len(faults) > 0 {
		return Application{}, faults
	}
	if a, ok := plainApplication(b); ok {
		return a, nil
	}
	root, faults := parseTree(b)
	if len(faults) > 0 {
		return Application{}, faults
	}
	r := reader{}
	a := r.application(root)
	return a, r.faults.Err()
}

// reader turns a tree into an application and gathers what is wrong.
type reader struct {
	faults license.Faults
}

func (r *reader) fault(field, reason, message, messageZH string) {
	r.faults = append(r.faults, license.Fault{Field: field, Reason: reason, Message: message, MessageZH: messageZH})
}

func (r *reader) application(n *node) Application {
	var a Application
	members, ok := r.object("", n, applicationMembers)
	if !ok {
		return a
	}
	a.Industry = r.text("industry", members["industry"])
	if holder, ok := r.object("holder", members["holder"], holderMembers); ok {
		a.Holder = license.Holder{
			Name:           r.text("holder.name", holder["name"]),
			CreditCode:     license.CreditCode(r.text("holder.creditCode", holder["creditCode"])),
			Representative: r.text("holder.representative", holder["representative"]),
			Premises:       r.text("holder.premises", holder["premises"]),
		}
	}
	permits, ok := members["permits"]
	switch {
	case !ok:
		r.missing("permits")
	case permits.kind != arrayNode:
		r.wrongType("permits", permits, arrayNode)
	case len(permits.items) > MaxPermits:
		r.fault("permits", "too_many_permits",
			fmt.Sprintf("There are %d permits, and at most %d are read.", len(permits.items), MaxPermits),
			fmt.Sprintf("共有%d项许可，最多读取%d项。", len(permits.items), MaxPermits))
	default:
		for i, item := range permits.items {
			a.Permits = append(a.Permits, r.permit(fmt.Sprintf("permits[%d]", i), item))
		}
	}
	return a
}

func (r *reader) permit(path string, n *node) license.Permit {
	members, ok := r.object(path, n, permitMembers)
	if !ok {
		return license.Permit{}
	}
	return license.Permit{
		Matter:     r.text(path+".matter", members["matter"]),
		Number:     r.text(path+".number", members["number"]),
		Authority:  r.text(path+".authority", members["authority"]),
		Scope:      r.text(path+".scope", members["scope"]),
		Conditions: r.optionalText(path+".conditions", members["conditions"]),
		Premises:   r.optionalText(path+".premises", members["premises"]),
		Commitment: r.flag(path+".commitment", members["commitment"]),
		ValidFrom:  r.day(path+".validFrom", members["validFrom"], true),
		ValidUntil: r.day(path+".validUntil", members["validUntil"], false),
	}
}

// object gives the members of n by name, and faults those that are not
// allowed or come twice. The first of two stands.
func (r *reader) object(path string, n *node, allowed []string) (map[string]*node, bool) {
	if n == nil {
		r.missing(path)
		return nil, false
	}
	if n.kind != objectNode {
		r.wrongType(path, n, objectNode)
		return nil, false
	}
	members := make(map[string]*node, len(n.members))
	for _, m := range n.members {
		field := memberPath(path, m.name)
		switch {
		case members[m.name] != nil:
			r.fault(field, "duplicate_member", "The member is given twice.", "成员重复出现。")
		case !contains(allowed, m.name):
			en, zh := didYouMean(m.name, allowed)
			r.fault(field, "unknown_member", "There is no such member."+en, "没有这一成员。"+zh)
			members[m.name] = m.value
		default:
			members[m.name] = m.value
		}
	}
	return members, true
}

func (r *reader) text(path string, n *node) string {
	if n == nil {
		r.missing(path)
		return ""
	}
	return r.optionalText(path, n)
}

func (r *reader) optionalText(path string, n *node) string {
	if n == nil {
		return ""
	}
	if n.kind != stringNode {
		r.wrongType(path, n, stringNode)
		return ""
	}
	if n.text == "" {
		r.fault(path, "missing", "The value is empty.", "此项为空。")
	}
	return n.text
}

func (r *reader) flag(path string, n *node) bool {
	if n == nil {
		return false
	}
	if n.kind != booleanNode {
		r.wrongType(path, n, booleanNode)
	}
	return n.flag
}

func (r *reader) day(path string, n *node, required bool) license.Date {
	if n == nil && !required {
		return 0
	}
	s := r.text(path, n)
	if s == "" {
		return 0
	}
	day, err := license.ParseDate(s)
	if err != nil {
		r.fault(path, "date",
			fmt.Sprintf("%s is not a day from 2000-01-01 to 2179-06-05 of the form YYYY-MM-DD.", quote(s)),
			fmt.Sprintf("%s不是2000-01-01至2179-06-05之间、形如YYYY-MM-DD的日期。", quote(s)))
	}
	return day
}

func (r *reader) missing(path string) {
	r.fault(path, "missing", "The member is missing.", "缺少此成员。")
}

func (r *reader) wrongType(path string, n *node, want nodeKind) {
	r.fault(path, "wrong_type",
		fmt.Sprintf("The value must be %s, and is %s.", want.english(), n.kind.english()),
		fmt.Sprintf("此项应为%s，实际为%s。", want.chinese(), n.kind.chinese()))
}

// memberPath appends a member to a JSON path, quoting names that are no plain
// word so that no input can forge a path.
func memberPath(path, name string) string {
	if name == "" || len(name) > 40 || strings.ContainsFunc(name, notWord) {
		return path + "[" + quote(name) + "]"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

func notWord(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
}

// quote shows text of the input within a message: escaped, and cut when long.
func quote(s string) string {
	const most = 60
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// UnmarshalJSON reads the strict form of [ParseApplication], so that an
// application within a request obeys the same rules.
func (a *Application) UnmarshalJSON(b []byte) error {
	parsed, err := ParseApplication(b)
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

var _ json.Unmarshaler = (*Application)(nil)
