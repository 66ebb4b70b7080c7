package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/templates"
)

func (c *console) holderCopyCommand() *cobra.Command {
	var o desk
	var id, recipient, purpose, until, out string
	cmd := &cobra.Command{
		Use:   "copy --data D --license ID --recipient TEXT --purpose TEXT --until DAY --out FILE.pdf|FILE.png",
		Short: "make a derived copy (加注件): for a stated recipient and purpose, void after its last day",
		Long: "The copy is made in the name of the issuing office; a holder makes its own at its link. Its code says whom it is\n" +
			"for, why and until when, under the issuer's signature; the PDF is sealed. It is not kept, but noted in the audit trail.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			kind := filepath.Ext(out)
			if kind != ".pdf" && kind != ".png" {
				return usage("out", fmt.Errorf("--out %s is neither a .pdf nor a .png", out))
			}
			return o.opened(cmd.Context(), c, func(d *deployment) error {
				v, err := d.store.Current(cmd.Context(), id)
				if errors.Is(err, issuer.ErrNotFound) {
					return usage("license_not_found", fmt.Errorf("there is no license %s", id))
				}
				if err != nil {
					return err
				}
				office, err := d.office()
				if err != nil {
					return err
				}
				w := holder.Wish{Recipient: recipient, Purpose: purpose, Maker: office.Name}
				if w.Until, err = license.ParseDate(until); err != nil {
					return usage("until", err)
				}
				presenter, err := d.presenter()
				if err != nil {
					return err
				}
				shown, err := presenter.Copy(v.Text, w)
				if err != nil {
					return err
				}
				drawn := templates.Copy{Recipient: w.Recipient, Purpose: w.Purpose, Until: w.Until, Maker: w.Maker, Made: shown.Made}
				var file []byte
				if kind == ".pdf" {
					file, err = d.press.Copy(cmd.Context(), v, shown.Text, drawn)
				} else {
					file, err = d.press.CopyPicture(v, shown.Text, drawn)
				}
				if err != nil {
					return err
				}
				if err := d.store.NoteCopy(cmd.Context(), v.License.Identifier.String(), atDesk, w, shown.Made); err != nil {
					return err
				}
				if err := writeFile(out, file, 0o644); err != nil {
					return err
				}
				fmt.Fprintf(c.stdout, "%s  %s  until %s\n  %s\n", v.License.Number, w.Recipient, w.Until, out)
				return nil
			})
		},
	}
	o.flags(cmd, true)
	f := cmd.Flags()
	f.StringVar(&id, "license", "", "license identifier (of any version) or license number")
	f.StringVar(&recipient, "recipient", "", "who is to have it")
	f.StringVar(&purpose, "purpose", "", "what for")
	f.StringVar(&until, "until", "", "last day on which it counts, YYYY-MM-DD")
	f.StringVar(&out, "out", "", "file to write: .pdf, sealed, or .png")
	for _, name := range []string{"license", "recipient", "purpose", "until", "out"} {
		_ = cmd.MarkFlagRequired(name) // each is defined above
	}
	return cmd
}
