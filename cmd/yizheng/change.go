package main

import (
	"github.com/spf13/cobra"

	"yizheng/issuer"
)

// changeCommand is change or renew: both take the whole new content and make a
// new version of the same license.
func (c *console) changeCommand(name, short string) *cobra.Command {
	var o desk
	var out, id, key string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   name + " --data DIR --license ID --out DIR FILE.json",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.json = asJSON
			return o.with(cmd.Context(), c, func(d *deployment) error {
				if err := d.press.seal.check(); err != nil {
					return err
				}
				apps, err := d.readApplications(args)
				if err != nil {
					return err
				}
				undo, err := makeFolder(out)
				if err != nil {
					return err
				}
				move := d.issuer.Change
				if name == "renew" {
					move = d.issuer.Renew
				}
				issued, err := move(cmd.Context(), id, apps[0], issuer.Order{Actor: operator(), Key: key})
				if err != nil {
					undo()
					return inFiles(err, args)
				}
				return c.hand(cmd.Context(), d, out, args, []issuer.Issued{issued}, nil)
			})
		},
	}
	o.flags(cmd, true)
	c.outputFlags(cmd, &out, &asJSON)
	cmd.Flags().StringVar(&id, "license", "", "license identifier (of any version) or license number")
	cmd.Flags().StringVar(&key, "idempotency-key", "", "the same key with the same file gives the same version")
	_ = cmd.MarkFlagRequired("license") // the flag is defined above
	return cmd
}
