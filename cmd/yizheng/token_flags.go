package main

import (
	"path/filepath"

	"github.com/spf13/pflag"

	"yizheng/keys"
)

// tokenFlags name a key that lies in a hardware module or token.
type tokenFlags struct{ at keys.TokenPlace }

func (t *tokenFlags) flags(f *pflag.FlagSet) {
	f.StringVar(&t.at.Module, "pkcs11-module", "", "PKCS#11 library of the token's maker, where the key lies in one")
	f.StringVar(&t.at.Token, "pkcs11-token", "", "label of the token")
	f.StringVar(&t.at.Key, "pkcs11-key", "", "label of the key in it")
	f.StringVar(&t.at.PINFile, "pkcs11-pin-file", "", "file with the PIN of the token's user")
}

// given says whether a key in a token was asked for.
func (t *tokenFlags) given() bool { return t.at != (keys.TokenPlace{}) }

// place gives where the key lies, wherever a program is started that opens it.
func (t *tokenFlags) place() (p keys.TokenPlace, err error) {
	p = t.at
	if p.Module != "" {
		if p.Module, err = filepath.Abs(p.Module); err != nil {
			return p, usage("token", err)
		}
	}
	if p.PINFile != "" {
		p.PINFile, err = filepath.Abs(p.PINFile)
	}
	return p, err
}

// save opens the key, and writes the file that stands for it.
func (t *tokenFlags) save(path string, use keys.Use) (*keys.Key, error) {
	place, err := t.place()
	if err != nil {
		return nil, err
	}
	return keys.SaveToken(path, use, place)
}
