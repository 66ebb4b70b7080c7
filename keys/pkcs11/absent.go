//go:build !pkcs11

package pkcs11

// Open gives [ErrNotBuilt].
func Open(Config) (*Token, error) { return nil, ErrNotBuilt }
