package batch

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"yizheng/license"
)

// cellErrors are what office programs leave where a formula has no value.
var cellErrors = []string{"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}

// shortened is how office programs write a long number that they have taken
// for one, and so have lost the end of.
var shortened = regexp.MustCompile(`^[0-9](\.[0-9]+)?[eE]\+[0-9]{2,3}$`)

// spoilt finds cells that an office program has made of what somebody entered.
// Under a heading that is passed over nothing is looked at. The line is the
// nth of its row.
func (h *header) spoilt(c cells, n int) license.Faults {
	var faults license.Faults
	for _, column := range h.columns.list {
		text := h.cell(c, column.Field)
		if text == "" || column.kind == passed {
			continue
		}
		field := strings.Replace(column.Field, "permits.", fmt.Sprintf("permits[%d].", n), 1)
		switch {
		case slices.Contains(cellErrors, text):
			faults = append(faults, fault(field, "cell_error",
				fmt.Sprintf("the cell has the error %s: enter the value, or mend the formula", text),
				fmt.Sprintf("单元格为公式错误%s，请填写内容或修正公式", text)))
		case column.kind != day && shortened.MatchString(text):
			faults = append(faults, fault(field, "digits_lost",
				fmt.Sprintf("the number was shortened to %s, and its last digits are lost: make the column text and enter it again", text),
				fmt.Sprintf("号码被办公软件改写为%s，末位已丢失，请将该列设为文本后重新填写", text)))
		}
	}
	return faults
}

// asEntered takes ="…" off a text: so do people keep an office program from
// taking it for a number.
func asEntered(s string) string {
	if strings.HasPrefix(s, `="`) && strings.HasSuffix(s, `"`) && len(s) > 2 {
		return s[2 : len(s)-1]
	}
	return s
}
