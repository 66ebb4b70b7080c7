package dispute

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"yizheng/license"
)

// faults says all that is wrong with what a person has written of a dispute.
func (s Statement) faults() license.Faults {
	faults := textFaults(
		text{"text", s.Text, MaxText, true}, text{"permit", s.Permit, license.MaxPermitNumber, false},
		text{"organisation", s.Contact.Organisation, license.MaxPurpose, true},
		text{"name", s.Contact.Name, license.MaxPurpose, true}, text{"telephone", s.Contact.Telephone, MaxTelephone, true},
	)
	if !slices.Contains(Reasons(), s.Reason) {
		faults = append(faults, license.Fault{Field: "reason", Reason: "unknown_reason",
			Message: "Choose a reason: " + listed(Reasons(), ", ") + ".", MessageZH: "请选择异议事由：" + listed(Reasons(), "、") + "。"})
	}
	return faults
}

func (a Answer) faults() license.Faults {
	faults := textFaults(
		text{"text", a.Text, MaxText, true}, text{"act", a.Act, license.MaxPurpose, false}, text{"by", a.By, license.MaxPurpose, true},
	)
	if !slices.Contains(Results(), a.Result) {
		faults = append(faults, license.Fault{Field: "result", Reason: "unknown_result",
			Message: "Choose a result: " + listed(Results(), ", ") + ".", MessageZH: "请选择处理结果。"})
	}
	return faults
}

// listed writes words one after the other.
func listed[T ~string](words []T, between string) string {
	texts := make([]string, len(words))
	for n, w := range words {
		texts[n] = string(w)
	}
	return strings.Join(texts, between)
}

type text struct {
	field, text string
	most        int
	required    bool
}

func textFaults(all ...text) (faults license.Faults) {
	for _, t := range all {
		if f, bad := license.TextFault(t.field, t.text, t.most); bad && (t.required || t.text != "") {
			faults = append(faults, f)
		}
	}
	return faults
}

// wellFormed says whether a statement that came from elsewhere has the form
// that ours have.
func (s Statement) wellFormed() bool {
	return isHex(s.ID, 32) && s.From.WellFormed() && s.To.WellFormed() && whole(s.Made) && whole(s.Check.At) &&
		len(textFaults(text{"id", s.Check.ID, 64, true}, text{"outcome", s.Check.Outcome, 32, true})) == 0 && len(s.faults()) == 0
}

func (a Answer) wellFormed() bool {
	return isHex(a.Dispute, 32) && isHex(a.Statement, 64) && whole(a.Received) && whole(a.Made) && len(a.faults()) == 0
}

func isHex(s string, digits int) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(s) == digits && hex.EncodeToString(b) == s
}

func whole(t time.Time) bool {
	return !t.IsZero() && t.Nanosecond() == 0 && t.Location() == time.UTC
}

// canonical is the one form of a statement: its members in their order, no
// white space, and no character escaped that need not be. What a text says
// twice, or says beside its members, is then no statement, and nobody can read
// another thing out of the same signed bytes.
func canonical(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// readCanonical reads a statement and refuses any other form of it.
func readCanonical(b []byte, v any) error {
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	again, err := canonical(v)
	if err != nil || !bytes.Equal(again, b) {
		return fmt.Errorf("%w: it is not in its canonical form", ErrMalformed)
	}
	return nil
}
