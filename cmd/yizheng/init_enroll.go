package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"yizheng/catalog"
	"yizheng/keys"
	"yizheng/license"
	"yizheng/payload/dictionary"
	"yizheng/trust"
	"yizheng/trust/root"
)

// enroll names the district in the trust root and writes trust.json. It says
// whether the root knows the district's keys now.
func enroll(o initOptions, s settings, c *catalog.Catalogue) (enrolled bool, _ error) {
	r, err := rootFor(o)
	if err != nil {
		return false, err
	}
	defer r.Close()
	entry, err := entryOf(o, s, c)
	if err != nil {
		return false, err
	}
	if err := r.Enroll(entry, c.Authorities); err != nil {
		return false, usage("enrollment", fmt.Errorf("enrolling %s: %w", o.region, err))
	}
	bundle, err := r.BundleFor(o.region, o.clock())
	if err != nil {
		return true, rootFailure(o.root, fmt.Errorf("signing the trust list: %w", err))
	}
	return true, writeFile(trustPath(o.dir), bundle, 0o644)
}

// rootFor opens the folder that the district is to be enrolled in, or makes a
// root for its city.
func rootFor(o initOptions) (r *root.Folder, err error) {
	if o.root != "" {
		if r, err = root.Open(o.root, o.passphrase); err != nil {
			return nil, usage("root", fmt.Errorf("opening the trust root %s: %w", o.root, err))
		}
		return r, nil
	}
	dir := filepath.Join(o.dir, "root")
	// signer.json is what a root is finished by, trust.json what it has signed.
	if exists(filepath.Join(dir, "signer.json")) || exists(trustPath(dir)) {
		r, err = root.Open(dir, o.passphrase)
	} else {
		// What a run that was killed has left of it is known to nobody; but keys
		// are not thrown away.
		aside := dir + o.clock().UTC().Format(".unfinished-20060102T150405Z")
		if err := os.Rename(dir, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, usage("root", fmt.Errorf("putting aside a root that was not finished: %w", err))
		}
		r, err = makeRoot(dir, o.region, o.passphrase)
	}
	if err != nil {
		return nil, usage("root", fmt.Errorf("opening the trust root %s: %w", dir, err))
	}
	if err := layOut(r, filepath.Join(o.dir, onlineFile), o.passphrase); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// onlineFile is where the on-line key of a district's own root lies for its
// server, in the data directory: the folder of the root itself is nothing that a
// server reads, and may be taken away.
const onlineFile = "online.jwk"

// layOut puts a copy of the on-line key where the server finds it.
func layOut(r *root.Folder, path string, passphrase []byte) error {
	for _, key := range r.OnlineKeys() {
		if err := keys.Save(path, key, passphrase); err != nil && !errors.Is(err, keys.ErrExists) {
			return fmt.Errorf("laying out the root's on-line key: %w", err)
		}
	}
	return nil
}

// ownRoot is what the root of a district is called that has none above it.
func ownRoot(region license.Region) string { return "city-" + region.City() }

func makeRoot(dir string, region license.Region, passphrase []byte) (*root.Folder, error) {
	city := trust.Territory{region.City()}
	r, err := root.Create(dir, root.Config{
		Name: ownRoot(region), Title: license.Region((city[0] + "0000")[:6]).FullName() + "信任根", Territory: city,
		Days: 30, Passphrase: passphrase, Policy: root.DefaultPolicy(city, false),
	})
	if err != nil {
		return nil, fmt.Errorf("making the trust root: %w", err)
	}
	return r, nil
}

// entryOf is what the trust list says of the district.
func entryOf(o initOptions, s settings, c *catalog.Catalogue) (trust.Issuer, error) {
	ring, err := keys.LoadRing(keysDir(o.dir), o.passphrase)
	if err != nil {
		return trust.Issuer{}, usage("keys", err)
	}
	certificate, err := loadSealCertificate(o.dir)
	if err != nil {
		return trust.Issuer{}, err
	}
	// With the district's own office, whose name and codes every code carries.
	words, err := dictionary.Make(c)
	if err != nil {
		return trust.Issuer{}, fmt.Errorf("making the dictionary: %w", err)
	}
	// From the certificate, not the clock: a run that resumes states the same.
	since := license.DateOf(certificate.NotBefore.Add(time.Minute))
	entry := trust.Issuer{
		Region: o.region,
		Seals:  [][]byte{certificate.Raw}, Dictionaries: [][]byte{words},
		VerifyURL: s.codePrefix(), StatusBase: s.statusBase(), Disputes: s.disputesURL(),
		ValidFrom: since, Demonstration: o.demonstration,
	}
	setOffice(&entry, c.Offices)
	for _, use := range issuerUses {
		key, err := ring.Key(use)
		if err != nil {
			return trust.Issuer{}, usage("keys", err)
		}
		entry.Keys = append(entry.Keys, trust.Key{PublicKey: key.PublicKey(), Use: trust.Use(use), NotBefore: since})
	}
	return entry, nil
}
