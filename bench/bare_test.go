package bench_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/labstack/echo/v4"
)

// serveBare is the floor of a verification over HTTP: an echo handler that
// reads the same request, hashes what it says and makes one ECDSA
// verification. It writes its address, and serves until it is killed.
func serveBare(out io.Writer) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	signed := sha256.Sum256([]byte("signed"))
	sig, err := ecdsa.SignASN1(rand.Reader, key, signed[:])
	if err != nil {
		return err
	}
	answer := func(c echo.Context, text []byte) error {
		// The digest of the text counts, and the signature is of another one:
		// to find that out takes as long.
		digest := sha256.Sum256(text)
		forged := ecdsa.VerifyASN1(&key.PublicKey, digest[:], sig)
		return c.JSON(http.StatusOK, map[string]bool{"good": !forged})
	}
	e := echo.New()
	e.POST("/v1/verify", func(c echo.Context) error {
		body, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		return answer(c, body)
	})
	e.GET("/v/*", func(c echo.Context) error { return answer(c, []byte(c.Param("*"))) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, listener.Addr()); err != nil {
		return err
	}
	return http.Serve(listener, e)
}
