package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"yizheng/keys/pkcs11"
	"yizheng/signature"
)

// TokenPlace says where a private key lies that never leaves its hardware
// module or token.
type TokenPlace struct {
	Module  string `json:"module"`  // path of the PKCS#11 library of its maker
	Token   string `json:"token"`   // the token's label
	Key     string `json:"key"`     // the key's label (CKA_LABEL)
	PINFile string `json:"pinFile"` // file with the PIN of the token's user, its owner's alone
}

// tokenJWK is a key file that holds no private key: the public JWK, the key's
// use, and where the private half lies. It stands wherever a key file does, so
// that a key in a token is named, rotated and retired like any other.
type tokenJWK struct {
	Algorithm signature.Algorithm `json:"alg"`
	Curve     string              `json:"crv"`
	KeyID     string              `json:"kid"`
	Kind      string              `json:"kty"`
	X         string              `json:"x"`
	Y         string              `json:"y,omitempty"`
	Token     TokenPlace          `json:"yizheng_pkcs11"`
	Use       Use                 `json:"yizheng_use"`
}

// SaveToken opens a key in a token, tests it and writes a new file at path that
// stands for it. What [Save] says of files holds for this one.
func SaveToken(path string, use Use, place TokenPlace) (*Key, error) {
	key, err := openToken(use, place)
	if err != nil {
		return nil, fmt.Errorf("saving a key in a token: %w", err)
	}
	content, err := marshalToken(key, place)
	if err != nil {
		return nil, fmt.Errorf("saving a key in a token: %w", err)
	}
	if err := create(path, append(content, '\n')); err != nil {
		return nil, fmt.Errorf("saving a key in a token: %w", err)
	}
	return key, nil
}

// isToken says whether a key file stands for a key in a token.
func isToken(text []byte) bool {
	var m struct {
		Token json.RawMessage `json:"yizheng_pkcs11"`
	}
	return json.Unmarshal(text, &m) == nil && m.Token != nil
}

// loadToken opens the key that a file stands for. The file has one accepted
// text, and the key in the token must be the one that it names.
func loadToken(text []byte) (*Key, error) {
	var m tokenJWK
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	key, err := openToken(m.Use, m.Token)
	if err != nil {
		return nil, err
	}
	canonical, err := marshalToken(key, m.Token)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(canonical, text) {
		return nil, fmt.Errorf("%w: the token has another key, or the file is not as it was written", ErrMalformed)
	}
	return key, nil
}

func openToken(use Use, p TokenPlace) (*Key, error) {
	if p.Module == "" || p.Token == "" || p.Key == "" || p.PINFile == "" {
		return nil, errors.New("a key in a token needs module, token, key and PIN file")
	}
	if !filepath.IsAbs(p.Module) || !filepath.IsAbs(p.PINFile) {
		return nil, errors.New("module and PIN file of a token are named by absolute paths: they are looked for from wherever a program is started")
	}
	pin, err := ReadSecret(p.PINFile)
	if err != nil {
		// Not wrapped: that there is no PIN must not pass for that there is no key.
		return nil, fmt.Errorf("%w: PIN of token %q: %v", ErrPassphrase, p.Token, err)
	}
	defer clear(pin)
	token, err := pkcs11.Open(pkcs11.Config{Module: p.Module, Token: p.Token, Key: p.Key, PIN: pin})
	if err != nil {
		return nil, err
	}
	key, err := FromSigner(use, token)
	if err != nil {
		return nil, errors.Join(err, token.Close())
	}
	return key, nil
}

func marshalToken(key *Key, place TokenPlace) ([]byte, error) {
	public, err := key.public.MarshalJSON()
	if err != nil {
		return nil, err
	}
	m := tokenJWK{Use: key.use, Token: place}
	if err := json.Unmarshal(public, &m); err != nil {
		return nil, err
	}
	return json.Marshal(m)
}
