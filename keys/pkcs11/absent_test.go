//go:build !pkcs11

package pkcs11_test

import (
	"errors"
	"strings"
	"testing"

	"yizheng/keys/pkcs11"
)

func TestOpenSaysHowToBuild(t *testing.T) {
	_, err := pkcs11.Open(pkcs11.Config{})
	if !errors.Is(err, pkcs11.ErrNotBuilt) || !strings.Contains(err.Error(), "-tags pkcs11") {
		t.Errorf("error is %v", err)
	}
}
