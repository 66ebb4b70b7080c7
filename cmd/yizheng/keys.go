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
	cmd := &cobra.Command{Use: "keys", Short: "the issuer's keys: make, rotate, retire, close; the private halves are never shown"}
	cmd.AddCommand(c.keysListCommand(), c.keysJWKSCommand(), c.keysGenerateCommand(), c.keysImportCommand(),
		c.keysRotateCommand(), c.keysRetireCommand(), c.keysCompromiseCommand(), c.keysCloseCommand())
	return cmd
}

// keyLine is one key as it is listed.
type keyLine struct {
	Use       string       `json:"use"`
	State     string       `json:"state"`
	KeyID     string       `json:"keyID"`
	Algorithm string       `json:"algorithm"`
	Listed    bool         `json:"listed"` // stands on the trust list of the data directory
	NotBefore license.Date `json:"notBefore,omitzero"`
	NotAfter  license.Date `json:"notAfter,omitzero"`
	Closing   string       `json:"closing,omitempty"` // digest of its closing list
}

// The states of keys in a list.
const (
	stateActive  = "active"  // in use
	stateNext    = "next"    // waits
	stateRetired = "retired" // verifies what it signed once
	stateClosed  = "closed"  // verifies what stands on its closing list
)

func (c *console) keysListCommand() *cobra.Command {
	var at desk
	cmd := &cobra.Command{
		Use:   "list --data D",
		Short: "list the keys with their use, identifier and place on the trust list",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.opened(cmd.Context(), c, func(d *deployment) error {
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
					if !l.NotAfter.IsZero() {
						listed += fmt.Sprintf(" to %s", l.NotAfter)
					}
					if l.Closing != "" {
						listed += ", closed by list " + l.Closing
					}
					fmt.Fprintf(c.stdout, "%-13s %-7s %-8s  %-8s %s\n", l.Use, l.State, l.KeyID, l.Algorithm, listed)
				}
				return nil
			})
		},
	}
	at.flags(cmd, false)
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

func listKeys(ring *keys.Ring, bundle *trust.Bundle, region license.Region) ([]keyLine, error) {
	lines, seen := []keyLine{}, map[string]bool{}
	add := func(key *keys.Key, state string) {
		public := key.PublicKey()
		line := keyLine{Use: string(key.Use()), State: state, KeyID: public.KeyID(), Algorithm: string(public.Algorithm())}
		if of, ok := bundle.KeyIn(region, public.KeyID()); ok {
			line.Listed, line.NotBefore, line.NotAfter, line.Closing = true, of.NotBefore, of.NotAfter, of.Closing
			if of.Closing != "" {
				line.State = stateClosed
			}
		}
		lines, seen[line.KeyID] = append(lines, line), true
	}
	for _, use := range keys.Uses() {
		key, err := ring.Key(use)
		switch {
		case err == nil:
			add(key, stateActive)
		case !errors.Is(err, keys.ErrMissing):
			return nil, fmt.Errorf("loading the %s key: %w", use, err)
		}
		if next, ok := ring.Next(use); ok {
			add(next, stateNext)
		}
	}
	return append(lines, formerKeys(bundle.IssuerOf(region), seen)...), nil
}

// formerKeys lists those keys of an entry that are no longer in use.
func formerKeys(entry *trust.Issuer, seen map[string]bool) (lines []keyLine) {
	if entry == nil {
		return nil
	}
	for _, k := range entry.Keys {
		line := keyLine{Use: string(k.Use), State: stateRetired, KeyID: k.PublicKey.KeyID(), Algorithm: string(k.PublicKey.Algorithm()),
			Listed: true, NotBefore: k.NotBefore, NotAfter: k.NotAfter, Closing: k.Closing}
		if seen[line.KeyID] {
			continue
		}
		if k.Closing != "" {
			line.State = stateClosed
		}
		lines = append(lines, line)
	}
	return lines
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
