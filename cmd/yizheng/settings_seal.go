package main

import (
	"errors"
	"fmt"

	"yizheng/seal/authority"
)

// sealSettings names a PKCS#12 file or a PKCS#11 token. Paths are from the
// data directory, and files with secrets must be their owner's alone.
type sealSettings struct {
	PKCS12         string          `json:"pkcs12,omitempty"`         // a file with the key, its certificate and the chain
	PassphraseFile string          `json:"passphraseFile,omitempty"` // a file with its passphrase
	PKCS11         *pkcs11Settings `json:"pkcs11,omitempty"`
	Certificate    string          `json:"certificate,omitempty"` // PEM, for PKCS#11: the key's certificate and the chain
	// Revocation puts proof that the certificates are not revoked into each
	// seal, asked for where they say.
	Revocation bool `json:"revocation,omitempty"`
}

type pkcs11Settings struct {
	Module  string `json:"module"`  // the maker's library
	Token   string `json:"token"`   // the token's label
	Key     string `json:"key"`     // the key's label
	PINFile string `json:"pinFile"` // a file with the PIN
}

type timestampSettings struct {
	URL          string `json:"url"`          // of the authority, RFC 3161 over HTTP
	Certificates string `json:"certificates"` // PEM: its certificate or those above it, as the trust list names them
}

func (s *sealSettings) check() error {
	switch {
	case (s.PKCS12 == "") == (s.PKCS11 == nil):
		return errors.New("seal needs pkcs12 or pkcs11, and not both")
	case s.PKCS12 != "" && s.PassphraseFile == "":
		return errors.New("seal: pkcs12 needs passphraseFile")
	case s.PKCS12 != "" && s.Certificate != "":
		return errors.New("seal: certificate is for pkcs11; a pkcs12 file brings its own")
	case s.PKCS11 != nil && s.PassphraseFile != "":
		return errors.New("seal: passphraseFile is for pkcs12; pkcs11 takes pinFile")
	case s.PKCS11 != nil && (s.PKCS11.Module == "" || s.PKCS11.Token == "" || s.PKCS11.Key == "" || s.PKCS11.PINFile == "" || s.Certificate == ""):
		return errors.New("seal: pkcs11 needs module, token, key and pinFile, and certificate beside it")
	}
	return nil
}

func (s *timestampSettings) check() error {
	if s.Certificates == "" {
		return errors.New("timestamp needs url and certificates, both or neither")
	}
	if err := authority.CheckAddress(s.URL); err != nil {
		return fmt.Errorf("timestamp: %w", err)
	}
	return nil
}
