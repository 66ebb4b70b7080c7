//go:build !pkcs11

package main

import "testing"

// TestSealInTokenNotBuilt says how to build the program that can.
func TestSealInTokenNotBuilt(t *testing.T) {
	o := newSealOffice(t)
	o.write("pin", []byte("1234"), 0o600)
	o.configure(map[string]any{"seal": map[string]any{"certificate": "keys/seal.der",
		"pkcs11": map[string]any{"module": "/lib/x.so", "token": "office", "key": "seal", "pinFile": o.path("pin")}}})
	o.run("-tags pkcs11", o.issue()...)
}
