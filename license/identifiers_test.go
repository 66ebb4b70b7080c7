package license_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yizheng/license"
)

const (
	creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	alphabet36     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func TestCreditCodes(t *testing.T) {
	vectors(t, "credit-codes.txt", func(s string) error {
		code, err := license.ParseCreditCode(s)
		if err == nil && string(code) != s {
			t.Errorf("%q became %q", s, code)
		}
		if err != nil && !errors.Is(err, license.ErrCreditCode) {
			t.Errorf("%q: %v is no ErrCreditCode", s, err)
		}
		return err
	})
}

func TestIdentifiers(t *testing.T) {
	vectors(t, "identifiers.txt", func(s string) error {
		id, err := license.ParseIdentifier(s)
		if err == nil && id.String() != s {
			t.Errorf("%q became %q", s, id)
		}
		if err != nil && !errors.Is(err, license.ErrIdentifier) {
			t.Errorf("%q: %v is no ErrIdentifier", s, err)
		}
		return err
	})
}

func TestFoodPermitNumbers(t *testing.T) {
	vectors(t, "food-permits.txt", license.CheckFoodPermitNumber)
}

func drawCreditCode(t *rapid.T, label string) string {
	stem := rapid.StringOfN(rapid.RuneFrom([]rune(creditAlphabet)), 17, 17, 17).Draw(t, label)
	code, err := license.NewCreditCode(stem)
	if err != nil {
		t.Fatalf("%q: %v", stem, err)
	}
	return string(code)
}

func drawIdentifier(t *rapid.T) license.Identifier {
	return license.Identifier{
		Type:    drawCreditCode(t, "type") + rapid.StringMatching(`[0-9]{3}`).Draw(t, "kind"),
		Issuer:  drawCreditCode(t, "issuer"),
		Serial:  rapid.StringMatching(`[0-9A-Z]{1,32}`).Draw(t, "serial"),
		Version: rapid.IntRange(1, license.MaxVersion).Draw(t, "version"),
	}
}

// eachChange calls check with every text that differs from s in one character.
func eachChange(s, alphabet string, check func(string)) {
	for i := range len(s) {
		for j := range len(alphabet) {
			if alphabet[j] != s[i] {
				check(s[:i] + alphabet[j:j+1] + s[i+1:])
			}
		}
	}
}

func TestCreditCodeDetectsEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := drawCreditCode(t, "code")
		if _, err := license.ParseCreditCode(code); err != nil {
			t.Fatal(err)
		}
		eachChange(code, creditAlphabet, func(changed string) {
			if _, err := license.ParseCreditCode(changed); err == nil {
				t.Fatalf("%s is accepted for %s", changed, code)
			}
		})
	})
}

func TestIdentifierDetectsEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawIdentifier(t).String()
		eachChange(s, alphabet36+".", func(changed string) {
			if _, err := license.ParseIdentifier(changed); err == nil {
				t.Fatalf("%s is accepted for %s", changed, s)
			}
		})
	})
}

func TestIdentifierRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := drawIdentifier(t)
		parsed, err := license.ParseIdentifier(id.String())
		if err != nil || parsed != id {
			t.Fatalf("%v became %v, %v", id, parsed, err)
		}
		b, err := json.Marshal(id)
		if err != nil || string(b) != `"`+id.String()+`"` {
			t.Fatalf("%s became %s, %v", id, b, err)
		}
		var again license.Identifier
		if err := json.Unmarshal(b, &again); err != nil || again != id {
			t.Fatalf("%s became %s, %v", b, again, err)
		}
	})
}

func TestIdentifierVersions(t *testing.T) {
	const first = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"
	id, err := license.ParseIdentifier(first)
	if err != nil {
		t.Fatal(err)
	}
	next := id.Next()
	if next.Version != 2 || next.Base() != id.Base() || next.Check() == id.Check() {
		t.Errorf("%s is followed by %s", id, next)
	}
	if !strings.HasPrefix(first, id.Base()+".001.") {
		t.Errorf("base %s", id.Base())
	}
	id.Version = license.MaxVersion
	if err := id.Next().Validate(); !errors.Is(err, license.ErrIdentifier) {
		t.Errorf("version 1000: %v", err)
	}
	if s := (license.Identifier{}).String(); s != "" {
		t.Errorf("no identifier prints as %q", s)
	}
}

// The standard's own vector of ISO 7064 MOD 37,36 is A12425GABC1234002 → M. It
// reaches the check through the fields of an identifier, which are joined.
func TestIdentifierCheckByTheStandardsVector(t *testing.T) {
	id := license.Identifier{Type: "A12425G", Issuer: "ABC1", Serial: "234", Version: 2}
	if c := id.Check(); c != 'M' {
		t.Errorf("got %c, want M", c)
	}
}

func FuzzIdentifier(f *testing.F) {
	f.Add("1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0")
	f.Add("1.2.156.3005.2.....")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := license.ParseIdentifier(s)
		if err == nil && id.String() != s {
			t.Errorf("%q became %q", s, id)
		}
	})
}
