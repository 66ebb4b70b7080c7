package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/templates"
)

// previewOutput is what preview prints.
type previewOutput struct {
	issuer.Draft
	File     string `json:"file"`
	Document string `json:"document,omitempty"` // where the specimen was written
}

func (c *console) previewCommand() *cobra.Command {
	var o desk
	var out, form, language string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "preview --data DIR [--out FILE.pdf] FILE.json",
		Short: "show what an application would become, and write nothing to the register (预览)",
		Long: "preview checks an application as issue does, says how large its code will be, and draws the\n" +
			"document as a specimen (样本) that carries no code and no seal. Nothing is reserved or recorded.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.json = asJSON
			return o.with(cmd.Context(), c, func(d *deployment) error {
				edition, err := templates.ParseEdition(form, language)
				if err != nil {
					return usage("edition", err)
				}
				apps, err := d.readApplications(args)
				if err != nil {
					return err
				}
				draft, err := d.issuer.Preview(cmd.Context(), apps[0])
				if err != nil {
					return inFiles(err, args)
				}
				shown := previewOutput{Draft: draft, File: args[0], Document: out}
				if shown.Warnings == nil {
					shown.Warnings = []catalog.Warning{}
				}
				if out != "" {
					specimen, err := d.press.Specimen(draft.License, edition)
					if err != nil {
						return err
					}
					if err := writeFile(out, specimen, 0o644); err != nil {
						return usage("out", err)
					}
				}
				c.showPreview(shown)
				return nil
			})
		},
	}
	o.flags(cmd, true)
	cmd.Flags().StringVar(&out, "out", "", "file for the specimen (PDF)")
	cmd.Flags().StringVar(&form, "form", "", "form of the specimen: original or duplicate")
	cmd.Flags().StringVar(&language, "language", "", "language of the specimen: zh, or zh-en for both")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (c *console) showPreview(p previewOutput) {
	if c.json {
		printJSON(c.stdout, p)
		return
	}
	l := p.License
	fmt.Fprintf(c.stdout, "%s  %s  %d 项许可 permits  QR %d-%s\n", printable(l.Holder.Name), l.Industry, len(l.Permits), p.Version, p.Level)
	for _, permit := range l.Permits {
		fmt.Fprintf(c.stdout, "  %s  %s  %s\n", printable(permit.Matter), printable(permit.Number), printable(permit.Authority))
	}
	if p.Existing != "" {
		fmt.Fprintf(c.stdout, "已有同样内容的证 A license with this very content is there: %s\n", p.Existing)
	}
	c.showWarnings(p.Warnings)
	if p.Document != "" {
		fmt.Fprintf(c.stdout, "  %s\n", p.Document)
	}
	fmt.Fprintln(c.stdout, "未写入任何记录。 Nothing was recorded.")
}

func (c *console) showWarnings(warnings []catalog.Warning) {
	for _, w := range warnings {
		fmt.Fprintf(c.stdout, "  ! %s: %s (%s)\n    %s\n", w.Field, w.Message, w.Reason, w.MessageZH)
	}
}
