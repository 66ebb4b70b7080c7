package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yizheng/signature"
	"yizheng/status"
	"yizheng/trust"
)

func (c *console) statusCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "status", Short: "publish status lists, and read one"}
	cmd.AddCommand(c.statusPublishCommand(), c.statusShowCommand())
	return cmd
}

func (c *console) statusPublishCommand() *cobra.Command {
	var at desk
	cmd := &cobra.Command{
		Use:   "publish --data D",
		Short: "sign what has changed or grows old, and write D/status",
		Long: "publish signs every status list whose content has changed since it was signed, or that has used up\n" +
			"half of its lifetime, and brings D/status up to date: any web server can serve that folder. Run it\n" +
			"daily where no yizheng serve does.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.with(cmd.Context(), c, func(d *deployment) error {
				fmt.Fprintln(c.stdout, d.statusDir())
				return nil
			})
		},
	}
	at.flags(cmd, true)
	return cmd
}

// shown is what the show command prints of a list.
type shown struct {
	Subject  string         `json:"subject"`
	KeyID    string         `json:"keyID"`
	Issued   time.Time      `json:"issued"`
	Expires  time.Time      `json:"expires"`
	TTL      int64          `json:"ttl"` // seconds
	Sequence uint64         `json:"sequence"`
	Verified bool           `json:"verified"`
	Issuer   string         `json:"issuer,omitempty"`
	Entries  map[string]int `json:"entries,omitempty"` // how many of each value, for a list that was verified
}

func (c *console) statusShowCommand() *cobra.Command {
	var trustFile string
	cmd := &cobra.Command{
		Use:   "show --trust F FILE",
		Short: "check a status list's signature and count its entries",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			token, err := os.ReadFile(args[0])
			if err != nil {
				return usage("file_unreadable", err)
			}
			s, err := showList(strings.TrimSpace(string(token)), trustFile)
			if err != nil {
				return err
			}
			if c.json {
				printJSON(c.stdout, s)
				return nil
			}
			fmt.Fprintf(c.stdout, "list     %s\nkey      %s\n", s.Subject, s.KeyID)
			if !s.Verified {
				fmt.Fprintln(c.stdout, "not verified: give --trust")
				return nil
			}
			fmt.Fprintf(c.stdout, "issuer   %s\nsequence %d\nissued   %s\nexpires  %s\n", s.Issuer, s.Sequence, s.Issued.Format(time.RFC3339), s.Expires.Format(time.RFC3339))
			for value := range status.Value(16) {
				if n := s.Entries[valueName(value)]; n > 0 {
					fmt.Fprintf(c.stdout, "%-12s %d\n", valueName(value), n)
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&trustFile, "trust", "", "trust.json by which the list is checked; without it only its name is read")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

func showList(token, trustFile string) (shown, error) {
	claimed, err := status.Peek(token)
	if err != nil {
		return shown{}, usage("status_list_malformed", fmt.Errorf("reading the list: %w", err))
	}
	s := shown{Subject: claimed.Subject, KeyID: claimed.KeyID}
	if trustFile == "" {
		return s, nil
	}
	raw, err := os.ReadFile(trustFile)
	if err != nil {
		return s, usage("trust_unreadable", err)
	}
	bundle, err := trust.Load(raw)
	if err != nil {
		return s, usage("trust_broken", fmt.Errorf("loading %s: %w", trustFile, err))
	}
	of, ok := bundle.StatusSigner(claimed.KeyID, claimed.Subject)
	if !ok {
		return s, usage("status_list_key", errors.New("the trust list names no key for this status list"))
	}
	list, err := status.Parse(token, of.PublicKey)
	switch {
	case errors.Is(err, signature.ErrSignature):
		return s, usage("status_list_signature", errors.New("the signature is wrong"))
	case err != nil:
		return s, usage("status_list_malformed", fmt.Errorf("reading the list: %w", err))
	}
	s.Issued, s.Expires, s.TTL, s.Sequence = list.IssuedAt, list.Expires, int64(list.TTL/time.Second), list.Sequence
	s.Verified, s.Issuer, s.Entries = true, of.Issuer.Name, make(map[string]int)
	for offset := range uint32(status.ChunkSize) {
		s.Entries[valueName(list.At(offset))]++
	}
	return s, nil
}

func valueName(v status.Value) string {
	switch v {
	case status.Valid:
		return "valid"
	case status.Revoked:
		return "revoked" // and whatever is not assigned
	case status.Suspended:
		return "suspended"
	case status.Superseded:
		return "superseded"
	case status.Withdrawn:
		return "withdrawn"
	case status.Cancelled:
		return "cancelled"
	}
	return fmt.Sprintf("value %d", v)
}
