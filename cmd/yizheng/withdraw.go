package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"yizheng/issuer"
)

func (c *console) withdrawCommand() *cobra.Command {
	var o desk
	var id, reason, key string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "withdraw --data DIR --license ID --reason TEXT",
		Short: "withdraw a license; the permits beneath it stay in force",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.json = asJSON
			return o.with(cmd.Context(), c, func(d *deployment) error {
				withdrawn, err := d.issuer.Withdraw(cmd.Context(), id, reason, issuer.Order{Actor: operator(), Key: key})
				if err != nil {
					return err
				}
				if c.json {
					printJSON(c.stdout, map[string]any{
						"identifier": withdrawn.License.Identifier.String(), "number": withdrawn.License.Number,
						"state": withdrawn.State, "repeated": withdrawn.Repeated,
						"notice": withdrawn.Notice, "noticeZH": withdrawn.NoticeZH,
					})
					return nil
				}
				fmt.Fprintf(c.stdout, "%s is withdrawn.\n%s\n%s\n", withdrawn.License.Number, withdrawn.NoticeZH, withdrawn.Notice)
				return nil
			})
		},
	}
	o.flags(cmd, true)
	cmd.Flags().StringVar(&id, "license", "", "license identifier (of any version) or license number")
	cmd.Flags().StringVar(&reason, "reason", "", "why: goes into the audit trail and the filing")
	cmd.Flags().StringVar(&key, "idempotency-key", "", "another withdrawal under the same key is refused")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	for _, name := range []string{"license", "reason"} {
		_ = cmd.MarkFlagRequired(name) // each is defined above
	}
	return cmd
}
