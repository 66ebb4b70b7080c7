package verifier_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"yizheng/status"
	"yizheng/verifier"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestResultJSON holds the JSON of a result: others read it.
func TestResultJSON(t *testing.T) {
	s := newScene(t)
	s.by("310105", "bookstore-cafe-5-permits")
	s.region = "330400"
	s.values = []status.Value{0, 0, status.Suspended}
	lists := verifier.NewLists(s.trust())
	record := must(s.issuer.Versions(s.license, 2, s.listed, 1))(t)
	for _, token := range []string{string(s.list()), record} {
		if err := lists.Add([]byte(token)); err != nil {
			t.Fatal(err)
		}
	}
	got := must(json.MarshalIndent(s.verifyWith(lists, s.text()), "", "  "))(t)
	got = append(got, '\n')
	const golden = "testdata/result.json"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := must(os.ReadFile(golden))(t); !bytes.Equal(got, want) {
		t.Errorf("got %s", got)
	}
	var back verifier.Result
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if again := append(must(json.MarshalIndent(back, "", "  "))(t), '\n'); !bytes.Equal(again, got) {
		t.Error("a result does not survive being read and written")
	}
}

func TestExit(t *testing.T) {
	for outcome, want := range map[verifier.Outcome]int{
		verifier.NotALicense: 1, verifier.Unreadable: 2, verifier.NotGenuine: 1, verifier.Invalid: 1,
		verifier.NotRecognised: 1, verifier.Unknown: 2, verifier.PartiallyValid: 1, verifier.Valid: 0,
	} {
		if got := outcome.Exit(); got != want {
			t.Errorf("%s: %d, want %d", outcome, got, want)
		}
	}
}

// TestEveryReasonIsDocumented compares the constants with the one table.
func TestEveryReasonIsDocumented(t *testing.T) {
	source := string(must(os.ReadFile("reason.go"))(t))
	table := string(must(os.ReadFile("../docs/decisions/verifier-outcomes.md"))(t))
	found := regexp.MustCompile(`Reason\s+= "([a-z_]+)"`).FindAllStringSubmatch(source, -1)
	if len(found) < 50 {
		t.Fatalf("%d reasons found", len(found))
	}
	for _, m := range found {
		if !strings.Contains(table, "| `"+m[1]+"` |") {
			t.Errorf("%s is not in the table", m[1])
		}
	}
}
