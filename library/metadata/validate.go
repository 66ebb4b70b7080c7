package metadata

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"yizheng/license"
)

// MaxFiling caps a filing as it is sent, in octets.
const MaxFiling = 512 << 10

// Problem is why a filing cannot be taken: a stable reason and a sentence.
type Problem struct {
	Reason string
	Detail string
}

// Error gives the sentence.
func (p *Problem) Error() string { return p.Detail }

func problem(reason, format string, args ...any) error {
	return &Problem{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// ParseFiling reads a filing strictly: no unknown members, nothing after it,
// an identity that agrees with license and sequence, and a body of its kind.
// Its errors are of type *Problem.
func ParseFiling(b []byte) (Filing, any, error) {
	var f Filing
	if err := strict(b, &f); err != nil {
		return f, nil, problem("schema", "the filing is not of the schema: %v", err)
	}
	base, sequence, ok := SplitID(f.ID)
	if !ok || base != f.License || sequence != f.Sequence {
		return f, nil, problem("schema", "the id %q does not agree with license and sequence", f.ID)
	}
	if f.At.IsZero() || f.At.Nanosecond() != 0 {
		return f, nil, problem("schema", "the instant is missing, or not in whole seconds")
	}
	body, identifier, err := readBody(f)
	if err != nil {
		return f, nil, err
	}
	id, err := license.ParseIdentifier(identifier)
	if err != nil {
		return f, nil, problem("identifier", "the identifier %q is not one of GB/T 36904: %v", identifier, err)
	}
	if id.Base() != f.License {
		return f, nil, problem("identifier", "the identifier %q is not one of license %s", identifier, f.License)
	}
	return f, body, nil
}

// readBody reads the body by its kind and gives the identifier it is about.
func readBody(f Filing) (body any, identifier string, err error) {
	switch f.Kind {
	case Issue, Change:
		var c Certificate
		if err := strict(f.Body, &c); err != nil {
			return nil, "", problem("schema", "the certificate is not of the schema: %v", err)
		}
		return c, c.ZZBS, c.check(f.Kind)
	case Status:
		var s StatusChange
		if err := strict(f.Body, &s); err != nil {
			return nil, "", problem("schema", "the change of state is not of the schema: %v", err)
		}
		return s, s.ZZBS, s.check()
	case Document:
		var d SealedDocument
		if err := strict(f.Body, &d); err != nil {
			return nil, "", problem("schema", "the document is not of the schema: %v", err)
		}
		return d, d.ZZBS, d.check()
	case Verification:
		var c Check
		if err := strict(f.Body, &c); err != nil {
			return nil, "", problem("schema", "the verification is not of the schema: %v", err)
		}
		return c, c.ZZBS, c.Validate()
	}
	return nil, "", problem("schema", "the kind %q is unknown", f.Kind)
}

// strict reads one JSON value with no unknown members and nothing after it.
func strict(b []byte, into any) error {
	if len(b) > MaxFiling {
		return errors.New("it is too long")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows it")
	}
	return nil
}

func (c Certificate) check(kind Kind) error {
	id, err := license.ParseIdentifier(c.ZZBS)
	if err != nil {
		return problem("identifier", "the identifier %q is not one of GB/T 36904: %v", c.ZZBS, err)
	}
	if c.ZZLXDM != id.Type || c.ZZBFJGDM != id.Issuer || c.Version != id.Version {
		return problem("identifier", "type, issuer or version do not agree with the identifier")
	}
	for name, code := range map[string]string{"ZZBFJGDM": c.ZZBFJGDM, "CZZTDM": c.CZZTDM} {
		if _, err := license.ParseCreditCode(code); err != nil {
			return problem("credit_code", "%s %q: %v", name, code, err)
		}
	}
	for name, value := range map[string]string{
		"ZZMC": c.ZZMC, "ZZBH": c.ZZBH, "ZZBFJG": c.ZZBFJG, "CZZT": c.CZZT,
		"CZZTDMLX": c.CZZTDMLX, "KZ_HYLB": c.Industry, "KZ_JYCS": c.Premises,
	} {
		if value == "" {
			return problem("missing", "%s is missing", name)
		}
	}
	if c.CZZTDMLXDM != "001" || c.State != "ISSUED" || c.TrustLevel != "A" || !license.Region(c.CertificateAreaCode).WellFormed() {
		return problem("schema", "CZZTDMLXDM, state, trust_level or certificateAreaCode is not one that is taken")
	}
	first := kind == Issue
	if first != (c.Version == 1) || first != (c.Predecessor == "") || first != (c.Operation == OperationNew) {
		return problem("operation", "a first version is issued as new and has no predecessor; all others have one")
	}
	if !first && c.Operation != OperationChange && c.Operation != OperationRenewal {
		return problem("operation", "operation %q is no change and no renewal", c.Operation)
	}
	if err := days(c.ZZBFRQ, c.ZZYXQQSRQ, c.ZZYXQJZRQ); err != nil {
		return err
	}
	if len(c.Permits) == 0 {
		return problem("missing", "the certificate lists no permit")
	}
	for _, p := range c.Permits {
		if p.Matter == "" || p.Number == "" || p.Authority == "" || p.Scope == "" || !knownState(p.State) {
			return problem("missing", "a permit lacks its matter, number, authority, scope or state")
		}
		if err := days(p.ValidFrom, p.ValidFrom, p.ValidUntil); err != nil {
			return err
		}
	}
	return nil
}

// days checks one day, and a term whose end may be absent.
func days(day, from, until string) error {
	var parsed [3]license.Date
	for n, s := range []string{day, from, until} {
		if n == 2 && s == "" {
			return nil
		}
		d, err := license.ParseDate(s)
		if err != nil {
			return problem("day", "%v", err)
		}
		parsed[n] = d
	}
	if parsed[2] < parsed[1] {
		return problem("day", "the term ends on %s, before it begins on %s", until, from)
	}
	return nil
}

func knownState(code string) bool {
	switch code {
	case "01", "02", "03", "04", "05", "07", "99":
		return true
	}
	return false
}

func (s StatusChange) check() error {
	if !knownState(s.From) || !knownState(s.To) {
		return problem("schema", "the states %q and %q are not both of the dictionary", s.From, s.To)
	}
	if (s.Number == "") != (s.Authority == "") {
		return problem("schema", "a permit is named by its authority and its number")
	}
	if s.At.IsZero() {
		return problem("missing", "the instant is missing")
	}
	return nil
}

const maxForm = 40 // bytes of the name of a document's form

func (d SealedDocument) check() error {
	if b, err := hex.DecodeString(d.SHA256); err != nil || len(b) != 32 || hex.EncodeToString(b) != d.SHA256 {
		return problem("schema", "the digest is not a SHA-256 in lower-case hexadecimal")
	}
	if len(d.Form) > maxForm {
		return problem("schema", "the form of the document is no short word")
	}
	if d.MediaType == "" || d.Size <= 0 || d.ZZQZMC == "" || d.ZZQZR == "" || d.ZZQZSJ.IsZero() {
		return problem("missing", "the document lacks its media type, size, seal, signer or instant")
	}
	return nil
}

// Validate says whether a verification states all that the library wants. Its
// errors are of type *Problem.
func (c Check) Validate() error {
	if c.ID == "" || c.Outcome == "" || c.At.IsZero() || c.Purpose == "" || c.Organisation == "" || c.Operator == "" {
		return problem("missing", "a verification states id, outcome, instant, purpose, organisation and operator")
	}
	return nil
}
