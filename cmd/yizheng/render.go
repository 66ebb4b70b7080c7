package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"yizheng/issuer"
	"yizheng/license"
	"yizheng/templates"
)

func (c *console) renderCommand() *cobra.Command {
	var o desk
	var id, out string
	var asked face
	cmd := &cobra.Command{
		Use:   "render --data DIR --license ID [--what document|code|face|card|counter] [--format pdf|svg|png|txt] --out FILE",
		Short: "write a license's document, its code or another face again, byte for byte the same",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.with(cmd.Context(), c, func(d *deployment) error {
				v, err := d.version(cmd.Context(), id)
				if err != nil {
					return err
				}
				content, err := d.face(cmd.Context(), asked, v)
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
	cmd.Flags().StringVar(&asked.what, "what", "", "document (sealed), code, face (its first page), card (for the lock screen of a telephone) or counter (a sign, A6); where not given, what the format is usual for")
	cmd.Flags().StringVar(&asked.format, "format", "", "pdf for document and counter; svg, png or txt for code; svg or png for face; png for card; where not given, the first of these")
	cmd.Flags().StringVar(&asked.form, "form", "", "form of the document or its face: original (正本, A4 landscape with its annex) or duplicate (副本, A4 portrait)")
	cmd.Flags().StringVar(&asked.language, "language", "", "language of the document or its face: zh, or zh-en for both")
	cmd.Flags().IntVar(&asked.width, "width", templates.UsualFace, "pixels that a face as png is wide")
	cmd.Flags().StringVar(&out, "out", "", "file to write, - for standard output")
	for _, name := range []string{"license", "out"} {
		_ = cmd.MarkFlagRequired(name) // each is defined above
	}
	return cmd
}

// version finds a version: that very one by its full identifier, else the
// newest of the license.
func (d *deployment) version(ctx context.Context, id string) (issuer.Version, error) {
	v, err := d.store.Version(ctx, id)
	if errors.Is(err, issuer.ErrNotFound) {
		v, err = d.store.Current(ctx, id)
	}
	if errors.Is(err, issuer.ErrNotFound) {
		return v, license.Faults{{Field: "license", Reason: "license_not_found", Message: fmt.Sprintf("there is no license %q here", id), MessageZH: "没有这张行业综合许可证"}}
	}
	return v, err
}
