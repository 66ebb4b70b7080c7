package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"yizheng/api/access"
	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/keys"
	"yizheng/license"
	"yizheng/payload/dictionary"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/trust/root"
)

// defaultURL is a name that belongs to nobody (RFC 2606). Codes that carry it
// verify all the same: only the signature and the trust list count.
const defaultURL = "https://zheng.example"

// sealYears is how long the self-made seal certificate holds.
const sealYears = 10

// initOptions is what a new data directory is made of.
type initOptions struct {
	dir, root, url string
	offices        string // file of the district's own; empty: those built in
	settings       string // file with more of config.json; empty: none
	region         license.Region
	demonstration  bool
	clock          func() time.Time
	log            *slog.Logger
	passphrase     []byte
	database       postgresSettings // empty: a SQLite file in dir
}

func (c *console) initCommand() *cobra.Command {
	var o initOptions
	var region, at, passphraseFile string
	var ifMissing bool
	cmd := &cobra.Command{
		Use:   "init --data DIR",
		Short: "make a district's data directory: keys, seal, register, trust",
		Long: "init makes the data directory of one issuing district and enrolls the district in a trust root:\n" +
			"the one in --root, or a new one in DIR/root. It refuses to overwrite. Keep the root folder apart\n" +
			"from the machine that serves: whoever has its keys decides who may issue.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			instant, err := parseAt(at)
			if err != nil {
				return err
			}
			o.clock, o.log, o.region = c.now, c.logger(slog.LevelWarn), license.Region(region)
			if !instant.IsZero() {
				if !o.demonstration {
					return usage("at", errors.New("--at needs --demonstration"))
				}
				o.clock = func() time.Time { return instant }
			}
			if o.passphrase, err = readPassphrase(passphraseFile); err != nil {
				return err
			}
			if ifMissing && exists(trustPath(o.dir)) {
				fmt.Fprintf(c.stdout, "%s is there already.\n", o.dir)
				return nil
			}
			if err := initialise(cmd.Context(), o); err != nil {
				return err
			}
			fmt.Fprintf(c.stdout, "%s is ready to issue for %s %s.\n", o.dir, o.region, o.region.FullName())
			fmt.Fprintf(c.stdout, "Verifiers elsewhere need %s and the status lists in %s.\n", trustPath(o.dir), filepath.Join(o.dir, "status"))
			return nil
		},
	}
	databaseFlags(cmd, &o.database)
	f := cmd.Flags()
	f.StringVar(&o.dir, "data", "", "data directory to make")
	f.StringVar(&o.root, "root", "", "existing trust root to enroll in; made anew in DIR/root when not given")
	f.StringVar(&o.url, "url", defaultURL, "address at which the public reaches this deployment; codes begin with it")
	f.StringVar(&region, "region", "310105", "GB/T 2260 code of the issuing district")
	f.StringVar(&o.offices, "offices", "", "file of the district's offices (see: yizheng offices); required outside a demonstration")
	f.StringVar(&o.settings, "settings", "", "file with members of config.json that this directory is to begin with: redis, library, rate, tracing and so on")
	f.BoolVar(&ifMissing, "if-missing", false, "do nothing, and end well, where the directory was made already")
	f.BoolVar(&o.demonstration, "demonstration", false, "mark everything that comes out of this directory, and allow --at")
	f.StringVar(&at, "at", "", "RFC 3339 instant in place of the clock, with --demonstration")
	f.StringVar(&passphraseFile, "passphrase-file", "", "file with a passphrase that encrypts the keys")
	_ = cmd.MarkFlagRequired("data") // the flag is defined above
	return cmd
}

// initialise makes the data directory. A directory that an interrupted run
// left without trust.json is finished with the keys it has; any other that is
// not empty is refused.
func initialise(ctx context.Context, o initOptions) error {
	catalogue, err := checkRegion(o)
	if err != nil {
		return err
	}
	s, err := firstSettings(o)
	if err != nil {
		return err
	}
	if err := checkOwnURL(o); err != nil {
		return usage("url", err)
	}
	if err := s.check(); err != nil {
		return usage("configuration", err)
	}
	if o.root != "" && !exists(o.root) {
		return usage("root_missing", fmt.Errorf("there is no trust root at %s; leave --root out to make one", o.root))
	}
	resume, err := checkEmpty(o.dir, s)
	if err != nil {
		return err
	}
	if !resume {
		if err := makeDirectory(ctx, o, s, catalogue); err != nil {
			return err
		}
	}
	if enrolled, err := enroll(o, s, catalogue); err != nil {
		if !resume && !enrolled {
			// Nobody knows these keys: the next try may begin from nothing.
			err = errors.Join(err, os.RemoveAll(o.dir))
		}
		return err
	}
	d, err := openDeployment(ctx, o.dir, postgresSettings{}, o.clock, o.log, o.passphrase)
	if err != nil {
		return err
	}
	return errors.Join(d.publish(ctx), d.Close())
}

// firstSettings are what the flags say, and for the rest the file of --settings.
func firstSettings(o initOptions) (s settings, err error) {
	if o.settings != "" {
		raw, err := os.ReadFile(o.settings)
		if err != nil {
			return s, usage("configuration", err)
		}
		if err := strictly(o.settings, raw, &s); err != nil {
			return s, err
		}
	}
	s.Region, s.URL, s.Demonstration, s.Offices, s.Restored = o.region, o.url, o.demonstration, "", time.Time{}
	if o.offices != "" {
		s.Offices = officesFile
	}
	return s.withDatabase(o.database)
}

func checkRegion(o initOptions) (*catalog.Catalogue, error) {
	if _, err := license.ParseRegion(string(o.region)); err != nil {
		return nil, usage("region_unknown", err)
	}
	if successor, abolished := o.region.Successor(); abolished {
		return nil, usage("region_abolished", fmt.Errorf("region %s was abolished; %s %s took its place", o.region, successor, successor.FullName()))
	}
	set, err := catalogues(o.region, o.offices, o.demonstration)
	if err != nil {
		return nil, err
	}
	catalogue, err := set.On(license.DateOf(o.clock()))
	if err != nil {
		return nil, usage("region_without_catalogue", err)
	}
	return catalogue, nil
}

// checkOwnURL refuses an address that cannot be this district's own.
func checkOwnURL(o initOptions) error {
	if o.url == defaultURL && (!o.demonstration || o.root != "") {
		return errors.New("give --url, the address at which the public reaches this district: every code begins with it, and no two districts share one")
	}
	return checkURL(o.url, o.demonstration)
}

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

// enroll names the district in the trust root and writes trust.json. It says
// whether the root knows the district's keys now.
func enroll(o initOptions, s settings, c *catalog.Catalogue) (enrolled bool, _ error) {
	r, err := rootFor(o)
	if err != nil {
		return false, err
	}
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
func rootFor(o initOptions) (*root.Folder, error) {
	dir := o.root
	if dir == "" {
		dir = filepath.Join(o.dir, "root")
		if !exists(dir) {
			return makeRoot(dir, o.region, o.passphrase)
		}
	}
	r, err := root.Open(dir, o.passphrase)
	if err != nil {
		return nil, usage("root", fmt.Errorf("opening the trust root %s: %w", dir, err))
	}
	return r, nil
}

func makeRoot(dir string, region license.Region, passphrase []byte) (*root.Folder, error) {
	city := trust.Territory{region.City()}
	r, err := root.Create(dir, root.Config{
		Name: "city-" + city[0], Title: license.Region((city[0] + "0000")[:6]).FullName() + "信任根", Territory: city,
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
