package keys

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A key file with a passphrase is a compact JWE (RFC 7516): PBES2-HS512+A256KW
// (RFC 7518, 4.8) and A256GCM. The form is the standard's, so that other tools
// open it; it is written here because jwx fixes the iterations at 10 000 and
// raises its limit for reading only in the whole process.

// DefaultIterations is how often PBKDF2 hashes the passphrase.
const DefaultIterations = 210_000

// Bounds on the iterations of a file that is read: fewer protect nothing, and
// more would hold up the start for minutes.
const (
	minIterations = 1_000
	maxIterations = 10_000_000
)

const (
	jweAlgorithm  = "PBES2-HS512+A256KW"
	jweEncryption = "A256GCM"
	saltSize      = 16
	contentKey    = 32
)

// jweHeader has the members in the order in which they are written.
type jweHeader struct {
	Algorithm  string `json:"alg"`
	Encryption string `json:"enc"`
	Type       string `json:"cty"`
	Iterations int    `json:"p2c"`
	Salt       string `json:"p2s"`
}

// encrypt gives the compact JWE of content under the passphrase.
func encrypt(content, passphrase []byte, iterations int, random io.Reader) ([]byte, error) {
	if iterations < minIterations || iterations > maxIterations {
		return nil, fmt.Errorf("encrypting key: %d iterations, must be %d to %d", iterations, minIterations, maxIterations)
	}
	drawn := make([]byte, saltSize+contentKey+12)
	if _, err := io.ReadFull(random, drawn); err != nil {
		return nil, fmt.Errorf("encrypting key: %w", err)
	}
	salt, cek, nonce := drawn[:saltSize], drawn[saltSize:saltSize+contentKey], drawn[saltSize+contentKey:]
	defer clear(cek)

	enc := base64.RawURLEncoding
	header, err := json.Marshal(jweHeader{jweAlgorithm, jweEncryption, "jwk+json", iterations, enc.EncodeToString(salt)})
	if err != nil {
		return nil, err
	}
	kek, err := deriveKey(passphrase, salt, iterations)
	if err != nil {
		return nil, err
	}
	defer clear(kek)
	wrapped, err := wrapKey(kek, cek)
	if err != nil {
		return nil, err
	}
	aead, err := gcm(cek)
	if err != nil {
		return nil, err
	}
	protected := enc.AppendEncode(nil, header)
	sealed := aead.Seal(nil, nonce, content, protected)
	text, tag := sealed[:len(content)], sealed[len(content):]
	return bytes.Join([][]byte{
		protected, enc.AppendEncode(nil, wrapped), enc.AppendEncode(nil, nonce),
		enc.AppendEncode(nil, text), enc.AppendEncode(nil, tag),
	}, []byte(".")), nil
}

// decrypt reads what encrypt wrote.
func decrypt(compact, passphrase []byte) ([]byte, error) {
	parts := bytes.Split(compact, []byte("."))
	if len(parts) != 5 {
		return nil, fmt.Errorf("%w: neither JWK nor JWE", ErrMalformed)
	}
	protected := parts[0]
	var decoded [5][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(string(part)); err != nil {
			return nil, fmt.Errorf("%w: JWE is not base64url", ErrMalformed)
		}
	}
	var header jweHeader
	if err := json.Unmarshal(decoded[0], &header); err != nil {
		return nil, fmt.Errorf("%w: header of JWE", ErrMalformed)
	}
	salt, err := base64.RawURLEncoding.Strict().DecodeString(header.Salt)
	nonce, sealed := decoded[2], append(decoded[3], decoded[4]...)
	if err != nil || header.Algorithm != jweAlgorithm || header.Encryption != jweEncryption ||
		header.Iterations < minIterations || header.Iterations > maxIterations ||
		len(salt) < saltSize || len(nonce) != 12 || len(decoded[4]) != 16 {
		return nil, fmt.Errorf("%w: header of JWE", ErrMalformed)
	}
	kek, err := deriveKey(passphrase, salt, header.Iterations)
	if err != nil {
		return nil, err
	}
	defer clear(kek)
	cek, err := unwrapKey(kek, decoded[1])
	if err != nil {
		return nil, err
	}
	defer clear(cek)
	aead, err := gcm(cek)
	if err != nil {
		return nil, fmt.Errorf("%w: content key of JWE", ErrMalformed)
	}
	content, err := aead.Open(nil, nonce, sealed, protected)
	if err != nil {
		return nil, fmt.Errorf("%w: JWE was changed", ErrMalformed)
	}
	return content, nil
}

// deriveKey is PBES2's: the salt is the algorithm's name, a zero byte and p2s.
func deriveKey(passphrase, salt []byte, iterations int) ([]byte, error) {
	full := append([]byte(jweAlgorithm+"\x00"), salt...)
	kek, err := pbkdf2.Key(sha512.New, string(passphrase), full, iterations, 32)
	if err != nil {
		return nil, fmt.Errorf("deriving key: %w", err)
	}
	return kek, nil
}

func gcm(key []byte) (cipher.AEAD, error) {
	if len(key) != contentKey {
		return nil, errors.New("wrong key size")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
