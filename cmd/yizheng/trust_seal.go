package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yizheng/license"
	"yizheng/seal"
	"yizheng/trust"
)

// trustSealOptions are the flags of trust seal.
type trustSealOptions struct {
	root, region, at, passphraseFile           string
	add, remove, addTimestamp, removeTimestamp []string
}

func (c *console) trustSealCommand() *cobra.Command {
	var o trustSealOptions
	cmd := &cobra.Command{
		Use:   "seal --root DIR --region CODE",
		Short: "name a district's seals and time stamping authorities in its entry (电子印章)",
		Long: "A document's seal counts only by the certificate that the issuer's entry names, whatever\n" +
			"certification authority stands behind it. This names one more, or takes one away; the next\n" +
			"trust update signs it. Leave the certificates of old documents in place, also expired ones;\n" +
			"take away that of a stolen key.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.trustSeal(o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.root, "root", "", "root folder; required")
	f.StringVar(&o.region, "region", "", "region of the issuer; required")
	f.StringArrayVar(&o.add, "add", nil, "certificate of a seal, PEM or DER; may be repeated")
	f.StringArrayVar(&o.remove, "remove", nil, "SHA-256 of a seal's certificate to take away, as trust show --json has it")
	f.StringArrayVar(&o.addTimestamp, "add-timestamp", nil, "certificates of a time stamping authority, or of those above it")
	f.StringArrayVar(&o.removeTimestamp, "remove-timestamp", nil, "SHA-256 of such a certificate to take away")
	f.StringVar(&o.at, "at", "", "instant that stands for the clock; only where the issuer is a demonstration")
	f.StringVar(&o.passphraseFile, "passphrase-file", "", "file with the passphrase of the root keys")
	return cmd
}

func (c *console) trustSeal(o trustSealOptions) error {
	if o.root == "" || o.region == "" || len(o.add)+len(o.remove)+len(o.addTimestamp)+len(o.removeTimestamp) == 0 {
		return usage("usage", errors.New("--root DIR, --region CODE and something to add or remove are required"))
	}
	now, err := parseAt(o.at)
	if err != nil {
		return err
	}
	r, err := openRoot(o.root, o.passphraseFile)
	if err != nil {
		return err
	}
	defer r.Close()
	i := slices.IndexFunc(r.Issuers(), func(issuer trust.Issuer) bool { return issuer.Region == license.Region(o.region) })
	if i < 0 {
		return usage("not_enrolled", fmt.Errorf("no issuer of region %s is enrolled in %s", o.region, o.root))
	}
	entry := r.Issuers()[i]
	switch {
	case now.IsZero():
		now = c.now()
	case !entry.Demonstration:
		return usage("at", errors.New("--at is for issuers that are demonstrations"))
	}
	if err := o.change(&entry, now); err != nil {
		return err
	}
	if err := r.Replace(entry); err != nil {
		return usage("enrollment", err)
	}
	for _, s := range viewIssuer(entry).Seals {
		fmt.Fprintf(c.stdout, "印章 seal       %s  %s\n", s.SHA256, printable(s.Subject))
	}
	for _, s := range viewIssuer(entry).Timestamps {
		fmt.Fprintf(c.stdout, "时间戳 timestamps %s  %s\n", s.SHA256, printable(s.Subject))
	}
	fmt.Fprintf(c.stdout, "下一步 next: yizheng trust update --root %s --out trust.json\n", printable(o.root))
	return nil
}

// change makes the entry what the flags ask for. It copies the lists, which
// the root still holds.
func (o trustSealOptions) change(entry *trust.Issuer, now time.Time) error {
	entry.Seals, entry.Timestamps = slices.Clone(entry.Seals), slices.Clone(entry.Timestamps)
	for _, path := range o.add {
		certificate, err := certificateIn(path)
		if err != nil {
			return usage("certificate", err)
		}
		if err := seal.CheckCertificate(certificate, now); err != nil {
			return usage("certificate", err)
		}
		entry.Seals = with(entry.Seals, certificate.Raw)
	}
	for _, path := range o.addTimestamp {
		certificates, err := readCertificates(path)
		if err != nil {
			return usage("certificate", err)
		}
		for _, certificate := range certificates {
			entry.Timestamps = with(entry.Timestamps, certificate.Raw)
		}
	}
	var err error
	if entry.Seals, err = without(entry.Seals, o.remove); err != nil {
		return err
	}
	entry.Timestamps, err = without(entry.Timestamps, o.removeTimestamp)
	return err
}

func with(list [][]byte, der []byte) [][]byte {
	if slices.ContainsFunc(list, func(held []byte) bool { return bytes.Equal(held, der) }) {
		return list
	}
	return append(list, der)
}

func without(list [][]byte, fingerprints []string) ([][]byte, error) {
	for _, f := range fingerprints {
		n := len(list)
		list = slices.DeleteFunc(list, func(der []byte) bool { return strings.EqualFold(fingerprint(der), f) })
		if len(list) == n {
			return nil, usage("certificate", fmt.Errorf("the entry names no certificate with SHA-256 %s", f))
		}
	}
	return list, nil
}
