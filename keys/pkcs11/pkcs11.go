// Package pkcs11 signs with a private key that lies in a hardware module or a
// token, by the PKCS#11 library (OASIS, Cryptoki) of its maker. The private
// key never leaves it. Start with [Open].
//
// Such a library is loaded by cgo, which the ordinary build does without, so
// this needs the build tag pkcs11; without it Open gives [ErrNotBuilt].
package pkcs11

import (
	"crypto"
	"errors"
)

// Config says where the key is.
type Config struct {
	Module string // path of the maker's library, such as /usr/lib/softhsm/libsofthsm2.so
	Token  string // the token's label
	Key    string // the key's label (CKA_LABEL)
	PIN    []byte // of the token's user
}

// Token is an open session with a key. It is safe for concurrent use.
type Token struct {
	crypto.Signer
	close func() error
}

// Close ends the session. The signer is of no use then.
func (t *Token) Close() error { return t.close() }

var (
	// ErrNotBuilt says that this program was built without PKCS#11.
	ErrNotBuilt = errors.New("this program was built without PKCS#11: build it with CGO_ENABLED=1 go build -tags pkcs11 ./cmd/yizheng (make build-pkcs11)")
	// ErrKey says that the token has no such key, or more than one.
	ErrKey = errors.New("the token has not one key of this label")
)
