package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/keys"
	"yizheng/payload"
	"yizheng/register"
	"yizheng/signature"
	"yizheng/trust"
)

// deployment is an opened data directory: one district's register, keys and
// issuer, ready for use.
type deployment struct {
	dir       string
	settings  settings
	clock     func() time.Time
	log       *slog.Logger
	ring      *keys.Ring
	catalogue *catalog.Set
	store     *register.Store
	issuer    *issuer.Issuer
	bundle    *trust.Bundle
	trustFile []byte
	press     *press
}

// listRenewal is the age at which a status list is signed anew. It leaves half
// an hour of what a verifier on line accepts (verifier.OnlineMaxAge).
const listRenewal = 30 * time.Minute

// Where things lie in a data directory.
func keysDir(dir string) string      { return filepath.Join(dir, "keys") }
func registerPath(dir string) string { return filepath.Join(dir, "register.db") }
func trustPath(dir string) string    { return filepath.Join(dir, "trust.json") }
func sealPath(dir string) string     { return filepath.Join(dir, "keys", "seal.der") }
func accessDir(dir string) string    { return filepath.Join(dir, "access") }

func (d *deployment) statusDir() string { return filepath.Join(d.dir, "status") }

// openDeployment opens the data directory that init made, finishes what a
// crash left behind, and refuses keys that the trust list does not name.
func openDeployment(ctx context.Context, dir string, database postgresSettings, clock func() time.Time, log *slog.Logger, passphrase []byte) (*deployment, error) {
	d, err := loadDeployment(ctx, dir, database, clock, log, passphrase)
	if err != nil {
		return nil, err
	}
	if err := d.build(ctx); err != nil {
		return nil, errors.Join(err, d.store.Close())
	}
	return d, nil
}

// loadDeployment loads what lies in the data directory, and builds nothing of
// it yet.
func loadDeployment(ctx context.Context, dir string, database postgresSettings, clock func() time.Time, log *slog.Logger, passphrase []byte) (*deployment, error) {
	s, err := loadSettings(dir)
	if err != nil {
		return nil, err
	}
	if s, err = s.withDatabase(database); err != nil {
		return nil, err
	}
	d := &deployment{dir: dir, settings: s, clock: clock, log: log}
	if d.ring, err = keys.LoadRing(keysDir(dir), passphrase); err != nil {
		return nil, usage("keys", fmt.Errorf("loading the keys of %s: %w", dir, err))
	}
	if err := d.loadTrust(); err != nil {
		return nil, err
	}
	if d.catalogue, err = s.catalogues(dir); err != nil {
		return nil, err
	}
	if d.store, err = openRegister(ctx, dir, s, log, false); err != nil {
		err = fmt.Errorf("opening the register of %s: %w", dir, err)
		if errors.Is(err, issuer.ErrUnavailable) {
			return nil, err
		}
		return nil, usage("register", err)
	}
	return d, nil
}

func (d *deployment) loadTrust() (err error) {
	if d.trustFile, err = os.ReadFile(trustPath(d.dir)); err != nil {
		return usage("trust_unreadable", fmt.Errorf("%w (finish with: yizheng init --data %s)", err, d.dir))
	}
	if d.bundle, err = trust.Load(d.trustFile); err != nil {
		return usage("trust_broken", fmt.Errorf("loading %s: %w", trustPath(d.dir), err))
	}
	d.bundle = withOwn(trustPath(d.dir), d.bundle)
	return nil
}

func (d *deployment) build(ctx context.Context) error {
	dictionary, err := d.dictionary()
	if err != nil {
		return err
	}
	signers, err := d.signers()
	if err != nil {
		return err
	}
	printer, err := newPrinter(d.dir, d.settings.Fonts)
	if err != nil {
		return err
	}
	stranger, err := newStranger(d.bundle, d.clock)
	if err != nil {
		return err
	}
	d.press = newPress(d, printer)
	d.issuer, err = issuer.New(issuer.Config{
		Catalogue: d.catalogue, Store: d.store, Keys: signers, Dictionary: dictionary,
		Prefix: d.settings.codePrefix(), StatusBase: d.settings.statusBase(),
		Checker: stranger, ListChecker: stranger, Printer: printer,
		ListRenewal: listRenewal, Clock: d.clock, Log: d.log, Demonstration: d.settings.Demonstration, Restored: d.settings.Restored,
	})
	if err != nil {
		return fmt.Errorf("building the issuer: %w", err)
	}
	return d.issuer.GiveUpLeft(ctx)
}

// dictionary gives the newest that the trust list names for the district: with
// another one, codes could be read by those only who have this program.
func (d *deployment) dictionary() (*payload.Dictionary, error) {
	own := d.bundle.IssuerOf(d.settings.Region)
	newest := d.catalogue.Versions[len(d.catalogue.Versions)-1]
	if err := checkOffice(own, newest.Offices, d.dir); err != nil {
		return nil, err
	}
	if len(own.Dictionaries) == 0 {
		return nil, usage("dictionary", fmt.Errorf("the trust list of %s names no dictionary for its district", d.dir))
	}
	dictionary, err := payload.NewDictionary(own.Dictionaries[len(own.Dictionaries)-1])
	if err != nil {
		return nil, usage("dictionary", fmt.Errorf("reading the dictionary of %s: %w", d.dir, err))
	}
	return dictionary, nil
}

// signers gives the keys that issue.
func (d *deployment) signers() (issuer.Keys, error) {
	var k issuer.Keys
	var err error
	if k.License, err = d.signer(keys.UseLicense); err != nil {
		return k, err
	}
	if k.Status, err = d.signer(keys.UseStatus); err != nil {
		return k, err
	}
	k.Record, err = d.signer(keys.UseRecord)
	return k, err
}

// signer gives the key of a use, and refuses one that the trust list does not
// name: what it signed would not be genuine anywhere.
func (d *deployment) signer(use keys.Use) (signature.Signer, error) {
	key, err := d.ring.Key(use)
	if err != nil {
		return nil, usage("keys", fmt.Errorf("loading the %s key: %w", use, err))
	}
	of, ok := d.bundle.KeyIn(d.settings.Region, key.PublicKey().KeyID())
	if !ok || string(of.Key.Use) != string(use) {
		return nil, usage("key_not_on_trust_list", fmt.Errorf("the trust list of %s does not name the %s key %s", d.dir, use, key.PublicKey().KeyID()))
	}
	return key, nil
}

// publish signs what has changed and brings the status folder up to it.
func (d *deployment) publish(ctx context.Context) error {
	if _, err := d.issuer.Refresh(ctx); err != nil {
		return fmt.Errorf("signing status lists: %w", err)
	}
	_, err := issuer.NewFolder(d.statusDir()).Write(ctx, d.store)
	return err
}

// listOfThen signs a status list of ours as it was at an instant.
func (d *deployment) listOfThen(ctx context.Context, number uint32, at time.Time) (string, error) {
	return d.issuer.ListAt(ctx, d.store, number, at)
}

// Close closes the register and lets go of the seal's key.
func (d *deployment) Close() error { return errors.Join(d.store.Close(), d.press.seal.close()) }

func loadSealCertificate(dir string) (*x509.Certificate, error) {
	der, err := os.ReadFile(sealPath(dir))
	if err != nil {
		return nil, usage("seal", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, usage("seal", fmt.Errorf("reading %s: %w", sealPath(dir), err))
	}
	return certificate, nil
}
