package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"yizheng/keys"
	"yizheng/signature"
	"yizheng/trust/root"
)

var errNeither = errors.New("either --root DIR, or --trust FILE with --key FILE and --signer PATH, are required")

// publishOptions are the flags of publish and refresh.
type publishOptions struct {
	root, trust, signer, at, passphraseFile string
	keys                                    []string
}

func (o *publishOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.root, "root", "", "folder of the root or delegate, in which its on-line key lies")
	f.StringVar(&o.trust, "trust", "", "trust file that is brought up to date, where the on-line key lies on this machine")
	f.StringArrayVar(&o.keys, "key", nil, "file with an on-line key, with --trust; may be repeated")
	f.StringVar(&o.signer, "signer", "", "who signs, such as delta or delta/shanghai, with --trust")
	f.StringVar(&o.at, "at", "", "instant that stands for the clock, with --root where every issuer is a demonstration")
	f.StringVar(&o.passphraseFile, "passphrase-file", "", "file with the passphrase of the keys")
}

func (c *console) trustPublishCommand() *cobra.Command {
	var o publishOptions
	cmd := &cobra.Command{
		Use:   "publish FILE… --root DIR",
		Short: "put signed documents in force, and state with the on-line key that they count",
		Args:  cobra.MinimumNArgs(1),
		RunE:  func(_ *cobra.Command, args []string) error { return c.trustPublish(o, args) },
	}
	o.flags(cmd)
	return cmd
}

func (c *console) trustRefreshCommand() *cobra.Command {
	var o publishOptions
	cmd := &cobra.Command{
		Use:   "refresh --root DIR",
		Short: "state anew with the on-line key that what was signed still counts",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return c.trustPublish(o, nil) },
	}
	o.flags(cmd)
	return cmd
}

func (c *console) trustPublish(o publishOptions, paths []string) error {
	documents, err := readAll(paths)
	if err != nil {
		return err
	}
	for i := range documents {
		documents[i] = []byte(strings.TrimSpace(string(documents[i])))
	}
	if (o.root == "") == (o.trust == "") || o.trust != "" && (len(o.keys) == 0 || o.signer == "") {
		return usage("usage", errNeither)
	}
	if o.trust != "" {
		return c.publishTo(o, documents)
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
	if err := f.Publish(now, documents...); err != nil {
		return rootFailure(o.root, err)
	}
	showSigners(c.stdout, viewTrust(f.Bundle(), now).Signers)
	return nil
}

// publishTo brings a trust file up to date with the on-line key alone.
func (c *console) publishTo(o publishOptions, documents [][]byte) error {
	if o.at != "" {
		return usage("at", errors.New("--at is for --root"))
	}
	bundle, err := readBundle(o.trust)
	if err != nil {
		return err
	}
	clerks, err := loadClerks(o.keys, o.passphraseFile)
	if err != nil {
		return err
	}
	n, err := root.Publish(bundle, o.signer, clerks, c.now(), documents...)
	if err != nil {
		return rootFailure(o.trust, err)
	}
	if err := writeBundle(o.trust, n); err != nil {
		return err
	}
	showSigners(c.stdout, viewTrust(n, c.now()).Signers)
	return nil
}

// loadClerks loads on-line keys.
func loadClerks(paths []string, passphraseFile string) (clerks []signature.Signer, _ error) {
	passphrase, err := readPassphrase(passphraseFile)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		k, err := keys.Load(path, passphrase)
		if err == nil && k.Use() != keys.UseOnline {
			err = fmt.Errorf("%s is a key for %s", path, k.Use())
		}
		if err != nil {
			return nil, usage("key", err)
		}
		clerks = append(clerks, k)
	}
	return clerks, nil
}
