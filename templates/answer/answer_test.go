package answer_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"yizheng/templates/answer"
	"yizheng/verifier"
)

func TestEveryReasonHasItsSentences(t *testing.T) {
	found := 0
	for _, reason := range reasonsOf(t, "../../verifier") {
		found++
		said, known := answer.Sentence(reason)
		if !known {
			t.Errorf("reason %s has no sentence", reason)
			continue
		}
		if !strings.HasSuffix(said.ZH, "。") || !strings.HasSuffix(said.EN, ".") {
			t.Errorf("reason %s: %q and %q are no sentences", reason, said.ZH, said.EN)
		}
	}
	if found < 40 {
		t.Fatalf("only %d reasons found in the source", found)
	}
}

// reasonsOf reads the constants of type Reason out of a package's source.
func reasonsOf(t *testing.T, dir string) []verifier.Reason {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var reasons []verifier.Reason
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Reason" {
				return true
			}
			for _, value := range spec.Values {
				if literal, ok := value.(*ast.BasicLit); ok {
					s, _ := strconv.Unquote(literal.Value)
					reasons = append(reasons, verifier.Reason(s))
				}
			}
			return true
		})
	}
	return reasons
}
