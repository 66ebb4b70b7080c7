package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"yizheng/keys"
	"yizheng/license"
	"yizheng/trust"
)

func (c *console) keysCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "show the issuer's keys; the private halves are never shown"}
	cmd.AddCommand(c.keysListCommand(), c.keysJWKSCommand())
	return cmd
}

// keyLine is one key as it is listed.
type keyLine struct {
	Use       string       `json:"use"`
	State     string       `json:"state"` // "active" or "next"
	KeyID     string       `json:"keyID"`
	Algorithm string       `json:"algorithm"`
	Listed    bool         `json:"listed"` // stands on the trust list of the data directory
	NotBefore license.Date `json:"notBefore,omitzero"`
	NotAfter  license.Date `json:"notAfter,omitzero"`
}

func (c *console) keysListCommand() *cobra.Command {
	var at desk
	cmd := &cobra.Command{
		Use:   "list --data D",
		Short: "list the keys with their use, identifier and place on the trust list",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			d, err := at.open(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.Close()) }()
			lines, err := listKeys(d.ring, d.bundle, d.settings.Region)
			if err != nil {
				return err
			}
			if c.json {
				printJSON(c.stdout, lines)
				return nil
			}
			for _, l := range lines {
				listed := "not on the trust list"
				if l.Listed {
					listed = fmt.Sprintf("on the trust list from %s", l.NotBefore)
				}
				fmt.Fprintf(c.stdout, "%-13s %-7s %-8s  %-8s %s\n", l.Use, l.State, l.KeyID, l.Algorithm, listed)
			}
			return nil
		},
	}
	at.flags(cmd, false)
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

func listKeys(ring *keys.Ring, bundle *trust.Bundle, region license.Region) ([]keyLine, error) {
	lines := []keyLine{}
	add := func(key *keys.Key, state string) {
		public := key.PublicKey()
		line := keyLine{Use: string(key.Use()), State: state, KeyID: public.KeyID(), Algorithm: string(public.Algorithm())}
		if of, ok := bundle.KeyIn(region, public.KeyID()); ok {
			line.Listed, line.NotBefore, line.NotAfter = true, of.NotBefore, of.NotAfter
		}
		lines = append(lines, line)
	}
	for _, use := range keys.Uses() {
		key, err := ring.Key(use)
		switch {
		case err == nil:
			add(key, "active")
		case !errors.Is(err, keys.ErrMissing):
			return nil, fmt.Errorf("loading the %s key: %w", use, err)
		}
		if next, ok := ring.Next(use); ok {
			add(next, "next")
		}
	}
	return lines, nil
}

func (c *console) keysJWKSCommand() *cobra.Command {
	var data, passphraseFile string
	cmd := &cobra.Command{
		Use:   "jwks --data D",
		Short: "print the public keys as a JWK set (RFC 7517)",
		Args:  cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			passphrase, err := readPassphrase(passphraseFile)
			if err != nil {
				return err
			}
			ring, err := keys.LoadRing(keysDir(data), passphrase)
			if err != nil {
				return usage("keys", fmt.Errorf("loading the keys of %s: %w", data, err))
			}
			set, err := ring.JWKS()
			if err != nil {
				return fmt.Errorf("writing the key set: %w", err)
			}
			fmt.Fprintf(c.stdout, "%s\n", set)
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "data directory, made by init")
	cmd.Flags().StringVar(&passphraseFile, "passphrase-file", "", "file with the passphrase of the keys")
	_ = cmd.MarkFlagRequired("data") // the flag is defined above
	return cmd
}
