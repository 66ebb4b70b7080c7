package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"yizheng/license"
	"yizheng/trust"
	"yizheng/trust/root"
)

type trustUpdateOptions struct {
	root, out, region, at, passphraseFile string
}

func (c *console) trustUpdateCommand() *cobra.Command {
	var o trustUpdateOptions
	cmd := &cobra.Command{
		Use:   "update --root DIR --out FILE",
		Short: "sign what has changed with the keys that lie in DIR, state that everything counts, and bring FILE up to date",
		Long: "update is the whole ceremony at once, for a root or delegate whose keys all lie in its folder: good for\n" +
			"trying and for demonstrations. Where each holder has a key of his own, see trust prepare, sign, combine\n" +
			"and publish. FILE is a trust file; what it holds of other signers stays.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.trustUpdate(o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.root, "root", "", "folder of the root or delegate; required")
	f.StringVar(&o.out, "out", "", "trust file to write; required")
	f.StringVar(&o.region, "region", "", "region of the verifier (default: that of FILE as it is, else of the first issuer)")
	f.StringVar(&o.at, "at", "", "instant that stands for the clock; only where every issuer is a demonstration")
	f.StringVar(&o.passphraseFile, "passphrase-file", "", "file with the passphrase of the keys")
	return cmd
}

func (c *console) trustUpdate(o trustUpdateOptions) error {
	if o.root == "" || o.out == "" {
		return usage("usage", errors.New("--root DIR and --out FILE are both required"))
	}
	if err := checkVerifierRegion(o.region); err != nil {
		return err
	}
	f, err := openRoot(o.root, o.passphraseFile)
	if err != nil {
		return err
	}
	defer f.Close()
	now, err := c.signingTime(o.at, f)
	if err != nil {
		return err
	}
	before, err := bundleAt(o.out)
	if err != nil {
		return err
	}
	if err := f.Update(now); err != nil {
		return rootFailure(o.root, err)
	}
	bundle, err := mergeInto(before, f, license.Region(o.region))
	if err != nil {
		return &failure{exit: exitUsage, file: o.out, reason: "out_other_roots", err: err}
	}
	if err := writeBundle(o.out, bundle); err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "%s: %d 个发证机关 issuers, 核验地 region %s\n", printable(o.out), len(bundle.Issuers), bundle.Anchor.Region)
	showSigners(c.stdout, viewTrust(bundle, now).Signers)
	return nil
}

// signingTime is the clock, or what stands for it where nothing but
// demonstrations is signed for.
func (c *console) signingTime(at string, f *root.Folder) (time.Time, error) {
	now, err := parseAt(at)
	switch {
	case err != nil:
		return now, err
	case now.IsZero():
		return c.now(), nil
	}
	for _, issuer := range f.Issuers() {
		if !issuer.Demonstration {
			return now, usage("at", errors.New("--at is only for a root whose every issuer is a demonstration: signatures bear the true time"))
		}
	}
	return now, nil
}

// bundleAt reads the trust file that is to be brought up to date, nil where
// there is none. What is no trust file is left alone.
func bundleAt(path string) (*trust.Bundle, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	before, err := readBundle(path)
	if err != nil {
		return nil, &failure{exit: exitUsage, file: path, reason: "out_not_trust",
			err: fmt.Errorf("the file is there and is no trust file that can be read; it is left alone: %w", err)}
	}
	return before, nil
}

// mergeInto brings a trust file up to date with what the folder has published,
// or makes it: for a verifier in region, or where the file was for before, or
// where the first issuer is.
func mergeInto(before *trust.Bundle, f *root.Folder, region license.Region) (*trust.Bundle, error) {
	bundle := f.Bundle()
	if before == nil {
		if region == "" && len(f.Issuers()) > 0 {
			region = f.Issuers()[0].Region
		}
	} else {
		var err error
		if bundle, err = before.Update(bundle.Published()); err != nil {
			return nil, err
		}
		if bundle.Of(f.Path()) == nil {
			return nil, fmt.Errorf("the trust file does not believe %s", f.Path())
		}
	}
	if region != "" {
		bundle = bundle.In(region)
	}
	return bundle, nil
}

func writeBundle(path string, bundle *trust.Bundle) error {
	raw, err := bundle.Marshal()
	if err != nil {
		return err
	}
	if err := writeFile(path, raw, 0o644); err != nil {
		return usage("out_unwritable", err)
	}
	return nil
}

// showSigners prints a line for each signer: until when what it says counts.
func showSigners(w io.Writer, signers []signerView) {
	for _, s := range signers {
		switch {
		case s.List == nil:
			fmt.Fprintf(w, "  %-20s 没有可采信的清单 no list that can be believed\n", s.Path)
		case s.List.Expired:
			fmt.Fprintf(w, "  %-20s #%d  已过期 EXPIRED %s (%s)\n", s.Path, s.List.Sequence, shortTime(s.List.Counts), s.List.EndsBy)
		default:
			fmt.Fprintf(w, "  %-20s #%d  有效至 until %s (%s)\n", s.Path, s.List.Sequence, shortTime(s.List.Counts), s.List.EndsBy)
		}
	}
}

func shortTime(t time.Time) string { return t.In(beijing()).Format("2006-01-02 15:04") }
