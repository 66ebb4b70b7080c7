package holder_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"yizheng/holder"
	"yizheng/license"
	"yizheng/register"
)

const shop = license.CreditCode("91310105MA7BKL2P8K")

var noon = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)

func newLinks(t *testing.T, random io.Reader) *holder.Links {
	t.Helper()
	s, err := register.Create(t.Context(), filepath.Join(t.TempDir(), "register.db"), register.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return holder.NewLinks(s, func() time.Time { return noon }, random)
}

func TestLinks(t *testing.T) {
	ctx := context.Background()
	links := newLinks(t, rand.Reader)
	token, link, err := links.Make(ctx, shop, "窗口甲")
	if err != nil {
		t.Fatal(err)
	}
	secret, err := base64.RawURLEncoding.DecodeString(token.Secret())
	if err != nil || len(secret) < 16 {
		t.Errorf("a token of %d bytes, %v", len(secret), err)
	}
	got, err := links.Open(ctx, token)
	if err != nil || got != link || got.Holder != shop || got.MadeBy != "窗口甲" {
		t.Errorf("%+v, %v", got, err)
	}
	second, _, err := links.Make(ctx, shop, "窗口甲")
	if err != nil || second == token {
		t.Errorf("the same token twice, %v", err)
	}
	if err := links.Revoke(ctx, shop, link.ID, "窗口乙"); err != nil {
		t.Fatal(err)
	}
	if _, err := links.Open(ctx, token); !errors.Is(err, holder.ErrRevoked) {
		t.Errorf("a revoked link: %v", err)
	}
	if _, err := links.Open(ctx, second); err != nil {
		t.Errorf("revoking one revokes another: %v", err)
	}
	if all, err := links.Of(ctx, shop); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
}

// TestLinksOfNobody: what is no token, or nearly one, opens nothing.
func TestLinksOfNobody(t *testing.T) {
	ctx := context.Background()
	links := newLinks(t, rand.Reader)
	token, _, err := links.Make(ctx, shop, "窗口甲")
	if err != nil {
		t.Fatal(err)
	}
	good := token.Secret()
	for _, s := range []string{"", "x", good[:len(good)-1], good + "A", strings.ToUpper(good), good + "=", good + "\n", strings.Repeat("A", 27), strings.Repeat("A", 4096), "../" + good} {
		if _, err := links.Open(ctx, holder.Token(s)); !errors.Is(err, holder.ErrNoLink) {
			t.Errorf("%q: %v", s, err)
		}
	}
	// Two spare bits of the last character stand for nothing: one token has
	// one text.
	twin := good[:len(good)-1] + string(good[len(good)-1]+1)
	if _, err := links.Open(ctx, holder.Token(twin)); !errors.Is(err, holder.ErrNoLink) {
		t.Errorf("a twin opens: %v", err)
	}
}

func TestTokenDoesNotPrint(t *testing.T) {
	for _, format := range []string{"%s", "%v", "%+v"} {
		if s := fmt.Sprintf(format, holder.Token("geheim")); strings.Contains(s, "geheim") {
			t.Errorf("%s prints %s", format, s)
		}
	}
}

func TestTooManyLinks(t *testing.T) {
	ctx := context.Background()
	links := newLinks(t, rand.Reader)
	for range holder.MostLinks {
		if _, _, err := links.Make(ctx, shop, "窗口甲"); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := links.Make(ctx, shop, "窗口甲"); !errors.Is(err, holder.ErrTooMany) {
		t.Errorf("one more: %v", err)
	}
}

func TestLinksWithoutRandomness(t *testing.T) {
	links := newLinks(t, iotest.ErrReader(errors.New("dry")))
	if token, _, err := links.Make(context.Background(), shop, "窗口甲"); err == nil || token != "" {
		t.Error("a link was made of nothing")
	}
}
