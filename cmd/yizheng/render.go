package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"yizheng/issuer"
	"yizheng/license"
)

func (c *console) renderCommand() *cobra.Command {
	var o desk
	var id, format, out string
	cmd := &cobra.Command{
		Use:   "render --data DIR --license ID --format pdf|png|svg|txt --out FILE",
		Short: "write a license's document or code again, byte for byte the same",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.with(cmd.Context(), c, func(d *deployment) error {
				v, err := d.store.Version(cmd.Context(), id)
				if errors.Is(err, issuer.ErrNotFound) {
					v, err = d.store.Current(cmd.Context(), id)
				}
				if errors.Is(err, issuer.ErrNotFound) {
					return license.Faults{{Field: "license", Reason: "license_not_found", Message: fmt.Sprintf("there is no license %q here", id), MessageZH: "没有这张行业综合许可证"}}
				}
				if err != nil {
					return err
				}
				content, err := d.draw(cmd.Context(), format, v)
				if err != nil {
					return err
				}
				if out == "-" {
					_, err = c.stdout.Write(content)
					return err
				}
				return writeFile(out, content, 0o644)
			})
		},
	}
	o.flags(cmd, false)
	cmd.Flags().StringVar(&id, "license", "", "license identifier (of any version) or license number")
	cmd.Flags().StringVar(&format, "format", "pdf", "pdf, png, svg or txt")
	cmd.Flags().StringVar(&out, "out", "", "file to write, - for standard output")
	for _, name := range []string{"license", "out"} {
		_ = cmd.MarkFlagRequired(name) // each is defined above
	}
	return cmd
}
