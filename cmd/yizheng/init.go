package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"yizheng/catalog"
	"yizheng/license"
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
	if o.root == "" { // whoever has no root above states himself that his own counts
		if s.Trust == nil {
			s.Trust = new(trustSettings)
		}
		if s.Trust.Signer == "" {
			s.Trust.Signer, s.Trust.Keys = ownRoot(o.region), []string{onlineFile}
		}
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
