package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"yizheng/dispute"
	"yizheng/dispute/courier"
	"yizheng/keys"
	"yizheng/trust"
)

func (c *console) disputeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dispute",
		Short: "contest a license of another region with its issuer, and answer what others contest (异议)",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usage("usage", errors.New("say what to do: file, list, show, answer or send"))
		},
	}
	cmd.AddCommand(c.disputeFileCommand(), c.disputeListCommand(), c.disputeShowCommand(), c.disputeAnswerCommand(), c.disputeSendCommand())
	return cmd
}

// disputes files, receives and answers disputes by the trust bundle that
// believed gives.
func (d *deployment) disputes(believed func() *trust.Bundle) (*dispute.Office, error) {
	key, err := d.signer(keys.UseRecord)
	if err != nil {
		return nil, err
	}
	office, err := dispute.New(dispute.Config{Store: d.store, Trust: believed, Region: d.settings.Region, Signer: key, Clock: d.clock})
	if err != nil {
		return nil, fmt.Errorf("building the office for disputes: %w", err)
	}
	return office, nil
}

// contested opens the data directory for work on disputes.
func (o *desk) contested(ctx context.Context, c *console, work func(*deployment, *dispute.Office) error) error {
	return o.opened(ctx, c, func(d *deployment) error {
		office, err := d.disputes(func() *trust.Bundle { return d.bundle })
		if err != nil {
			return err
		}
		return disputeFailure(work(d, office))
	})
}

// disputeFailure gives what a person has to put right its reason and exit code.
func disputeFailure(err error) error {
	var none *dispute.NoAddressError
	if errors.As(err, &none) {
		return usage("dispute_no_address", fmt.Errorf("%w: call %s %s %s", err, none.Name, none.Telephone, none.Address))
	}
	for known, reason := range map[error]string{
		dispute.ErrNotFound: "dispute_not_found", dispute.ErrCheck: "check_not_found", dispute.ErrReused: "idempotency_key_reused",
		dispute.ErrIssuer: "dispute_issuer_unknown", dispute.ErrAnswered: "dispute_answered",
	} {
		if errors.Is(err, known) {
			return usage(reason, err)
		}
	}
	return err
}

func (c *console) disputeFileCommand() *cobra.Command {
	var o desk
	var order dispute.Order
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "file --data D --check ID --reason WORD --text TEXT --name NAME --telephone NUMBER",
		Short: "file a dispute about a license that was checked, with its issuer",
		Long: "The check must be on record here (POST /v1/verifications). The statement is signed and kept, and a server on\n" +
			"this data directory sends it, or: yizheng dispute send. Reasons:\n" + reasonList(),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.json = asJSON
			return o.contested(cmd.Context(), c, func(d *deployment, office *dispute.Office) error {
				v, err := d.store.Verification(cmd.Context(), order.Check)
				if err != nil {
					return err
				}
				order.Contact.Organisation, order.Actor = v.Organisation, atDesk
				if order.Key == "" {
					order.Key = rand.Text()
				}
				k, _, err := office.File(cmd.Context(), order)
				if err != nil {
					return err
				}
				c.showDispute(k)
				return nil
			})
		},
	}
	o.flags(cmd, true)
	f := cmd.Flags()
	f.StringVar(&order.Check, "check", "", "the check on record, by its id")
	f.StringVar(&order.Permit, "permit", "", "number of the permit that is contested (default: the license as a whole)")
	f.StringVar((*string)(&order.Reason), "reason", "", "what is contested, in one word of the list")
	f.StringVar(&order.Text, "text", "", "what is contested, in a sentence")
	f.StringVar(&order.Contact.Name, "name", "", "who can be asked")
	f.StringVar(&order.Contact.Telephone, "telephone", "", "at which number")
	f.StringVar(&order.Key, "key", "", "the same dispute under the same key is filed once (default: a new one)")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	for _, name := range []string{"check", "reason", "text", "name", "telephone"} {
		_ = cmd.MarkFlagRequired(name) // each is defined above
	}
	return cmd
}

func reasonList() (list string) {
	for _, r := range dispute.Reasons() {
		list += fmt.Sprintf("  %-17s %s %s\n", r, r.Words().ZH, r.Words().EN)
	}
	return list
}

func (c *console) disputeAnswerCommand() *cobra.Command {
	var o desk
	var r dispute.Reply
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "answer --data D ID --result upheld|rejected|mended --text TEXT",
		Short: "answer a dispute that was filed with this office; the answer is signed, and is not changed afterwards",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.json = asJSON
			return o.contested(cmd.Context(), c, func(d *deployment, office *dispute.Office) error {
				issuing, err := d.office()
				if err != nil {
					return err
				}
				r.By, r.Actor = issuing.Name, atDesk
				k, err := office.Answer(cmd.Context(), args[0], r)
				if err != nil {
					return err
				}
				c.showDispute(k)
				return nil
			})
		},
	}
	o.flags(cmd, true)
	cmd.Flags().StringVar((*string)(&r.Result), "result", "", "upheld, rejected or mended")
	cmd.Flags().StringVar(&r.Text, "text", "", "why, in a sentence")
	cmd.Flags().StringVar(&r.Act, "act", "", "the act that followed, where one did")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("result") // both are defined above
	_ = cmd.MarkFlagRequired("text")
	return cmd
}

func (c *console) disputeSendCommand() *cobra.Command {
	var o desk
	cmd := &cobra.Command{
		Use:   "send --data D",
		Short: "send what waits and ask for answers now, without a server",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.contested(cmd.Context(), c, func(d *deployment, office *dispute.Office) error {
				client, err := outward(fetchWithin, d.settings.Reach, d.settings.URL)
				if err != nil {
					return err
				}
				carrier, err := courier.New(courier.Config{Store: d.store, Trust: func() *trust.Bundle { return d.bundle },
					Client: client, Clock: d.clock, Log: c.logger(slog.LevelInfo)})
				if err != nil {
					return err
				}
				n, err := carrier.CarryAll(cmd.Context())
				if err != nil {
					return err
				}
				fmt.Fprintf(c.stdout, "%d sent or asked about\n", n)
				return nil
			})
		},
	}
	o.flags(cmd, true)
	return cmd
}
