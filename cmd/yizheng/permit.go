package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"yizheng/issuer"
	"yizheng/license"
)

func (c *console) permitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "permit",
		Short: "suspend, reinstate, revoke, withdraw or cancel one permit",
		Long:  "Acts on one permit, on behalf of the department that granted it. The other permits of the license stand.",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usage("usage", fmt.Errorf("say what to do: suspend, reinstate, revoke, withdraw or cancel"))
		},
	}
	for _, act := range []struct {
		act   issuer.Act
		short string
	}{
		{issuer.Suspend, "suspend a permit (暂扣)"},
		{issuer.Reinstate, "reinstate a suspended permit (恢复)"},
		{issuer.Revoke, "revoke a permit (吊销)"},
		{issuer.Rescind, "withdraw a permit (撤销)"},
		{issuer.Cancel, "cancel a permit (注销)"},
	} {
		cmd.AddCommand(c.actCommand(act.act, act.short))
	}
	return cmd
}

// actOutput is what an act on a permit prints.
type actOutput struct {
	Identifier string        `json:"identifier"`
	Permit     string        `json:"permit"`
	Matter     string        `json:"matter"`
	Authority  string        `json:"authority"`
	State      license.State `json:"state"`
	Repeated   bool          `json:"repeated"`
}

func (c *console) actCommand(act issuer.Act, short string) *cobra.Command {
	var o desk
	var id, number, reason, key string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   string(act) + " --data DIR --license ID --permit NUMBER --reason TEXT",
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.json = asJSON
			return o.with(cmd.Context(), c, func(d *deployment) error {
				acted, err := d.issuer.SetPermit(cmd.Context(), id, number, act, reason, issuer.Order{Actor: operator(), Key: key})
				if err != nil {
					return err
				}
				if c.json {
					printJSON(c.stdout, actOutput{
						Identifier: acted.License.Identifier.String(), Permit: acted.Permit.Number, Matter: acted.Permit.Matter,
						Authority: acted.Permit.Authority, State: acted.State, Repeated: acted.Repeated,
					})
					return nil
				}
				fmt.Fprintf(c.stdout, "%s %s is now %s on %s.\n", acted.Permit.Matter, acted.Permit.Number, acted.State, acted.License.Number)
				return nil
			})
		},
	}
	o.flags(cmd, true)
	f := cmd.Flags()
	f.StringVar(&id, "license", "", "license identifier (of any version) or license number")
	f.StringVar(&number, "permit", "", "permit number")
	f.StringVar(&reason, "reason", "", "why: goes into the audit trail and the filing")
	f.StringVar(&key, "idempotency-key", "", "the same key again does nothing more, whatever was done since")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	for _, name := range []string{"license", "permit", "reason"} {
		_ = cmd.MarkFlagRequired(name) // each is defined above
	}
	return cmd
}
