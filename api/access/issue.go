package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// Key is the private key with which the deployment makes its own tokens, for
// development, tests and machines that no identity provider knows. A server
// never needs it: it reads the public half. Printing it shows the key id only.
type Key struct {
	id      string
	private *ecdsa.PrivateKey
}

// String gives the key id.
func (k *Key) String() string { return "access key " + k.id }

// GoString gives the key id.
func (k *Key) GoString() string { return k.String() }

// Generate makes a P-256 key. Its id is that of its RFC 7638 thumbprint.
func Generate(rand io.Reader) (*Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand)
	if err != nil {
		return nil, fmt.Errorf("generating access key: %w", err)
	}
	return newKey(private)
}

func newKey(private *ecdsa.PrivateKey) (*Key, error) {
	form, err := jwk.FromRaw(private)
	if err != nil {
		return nil, fmt.Errorf("reading access key: %w", err)
	}
	if err := jwk.AssignKeyID(form); err != nil {
		return nil, fmt.Errorf("naming access key: %w", err)
	}
	return &Key{id: form.KeyID(), private: private}, nil
}

// PublicSet gives the JWK set that a server needs to check the key's tokens.
func (k *Key) PublicSet() ([]byte, error) {
	form, err := k.form(&k.private.PublicKey)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"keys": []jwk.Key{form}})
}

func (k *Key) form(raw any) (jwk.Key, error) {
	form, err := jwk.FromRaw(raw)
	if err != nil {
		return nil, fmt.Errorf("writing access key: %w", err)
	}
	for name, value := range map[string]any{jwk.KeyIDKey: k.id, jwk.AlgorithmKey: jwa.ES256, jwk.KeyUsageKey: "sig"} {
		if err := form.Set(name, value); err != nil {
			return nil, fmt.Errorf("writing access key: %w", err)
		}
	}
	return form, nil
}

// Create writes the private key to one file, readable by its owner only, and
// the public set to another. It refuses where either exists already.
func (k *Key) Create(privatePath, publicPath string) error {
	form, err := k.form(k.private)
	if err != nil {
		return err
	}
	private, err := json.Marshal(form)
	if err != nil {
		return fmt.Errorf("writing access key: %w", err)
	}
	public, err := k.PublicSet()
	if err != nil {
		return err
	}
	if err := create(privatePath, private, 0o600); err != nil {
		return fmt.Errorf("writing access key: %w", err)
	}
	if err := create(publicPath, public, 0o644); err != nil {
		return fmt.Errorf("writing access key set: %w", err)
	}
	return nil
}

// create writes a new file whole, or not at all.
func create(path string, content []byte, mode fs.FileMode) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".access-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(content, '\n'))
	for _, step := range []func() error{func() error { return f.Chmod(mode) }, f.Sync, f.Close} {
		if stepErr := step(); err == nil {
			err = stepErr
		}
	}
	if err != nil {
		return err
	}
	// A link, unlike a rename, fails where the name has come into being since.
	return os.Link(f.Name(), path)
}

// LoadKey reads a private key written by [Key.Create]. It refuses a file that
// others than its owner may read or write.
func LoadKey(path string) (*Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("loading access key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("loading access key: %s is open to others (mode %s)", path, info.Mode().Perm())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("loading access key: %w", err)
	}
	var private ecdsa.PrivateKey
	if err := jwk.ParseRawKey(b, &private); err != nil || private.Curve != elliptic.P256() {
		return nil, fmt.Errorf("loading access key: %s holds no P-256 private key", path) // the cause may quote the key
	}
	return newKey(&private)
}

// Token is what [Issue] is to vouch for.
type Token struct {
	Issuer    string        // iss: the name under which the server knows the key
	Audience  string        // aud: the deployment it is for
	Subject   string        // sub: who acts
	Authority string        // the authority's full name; empty for none
	Scopes    []Scope       // known ones, at least one
	Lifetime  time.Duration // whole seconds, from one to [MaxLifetime]
}

// Issue makes a bearer token (a compact JWS, ES256, typ at+jwt) valid from now
// for the token's lifetime.
func Issue(key *Key, t Token, now time.Time, rand io.Reader) (string, error) {
	if t.Issuer == "" || t.Audience == "" || t.Subject == "" || !plain(t.Subject) || !plain(t.Authority) {
		return "", fmt.Errorf("issuing token: issuer, audience and subject are required, as plain text")
	}
	if t.Lifetime < time.Second {
		return "", fmt.Errorf("issuing token: lifetime %s is less than a second", t.Lifetime)
	}
	if t.Lifetime > MaxLifetime {
		return "", fmt.Errorf("issuing token: it may hold %s at most: no server accepts one of %s", MaxLifetime, t.Lifetime)
	}
	if len(t.Scopes) == 0 {
		return "", fmt.Errorf("issuing token: no scope")
	}
	scope := ""
	for _, s := range t.Scopes {
		if !slices.Contains(Scopes(), s) {
			return "", fmt.Errorf("issuing token: unknown scope %q", s)
		}
		scope += " " + string(s)
	}
	id := make([]byte, 16)
	if _, err := io.ReadFull(rand, id); err != nil {
		return "", fmt.Errorf("drawing token id: %w", err)
	}
	now = now.UTC().Truncate(time.Second)
	payload, err := json.Marshal(claims{
		Issuer: t.Issuer, Subject: t.Subject, Audience: audience{t.Audience},
		IssuedAt: &numeric{now}, Expires: &numeric{now.Add(t.Lifetime)},
		ID: base64.RawURLEncoding.EncodeToString(id), Scope: scope[1:], Authority: t.Authority,
	})
	if err != nil {
		return "", fmt.Errorf("writing claims: %w", err)
	}
	headers := jws.NewHeaders()
	for name, value := range map[string]string{jws.KeyIDKey: key.id, jws.TypeKey: tokenType} {
		if err := headers.Set(name, value); err != nil {
			return "", fmt.Errorf("writing header: %w", err)
		}
	}
	signed, err := jws.Sign(payload, jws.WithKey(jwa.ES256, key.private, jws.WithProtectedHeaders(headers)))
	if err != nil {
		return "", fmt.Errorf("signing token: %w", err)
	}
	return string(signed), nil
}
