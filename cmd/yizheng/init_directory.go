package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"yizheng/api/access"
	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/keys"
	"yizheng/signature"
)

// checkEmpty says whether dir holds an unfinished init with the same settings.
func checkEmpty(dir string, want settings) (resume bool, _ error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, usage("data_directory_unreadable", err)
	case len(entries) == 0:
		return false, nil
	}
	have, err := loadSettings(dir)
	if err == nil && bytes.Equal(have.bytes(), want.bytes()) && !exists(trustPath(dir)) {
		return true, nil
	}
	return false, usage("exists", fmt.Errorf("%s is not empty; init overwrites nothing", dir))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// makeDirectory makes everything but the enrollment in a folder beside dir,
// and gives it its name last, so that dir is whole or not there.
func makeDirectory(ctx context.Context, o initOptions, s settings, c *catalog.Catalogue) (err error) {
	parent := filepath.Dir(filepath.Clean(o.dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return usage("data_directory_unwritable", err)
	}
	building, err := os.MkdirTemp(parent, ".yizheng-init-*")
	if err != nil {
		return usage("data_directory_unwritable", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(building))
		}
	}()
	for _, folder := range []string{keysDir(building), accessDir(building)} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			return fmt.Errorf("making %s: %w", folder, err)
		}
	}
	if err := makeKeys(building, o, c); err != nil {
		return err
	}
	if err := keepOffices(building, o, s); err != nil {
		return err
	}
	store, err := createRegister(ctx, building, s, o.log)
	if err != nil {
		err = fmt.Errorf("making the register: %w", err)
		if s.Database != nil && !errors.Is(err, issuer.ErrUnavailable) {
			err = usage("register", err)
		}
		return err
	}
	if err := store.Close(); err != nil {
		return fmt.Errorf("closing the register: %w", err)
	}
	if err := writeFile(filepath.Join(building, settingsFile), s.bytes(), 0o644); err != nil {
		return err
	}
	if err := os.Remove(o.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return usage("exists", err) // an empty folder may be replaced, a full one may not
	}
	return os.Rename(building, o.dir)
}

// keepOffices puts a copy of the district's offices where every command finds
// them.
func keepOffices(dir string, o initOptions, s settings) error {
	if s.Offices == "" {
		return nil
	}
	raw, err := os.ReadFile(o.offices)
	if err != nil {
		return usage("offices", fmt.Errorf("reading the offices: %w", err))
	}
	return writeFile(pathIn(dir, s.Offices), raw, 0o644)
}

// issuerUses are those that an issuer has a key for.
var issuerUses = []keys.Use{
	keys.UseLicense, keys.UseStatus, keys.UseSeal, keys.UsePresentation, keys.UseRecord, keys.UseCredential,
}

// makeKeys makes a key for each use, the seal's certificate, and the key that
// signs local bearer tokens.
func makeKeys(dir string, o initOptions, c *catalog.Catalogue) error {
	for _, use := range issuerUses {
		key, err := keys.Generate(use, signature.ES256, rand.Reader)
		if err != nil {
			return fmt.Errorf("making the %s key: %w", use, err)
		}
		if err := keys.Save(keys.ActivePath(keysDir(dir), use), key, o.passphrase); err != nil {
			return fmt.Errorf("saving the %s key: %w", use, err)
		}
		if use != keys.UseSeal {
			continue
		}
		now := o.clock()
		subject := keys.SealSubject{Name: c.Seal, Organisation: c.Issuer.Name}
		if o.demonstration {
			subject.Unit = "演示 DEMONSTRATION"
		}
		der, err := keys.SelfSignedSeal(key, subject, now.Add(-time.Minute), now.AddDate(sealYears, 0, 0), rand.Reader)
		if err != nil {
			return fmt.Errorf("making the seal's certificate: %w", err)
		}
		if err := writeFile(sealPath(dir), der, 0o644); err != nil {
			return err
		}
	}
	token, err := access.Generate(rand.Reader)
	if err != nil {
		return fmt.Errorf("making the token key: %w", err)
	}
	return token.Create(filepath.Join(accessDir(dir), "token.key"), filepath.Join(accessDir(dir), "token.pub"))
}
