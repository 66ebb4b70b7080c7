package catalog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"yizheng/catalog"
	"yizheng/license"
)

const whole = `{"industry":"饭店","holder":{"name":"a","creditCode":"b","representative":"c","premises":"d"},"permits":[{"matter":"m","number":"n","authority":"o","scope":"s","validFrom":"2025-01-02"}]}`

func TestParseApplication(t *testing.T) {
	deep := strings.Repeat("[", 4000)
	for _, c := range []struct {
		name, input string
		want        []string // field and reason
	}{
		{"whole", whole, nil},
		{"byte order mark", "\uFEFF" + whole, nil},
		{"white space after", whole + "\n\n", nil},
		{"empty", "", []string{" not_json"}},
		{"white space only", " \n", []string{" not_json"}},
		{"cut off", whole[:90], []string{" not_json"}},
		{"comment", "// x\n" + whole, []string{" not_json"}},
		{"comma too many", strings.Replace(whole, `"a",`, `"a",,`, 1), []string{" not_json"}},
		{"something after", whole + "{}", []string{" trailing_data"}},
		{"a stray brace after", whole + "}", []string{" trailing_data"}},
		{"GBK", "{\"industry\":\"\xB7\xB9\xB5\xEA\"}", []string{" text_invalid_utf8"}},
		{"too deep", deep, []string{" too_deep"}},
		{"too large", whole + strings.Repeat(" ", catalog.MaxApplication), []string{" too_large"}},
		{"an array", "[]", []string{" wrong_type"}},
		{"null", "null", []string{" wrong_type"}},
		{"nothing in it", "{}", []string{"industry missing", "holder missing", "permits missing"}},
		{"unknown member", strings.Replace(whole, `"industry"`, `"Industry"`, 1), []string{"Industry unknown_member", "industry missing"}},
		{"unknown member of an odd name", strings.Replace(whole, `"industry"`, `"a.b":1,"industry"`, 1), []string{`["a.b"] unknown_member`}},
		{"member twice", strings.Replace(whole, `"industry"`, `"industry":"x","industry"`, 1), []string{"industry duplicate_member"}},
		{"member of a permit twice", strings.Replace(whole, `"scope"`, `"number":"x","scope"`, 1), []string{"permits[0].number duplicate_member"}},
		{"unknown member twice", strings.Replace(whole, `"industry"`, `"x":1,"x":1,"industry"`, 1), []string{"x unknown_member", "x duplicate_member"}},
		{"number for text", strings.Replace(whole, `"n"`, `17`, 1), []string{"permits[0].number wrong_type"}},
		{"null for text", strings.Replace(whole, `"n"`, `null`, 1), []string{"permits[0].number wrong_type"}},
		{"text for a flag", strings.Replace(whole, `"scope"`, `"commitment":"yes","scope"`, 1), []string{"permits[0].commitment wrong_type"}},
		{"object for permits", strings.Replace(whole, `"permits":[`, `"permits":{},"x":[`, 1), []string{"x unknown_member", "permits wrong_type"}},
		{"text for a permit", strings.Replace(whole, `"permits":[`, `"permits":["x",`, 1), []string{"permits[0] wrong_type"}},
		{"no day", strings.Replace(whole, `2025-01-02`, `2025-02-30`, 1), []string{"permits[0].validFrom date"}},
		{"day in another form", strings.Replace(whole, `2025-01-02`, `2025/1/2`, 1), []string{"permits[0].validFrom date"}},
		{"empty day", strings.Replace(whole, `"scope"`, `"validUntil":"","scope"`, 1), []string{"permits[0].validUntil missing"}},
		{"empty text", strings.Replace(whole, `"n"`, `""`, 1), []string{"permits[0].number missing"}},
		{"all at once", `{"holder":{"name":1,"nmae":2},"permits":[{"validFrom":"x"}]}`, []string{
			"industry missing", "holder.nmae unknown_member", "holder.name wrong_type", "holder.creditCode missing",
			"holder.representative missing", "holder.premises missing", "permits[0].matter missing",
			"permits[0].number missing", "permits[0].authority missing", "permits[0].scope missing", "permits[0].validFrom date",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := catalog.ParseApplication([]byte(c.input))
			var faults license.Faults
			if errors.As(err, &faults) != (err != nil) {
				t.Fatalf("an error that is no faults: %v", err)
			}
			var got []string
			for _, f := range faults {
				got = append(got, f.Field+" "+f.Reason)
				bilingual(t, f.Message, f.MessageZH)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestParseApplicationSaysWhere(t *testing.T) {
	_, err := catalog.ParseApplication([]byte("{\n  \"industry\": \"饭店\"\n  \"holder\": {}\n}"))
	if err == nil || !strings.Contains(err.Error(), "line 3, column 3") {
		t.Errorf("got %v, want line 3, column 3", err)
	}
	_, err = catalog.ParseApplication([]byte(strings.Replace(whole, `"validFrom"`, `"validForm"`, 1)))
	if err == nil || !strings.Contains(err.Error(), "Did you mean validFrom?") {
		t.Errorf("got %v, want an offer of validFrom", err)
	}
}

func TestParseApplicationCapsPermits(t *testing.T) {
	one := whole[strings.Index(whole, `{"matter"`) : len(whole)-2]
	many := strings.Replace(whole, one, strings.TrimSuffix(strings.Repeat(one+",", catalog.MaxPermits+1), ","), 1)
	_, err := catalog.ParseApplication([]byte(many))
	var faults license.Faults
	if !errors.As(err, &faults) || faults[0].Reason != "too_many_permits" {
		t.Errorf("got %v", err)
	}
}

func TestApplicationSurvivesJSON(t *testing.T) {
	a := restaurant(t)
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	again, err := catalog.ParseApplication(b)
	if err != nil {
		t.Fatal(err)
	}
	b2, err := json.Marshal(again)
	if err != nil || !bytes.Equal(b, b2) {
		t.Errorf("%s\nbecame %s, %v", b, b2, err)
	}
}

func TestCheckFileGivesFormAndSubstanceOnce(t *testing.T) {
	input := strings.NewReplacer(`"饭店"`, `"饭馆子"`, `"scope":"s",`, ``).Replace(whole)
	_, faults, _ := changning(t, "2026-11-24").CheckFile([]byte(input), day(t, "2026-11-24"))
	want := []string{
		"permits[0].scope missing", "industry unknown_industry", "holder.creditCode credit_code", "permits too_few_permits",
		"permits[0].matter unknown_matter", "permits[0].authority unknown_authority",
	}
	var got []string
	for _, f := range faults {
		got = append(got, f.Field+" "+f.Reason)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// FuzzParseApplication holds that whatever is accepted is accepted again, the
// same, from its own JSON, and that checking it never panics.
func FuzzParseApplication(f *testing.F) {
	f.Add([]byte(whole))
	for _, name := range []string{"restaurant-3-permits", "gym-rare-characters"} {
		b, err := os.ReadFile("../examples/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	set, err := catalog.Load("310105")
	if err != nil {
		f.Fatal(err)
	}
	c := set.Versions[0]
	f.Fuzz(func(t *testing.T, b []byte) {
		a, faults, _ := c.CheckFile(b, 9825)
		for _, fault := range faults {
			if fault.Reason == "" || fault.Message == "" || fault.MessageZH == "" {
				t.Errorf("incomplete fault %+v", fault)
			}
		}
		if _, err := catalog.ParseApplication(b); err != nil {
			return
		}
		out, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		again, err := catalog.ParseApplication(out)
		if err != nil && len(out) <= catalog.MaxApplication {
			t.Fatalf("%s\nis refused: %v", out, err)
		}
		if out2, _ := json.Marshal(again); err == nil && !bytes.Equal(out, out2) {
			t.Errorf("%s\nbecame %s", out, out2)
		}
	})
}
