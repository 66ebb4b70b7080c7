package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"slices"
	"sync"
	"time"

	"yizheng/keys"
	"yizheng/keys/pkcs11"
	"yizheng/seal"
	"yizheng/seal/authority"
)

// sealKeeper opens the seal that the configuration names when it is first
// needed: whoever revokes a permit needs none, and must not wait for a
// hardware module that is away.
type sealKeeper struct {
	d      *deployment
	sealer func() (*seal.Sealer, error)
	held   *pkcs11.Token // nil where the key is in a file
}

func newSealKeeper(d *deployment) *sealKeeper {
	k := &sealKeeper{d: d}
	k.sealer = sync.OnceValues(k.load)
	return k
}

func (k *sealKeeper) open() (*seal.Sealer, error) { return k.sealer() }

// check opens the seal and drops it: what is wrong with it shows now.
func (k *sealKeeper) check() error {
	_, err := k.open()
	return err
}

// expires is when the certificate does, in Unix time; 0 where there is none.
func (k *sealKeeper) expires() float64 {
	sealer, err := k.open()
	if err != nil {
		return 0
	}
	return float64(sealer.Certificate().NotAfter.Unix())
}

func (k *sealKeeper) close() error {
	if k.held == nil {
		return nil
	}
	return k.held.Close()
}

// expiresSoon is how long before its certificate's end the log warns of it.
// Certification authorities take weeks.
const expiresSoon = 60 * 24 * time.Hour

// load opens the seal, and refuses one that verifiers would not accept: the
// certificates that the trust list names are the measure.
func (k *sealKeeper) load() (*seal.Sealer, error) {
	c, err := k.configure()
	if err != nil {
		return nil, err
	}
	sealer, err := seal.New(c)
	if err != nil {
		return nil, usage("seal", fmt.Errorf("opening the seal: %w", err))
	}
	if err := k.d.checkSealTrusted(c); err != nil {
		return nil, err
	}
	if until := c.Identity.Certificate.NotAfter; until.Sub(k.d.clock()) < expiresSoon {
		k.d.log.Warn("the seal's certificate expires soon", "until", until.UTC(), "subject", c.Identity.Certificate.Subject.CommonName)
	}
	return sealer, nil
}

// configure reads what the configuration names.
func (k *sealKeeper) configure() (c seal.Config, err error) {
	d := k.d
	c.Clock = d.clock
	if c.Identity, err = k.identity(); err != nil {
		return c, err
	}
	if t := d.settings.Timestamp; t != nil {
		if c.Authorities, err = readCertificates(d.path(t.Certificates)); err != nil {
			return c, usage("timestamp", err)
		}
		if c.Stamper, err = authority.NewStamper(t.URL, nil); err != nil {
			return c, usage("timestamp", err)
		}
	}
	if d.settings.Seal != nil && d.settings.Seal.Revocation {
		c.Revocation = authority.NewRevocation(nil, d.clock)
	}
	return c, nil
}

// checkSealTrusted refuses certificates that the trust list does not name for
// this district.
func (d *deployment) checkSealTrusted(c seal.Config) error {
	entry := d.bundle.IssuerOf(d.settings.Region)
	if entry == nil {
		return usage("seal_not_on_trust_list", fmt.Errorf("the trust list of %s has no entry for %s", d.dir, d.settings.Region))
	}
	names := func(list [][]byte, c *x509.Certificate) bool {
		return slices.ContainsFunc(list, func(der []byte) bool { return bytes.Equal(der, c.Raw) })
	}
	if s := c.Identity.Certificate; !names(entry.Seals, s) {
		return usage("seal_not_on_trust_list", fmt.Errorf("the trust list of %s does not name the seal's certificate (%s, SHA-256 %s); "+
			"name it with: yizheng trust seal --root R --region %s --add FILE", d.dir, s.Subject, fingerprint(s.Raw), d.settings.Region))
	}
	for _, a := range c.Authorities {
		if !names(entry.Timestamps, a) {
			return usage("timestamp_not_on_trust_list", fmt.Errorf("the trust list of %s does not name the time stamping authority's certificate (%s, SHA-256 %s); "+
				"name it with: yizheng trust seal --root R --region %s --add-timestamp FILE", d.dir, a.Subject, fingerprint(a.Raw), d.settings.Region))
		}
	}
	return nil
}

// identity loads key and certificate from where the configuration says.
func (k *sealKeeper) identity() (seal.Identity, error) {
	d, s := k.d, k.d.settings.Seal
	switch {
	case s == nil:
		return d.ringSeal()
	case s.PKCS12 != "":
		passphrase, err := keys.ReadSecret(d.path(s.PassphraseFile))
		if err != nil {
			return seal.Identity{}, usage("seal", err)
		}
		defer clear(passphrase)
		signer, certificate, chain, err := keys.LoadPKCS12(d.path(s.PKCS12), passphrase)
		if err != nil {
			return seal.Identity{}, usage("seal", err)
		}
		return seal.Identity{Signer: signer, Certificate: certificate, Chain: chain}, nil
	}
	certificates, err := readCertificates(d.path(s.Certificate))
	if err != nil {
		return seal.Identity{}, usage("seal", err)
	}
	pin, err := keys.ReadSecret(d.path(s.PKCS11.PINFile))
	if err != nil {
		return seal.Identity{}, usage("seal", err)
	}
	defer clear(pin)
	k.held, err = pkcs11.Open(pkcs11.Config{Module: s.PKCS11.Module, Token: s.PKCS11.Token, Key: s.PKCS11.Key, PIN: pin})
	if err != nil {
		return seal.Identity{}, usage("seal", err)
	}
	return seal.Identity{Signer: k.held.Signer, Certificate: certificates[0], Chain: certificates[1:]}, nil
}

// ringSeal is the seal that init made: a key of the ring, and the certificate
// that it signed itself.
func (d *deployment) ringSeal() (seal.Identity, error) {
	key, err := d.ring.Key(keys.UseSeal)
	if err != nil {
		return seal.Identity{}, usage("keys", fmt.Errorf("loading the seal key: %w", err))
	}
	certificate, err := loadSealCertificate(d.dir)
	if err != nil {
		return seal.Identity{}, err
	}
	return seal.Identity{Signer: key.Signer(), Certificate: certificate}, nil
}

// path is where a file of the configuration lies: from the data directory
// where it does not say otherwise.
func (d *deployment) path(name string) string {
	return pathIn(d.dir, name)
}

// maxCertificates is the most that is read of a file of certificates, bytes.
const maxCertificates = 256 << 10

// fingerprint is how people tell certificates apart.
func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// readCertificates reads a file of one or more certificates in PEM, or of one
// in DER.
func readCertificates(path string) ([]*x509.Certificate, error) {
	raw, err := readCapped(path, maxCertificates+1)
	if err != nil {
		return nil, err
	}
	if len(raw) > maxCertificates {
		return nil, fmt.Errorf("%s: more than %d bytes", path, maxCertificates)
	}
	if !bytes.Contains(raw, []byte("-----BEGIN")) {
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			return nil, fmt.Errorf("%s holds no certificate: %w", path, err)
		}
		return []*x509.Certificate{c}, nil
	}
	var all []*x509.Certificate
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%s holds a %s, where certificates belong", path, block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	return all, nil
}
