package verifier

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"yizheng/license"
)

// AppendJSON appends the JSON of r, byte for byte that of encoding/json.
// Going through the members by reflection takes a third of the time that the
// signature does, and a server writes nothing as often as this.
func (r Result) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	b = text(b, "outcome", string(r.Outcome))
	b = list(b, "checks", r.Checks, appendCheck)
	if r.License != nil {
		b = appendLicense(name(b, "license"), r.License)
	}
	if r.Presentation != nil {
		b = appendReflected(name(b, "presentation"), r.Presentation) // small, as is the copy
	}
	if r.Copy != nil {
		b = appendReflected(name(b, "copy"), r.Copy)
	}
	if len(r.Agreements) > 0 {
		b = appendReflected(name(b, "agreements"), r.Agreements) // few, and seldom any
	}
	if len(r.Authorities) > 0 {
		b = list(b, "authorities", r.Authorities, appendAuthority)
	}
	b = appendSources(name(b, "lists"), &r.Lists)
	b = reasons(b, "warnings", r.Warnings)
	b = instant(b, "at", r.At)
	if !r.AsOf.IsZero() {
		b = instant(b, "asOf", r.AsOf)
	}
	if r.Document != nil {
		b = appendReflected(name(b, "document"), r.Document)
	}
	return append(b, '}')
}

func appendCheck(b []byte, c *Check) []byte {
	b = append(b, '{')
	b = text(b, "name", string(c.Name))
	b = text(b, "status", string(c.Status))
	b = textIfAny(b, "reason", string(c.Reason))
	return append(b, '}')
}

func appendLicense(b []byte, l *License) []byte {
	b = append(b, '{')
	b = text(b, "identifier", l.Identifier.String())
	b = text(b, "number", l.Number)
	b = strconv.AppendInt(name(b, "version"), int64(l.Version), 10)
	b = text(b, "region", string(l.Region))
	b = text(b, "issuer", l.Issuer)
	b = append(name(b, "contact"), '{')
	b = text(b, "code", string(l.Contact.Code))
	b = textIfAny(b, "address", l.Contact.Address)
	b = textIfAny(b, "telephone", l.Contact.Telephone)
	b = textIfAny(b, "verifyURL", l.Contact.VerifyURL)
	b = append(b, '}')
	b = text(b, "industry", l.Industry)
	b = text(b, "catalogue", l.Catalogue)
	b = append(name(b, "holder"), '{')
	b = text(b, "name", l.Holder.Name)
	b = text(b, "creditCode", string(l.Holder.CreditCode))
	b = text(b, "representative", l.Holder.Representative)
	b = text(b, "premises", l.Holder.Premises)
	b = append(b, '}')
	b = day(b, "issueDate", l.IssueDate)
	b = text(b, "state", string(l.State))
	if l.SupersededBy != nil {
		b = text(b, "supersededBy", l.SupersededBy.String())
	}
	b = truth(b, "demonstration", l.Demonstration)
	b = list(b, "permits", l.Permits, appendPermit)
	return append(b, '}')
}

func appendPermit(b []byte, p *Permit) []byte {
	b = append(b, '{')
	b = text(b, "matter", p.Matter)
	b = text(b, "number", p.Number)
	b = text(b, "authority", p.Authority)
	b = text(b, "scope", p.Scope)
	b = textIfAny(b, "conditions", p.Conditions)
	b = textIfAny(b, "premises", p.Premises)
	b = truth(b, "commitment", p.Commitment)
	b = day(b, "validFrom", p.ValidFrom)
	if !p.ValidUntil.IsZero() {
		b = day(b, "validUntil", p.ValidUntil)
	}
	b = text(b, "state", string(p.State))
	b = strconv.AppendBool(name(b, "recognised"), p.Recognised)
	b = textIfAny(b, "mode", string(p.Mode))
	b = textIfAny(b, "agreement", p.Agreement)
	b = reasons(b, "reasons", p.Reasons)
	return append(b, '}')
}

