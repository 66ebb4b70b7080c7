package payload_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
)

var update = flag.Bool("update", false, "write testdata/answers anew")

// TestAnswers holds the format to the files in testdata/answers, which a
// decoder in another language can be tested by, member by member. They change
// when the format or a dictionary does.
func TestAnswers(t *testing.T) {
	checkAnswers(t, "texts", textAnswers())
	checkAnswers(t, "terms", termAnswers(t))
	checkAnswers(t, "digits", digitAnswers())
	checkAnswers(t, "codes", codeAnswers(t))
	checkAnswers(t, "statements", statementAnswers(t))
}

func checkAnswers(t *testing.T, name string, answers any) {
	t.Helper()
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(answers); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "answers", name+".json")
	if *update {
		if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s differs from what the program does; run go test -update and look at what changed", file)
	}
}

// TestExampleOnThePage: the example of docs/format.md is one of the answers.
func TestExampleOnThePage(t *testing.T) {
	page, err := os.ReadFile("../docs/format.md")
	if err != nil {
		t.Fatal(err)
	}
	example := codeAnswers(t)[3]
	b, err := payload.DecodeDigits(example.Digits)
	if err != nil {
		t.Fatal(err)
	}
	n := len(example.Digits)
	for _, want := range []string{
		example.Digits[:22] + "…", "…" + example.Digits[n-21:] + "`",
		fmt.Sprintf("%d digits", n), fmt.Sprintf("%d bytes:", len(b)), fmt.Sprintf("payload, %d bytes", len(example.Payload)/2),
		fmt.Sprintf("%d bytes of claims", len(example.Claims)/2), fmt.Sprintf("% X  ", b[:6]), fmt.Sprintf("% X  ", b[6:14]),
		fmt.Sprintf("% X …", b[78:84]), example.KeyID, example.Header, example.License.Identifier.String(),
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("docs/format.md does not say %q", want)
		}
	}
}

type textAnswer struct {
	Text string `json:"text"`
	Hex  string `json:"hex"`
}

func textAnswers() []textAnswer {
	var all []textAnswer
	for _, s := range []string{
		"", "0", "00", "7", "42", "123", "2026", "310105", "A", "Z", "AZ09", "a", "m", "-(),.:;/ m、×〔〕", "\uFF08\uFF09\uFF0C\uFF1B\uFF1A",
		"号路弄室层楼第幢座", "一", "龥", "鿿", "食品经营许可", "JY13101050123458", "沪长消安检字〔2026〕第0117号",
		"3.20m×0.80m", "LED", "é", "—", "Ⅱ", "。", "ー", "!", "㐀", "𬭎", "𠮷", "㛃𬱖", "℃", "Ω", "한",
	} {
		all = append(all, textAnswer{s, hex.EncodeToString(payload.AppendText(nil, s))})
	}
	return all
}

type termAnswer struct {
	From  license.Date `json:"from"`
	Until license.Date `json:"until,omitzero"`
	Code  byte         `json:"code"`
}

func termAnswers(t *testing.T) []termAnswer {
	var all []termAnswer
	for _, pair := range [][2]string{
		{"2023-05-18", ""}, {"2023-05-18", "2024-05-17"}, {"2023-05-18", "2028-05-17"}, {"2023-05-18", "2053-05-17"},
		{"2023-05-18", "2054-05-17"}, {"2023-05-18", "2023-12-31"}, {"2023-05-22", "2029-12-31"}, {"2025-01-01", "2029-12-31"},
		{"2023-05-18", "2053-12-31"}, {"2023-05-18", "2054-12-31"}, {"2024-02-29", "2025-02-28"}, {"2024-02-29", "2028-02-28"},
		{"2023-03-01", "2024-02-29"}, {"2025-06-09", "2025-06-09"}, {"2025-06-09", "2030-06-09"},
	} {
		from, err := license.ParseDate(pair[0])
		if err != nil {
			t.Fatal(err)
		}
		var until license.Date
		if pair[1] != "" {
			if until, err = license.ParseDate(pair[1]); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, termAnswer{from, until, payload.TermCode(from, until)})
	}
	return all
}

