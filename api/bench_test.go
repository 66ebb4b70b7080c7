package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"yizheng/api"
	"yizheng/issuer/issuertest"
)

// BenchmarkVerifyHTTP compares a whole verification over HTTP, connection
// included, with a bare echo handler that reads the same body and checks one
// ECDSA signature over it.
func BenchmarkVerifyHTTP(b *testing.B) {
	w := newWorld(b, func(c *api.Config) { c.Limiter = unlimited{}; c.Log = nil })
	w.strict = false
	issued := w.issued(issuertest.Store)

	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte(issued.Text))
	sig, err := ecdsa.SignASN1(rand.Reader, private, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	bare := echo.New()
	bare.POST("/v1/verify", func(c echo.Context) error {
		body, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		digest := sha256.Sum256(body)
		return c.JSON(http.StatusOK, map[string]bool{"good": ecdsa.VerifyASN1(&private.PublicKey, digest[:], sig)})
	})

	for _, server := range []struct {
		name    string
		handler http.Handler
	}{{"yizheng", w.handler}, {"bare", bare}} {
		b.Run(server.name, func(b *testing.B) {
			s := httptest.NewServer(server.handler)
			defer s.Close()
			b.ReportAllocs()
			for b.Loop() {
				answer, err := s.Client().Post(s.URL+"/v1/verify", "text/plain", strings.NewReader(issued.Text))
				if err != nil {
					b.Fatal(err)
				}
				body, err := io.ReadAll(answer.Body)
				answer.Body.Close()
				if err != nil || answer.StatusCode != 200 || !strings.Contains(string(body), `"valid"`) && !strings.Contains(string(body), `true`) {
					b.Fatalf("%v %d %s", err, answer.StatusCode, body)
				}
			}
		})
	}
}
