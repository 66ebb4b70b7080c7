package register_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"yizheng/issuer/issuertest"
	"yizheng/register"
)

// TestExamineLooksUp: what is not looked up row by row is found when the whole
// register is examined.
func TestExamineLooksUp(t *testing.T) {
	onBoth(t, examineLooksUp)
}

func examineLooksUp(t *testing.T, s *register.Store) {
	issueOne(t, s, issuertest.NewClock())
	found, err := s.Examine(t.Context(), true)
	if err != nil || len(found.Faults) > 0 {
		t.Fatalf("a register that is whole: %q, %v", found.Faults, err)
	}
	cases := []struct{ about, statement string }{
		{"a permit is of no version", `INSERT INTO version_permits (version, place, authority, number) VALUES (99, 0, 'a', 'permit of none')`},
		{"a permit is claimed by no license", `INSERT INTO claims (authority, number, base) VALUES ('a', 'claimed by none', 'none')`},
	}
	if s.Postgres() != nil {
		cases = append(cases, []struct{ about, statement string }{
			{"status entries are of no version or list", `INSERT INTO status_blocks (chunk, start, length, version, entries) VALUES (0, 7, 1, 99, 'V')`},
			{"status entries are of no version or list", `INSERT INTO status_blocks (chunk, start, length, entries) VALUES (99, 7, 1, 'R')`},
		}...)
	}
	for _, c := range cases {
		execOn(t, s, c.statement)
		before := len(found.Faults)
		if found, err = s.Examine(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if len(found.Faults) != before+1 || !strings.Contains(strings.Join(found.Faults, "\n"), c.about) {
			t.Errorf("after %s: %q", c.statement, found.Faults)
		}
	}
}

// TestExamineReadsAllDocuments, however many there are.
func TestExamineReadsAllDocuments(t *testing.T) {
	onBoth(t, func(t *testing.T, s *register.Store) {
		ctx := context.Background()
		spoilt := []string{"0000", "0255", "0256", "0599"}
		for n := range 600 {
			content := fmt.Appendf(nil, "%%PDF %d", n)
			sum, id := sha256.Sum256(content), fmt.Sprintf("%04d", n)
			if slices.Contains(spoilt, id) {
				content = append(content, ' ')
			}
			insert := `INSERT INTO documents (identifier, form, media_type, template, font, seal, signer, signed_at, sha256, content)
				VALUES ($1, '', '', '', '', '', '', 1, $2, $3)`
			execOn(t, s, insert, id, hex.EncodeToString(sum[:]), content)
		}
		found, err := s.Examine(ctx, true)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, fault := range found.Faults {
			if at, ok := strings.CutPrefix(fault, "a document is not what was sealed: "); ok {
				names = append(names, at)
			}
		}
		if !slices.Equal(names, spoilt) {
			t.Errorf("found %q", names)
		}
	})
}

// TestPatience: who goes through the whole register is not stopped after the
// time that an answer may take.
func TestPatience(t *testing.T) {
	_, address := createPostgres(t)
	for patient, want := range map[bool]string{false: "30s", true: "0"} {
		s, err := register.OpenPostgres(t.Context(), register.Postgres{URL: address, Patient: patient})
		if err != nil {
			t.Fatal(err)
		}
		var limit string
		if err := s.Postgres().QueryRow(t.Context(), `SHOW statement_timeout`).Scan(&limit); err != nil || limit != want {
			t.Errorf("patient %v: statement_timeout %s, %v", patient, limit, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