type digitAnswer struct {
	Hex    string `json:"hex"`
	Digits string `json:"digits"`
}

func digitAnswers() []digitAnswer {
	var all []digitAnswer
	for _, b := range [][]byte{
		{0}, {1}, {255}, {0, 0}, {1, 0}, []byte("license"), make([]byte, 17), bytes.Repeat([]byte{255}, 17), bytes.Repeat([]byte{0x5A}, 60),
	} {
		all = append(all, digitAnswer{hex.EncodeToString(b), payload.EncodeDigits(b)})
	}
	return all
}

type codeAnswer struct {
	License    *license.License `json:"license"`
	Dictionary string           `json:"dictionary"` // its id; the bytes are in payload/dictionary
	Claims     string           `json:"claims"`     // hex
	Payload    string           `json:"payload"`    // hex: one of the streams from which the claims come back
	KeyID      string           `json:"keyID"`
	Signature  string           `json:"signature"` // hex, worthless
	Header     string           `json:"header"`    // for an ES256 key
	Digits     string           `json:"digits"`
}

func codeAnswers(t *testing.T) []codeAnswer {
	d := builtin(t, "310105")
	var all []codeAnswer
	for _, l := range append(fixtures(t), everything(t)) {
		c := sealed(t, l, d)
		h := signature.Header{
			Algorithm: signature.ES256, Dictionary: c.DictionaryID, KeyID: c.KeyID, Type: payload.Type, Zip: "DEF",
		}
		all = append(all, codeAnswer{
			License: l, Dictionary: d.ID(),
			Claims:  hex.EncodeToString(payload.AppendClaims(nil, l)),
			Payload: hex.EncodeToString(c.Payload),
			KeyID:   c.KeyID, Signature: hex.EncodeToString(c.Signature),
			Header: string(h.Canonical()), Digits: c.Digits(),
		})
	}
	return all
}

type statementAnswer struct {
	License   string       `json:"license"` // digits of the license code alone
	Kind      string       `json:"kind"`    // the typ of its header
	At        int64        `json:"at"`      // seconds since 1970
	Nonce     string       `json:"nonce,omitempty"`
	Until     license.Date `json:"until,omitzero"`
	Maker     string       `json:"maker,omitempty"`
	Recipient string       `json:"recipient,omitempty"`
	Purpose   string       `json:"purpose,omitempty"`
	KeyID     string       `json:"keyID"`
	Signature string       `json:"signature"`    // hex, worthless
	Input     string       `json:"signingInput"` // for an ES256 key
	Digits    string       `json:"digits"`
}

func statementAnswers(t *testing.T) []statementAnswer {
	plain := sealed(t, fixtures(t)[3], builtin(t, "310105"))
	made := derived(t)
	made.Maker = "上海市长宁区政务服务办公室"
	var all []statementAnswer
	for _, content := range []payload.Content{shown, derived(t), made} {
		c := stated(t, plain, content)
		a := statementAnswer{
			License: plain.Digits(), Kind: payload.TypePresentation, KeyID: c.Statement.KeyID,
			Signature: hex.EncodeToString(c.Statement.Signature),
			Input:     string(c.StatementInput(signature.ES256)), Digits: c.Digits(),
		}
		switch s := content.(type) {
		case payload.Presentation:
			a.At, a.Nonce = s.At.Unix(), hex.EncodeToString(s.Nonce[:])
		case payload.Copy:
			a.Kind, a.At, a.Until, a.Maker, a.Recipient, a.Purpose = payload.TypeCopy, s.Made.Unix(), s.Until, s.Maker, s.Recipient, s.Purpose
		}
		all = append(all, a)
	}
	return all
}

// TestOtherLanguage decodes the answers with a program in Python that was
// written from docs/format.md.
func TestOtherLanguage(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("python3 is not installed; make tools installs it")
	}
	out, err := exec.Command(python, "testdata/decode.py", "testdata/answers", "dictionary").CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