func appendAuthority(b []byte, a *license.Authority) []byte {
	b = append(b, '{')
	b = text(b, "name", a.Name)
	b = text(b, "code", string(a.Code))
	b = text(b, "region", string(a.Region))
	b = textIfAny(b, "address", a.Address)
	b = textIfAny(b, "telephone", a.Telephone)
	if len(a.Remedies) > 0 {
		b = list(b, "remedies", a.Remedies, appendRemedy)
	}
	b = truth(b, "demonstration", a.Demonstration)
	return append(b, '}')
}

func appendRemedy(b []byte, r *license.Remedy) []byte {
	b = append(b, '{')
	b = text(b, "kind", r.Kind)
	b = text(b, "organ", r.Organ)
	b = text(b, "term", r.Term)
	b = text(b, "termEN", r.TermEN)
	b = text(b, "basis", r.Basis)
	b = textIfAny(b, "address", r.Address)
	b = textIfAny(b, "telephone", r.Telephone)
	return append(b, '}')
}

func appendSources(b []byte, s *Sources) []byte {
	b = append(b, '{')
	b = appendSource(b, "trust", s.Trust)
	b = appendSource(b, "policy", s.Policy)
	b = appendSource(b, "authorities", s.Authorities)
	b = appendSource(b, "status", s.Status)
	b = appendSource(b, "record", s.Record)
	return append(b, '}')
}

// appendSource appends a source that is there.
func appendSource(b []byte, member string, s *Source) []byte {
	if s == nil {
		return b
	}
	b = append(name(b, member), '{')
	b = textIfAny(b, "signer", s.Signer)
	b = textIfAny(b, "uri", s.URI)
	b = strconv.AppendUint(name(b, "sequence"), s.Sequence, 10)
	b = instant(b, "issued", s.Issued)
	b = strconv.AppendInt(name(b, "age"), s.Age, 10)
	if !s.Expires.IsZero() {
		b = instant(b, "expires", s.Expires)
	}
	return append(b, '}')
}

// name begins a member: a comma where one stands before it, and its name.
func name(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

func text(b []byte, member, value string) []byte { return appendString(name(b, member), value) }

func textIfAny(b []byte, member, value string) []byte {
	if value == "" {
		return b
	}
	return text(b, member, value)
}

// truth is a member that is left out where it is false.
func truth(b []byte, member string, value bool) []byte {
	if !value {
		return b
	}
	return append(name(b, member), "true"...)
}

func day(b []byte, member string, d license.Date) []byte {
	b, _ = d.AppendText(append(name(b, member), '"')) // there is no day that it cannot write
	return append(b, '"')
}

func instant(b []byte, member string, t time.Time) []byte {
	b = t.AppendFormat(append(name(b, member), '"'), time.RFC3339Nano)
	return append(b, '"')
}

// reasons is a list of reasons, left out where there are none.
func reasons(b []byte, member string, values []Reason) []byte {
	if len(values) == 0 {
		return b
	}
	return list(b, member, values, func(b []byte, r *Reason) []byte { return appendString(b, string(*r)) })
}

func list[T any](b []byte, member string, values []T, one func([]byte, *T) []byte) []byte {
	b = name(b, member)
	if values == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, &values[i])
	}
	return append(b, ']')
}

// standsForItself says which characters of ASCII a JSON text has as they are.
var standsForItself = func() (plain [utf8.RuneSelf]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		plain[c] = !strings.ContainsRune("\"\\<>&\x7f", c)
	}
	return plain
}()

// appendString writes s as encoding/json does. Texts that stand for themselves
// are copied, and the few others left to it.
func appendString(b []byte, s string) []byte {
	ascii := true
	for i := range len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			if !standsForItself[c] {
				return appendReflected(b, s)
			}
			continue
		}
		ascii = false
		if c == 0xE2 && i+1 < len(s) && s[i+1] == 0x80 { // U+2028 and U+2029 are among these
			return appendReflected(b, s)
		}
	}
	if !ascii && !utf8.ValidString(s) {
		return appendReflected(b, s)
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func appendReflected(b []byte, v any) []byte {
	encoded, err := json.Marshal(v)
	if err != nil {
		return append(b, "null"...) // what it is used for has nothing that cannot be written
	}
	return append(b, encoded...)
}
