package main

import (
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"yizheng/credential"
	"yizheng/keys"
	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
)

func (c *console) exportCommand() *cobra.Command {
	var o desk
	var id, as, out string
	var permits []string
	cmd := &cobra.Command{
		Use:   "export --data DIR --license ID --as vc|sd-jwt [--permit NUMBER …] [--out FILE]",
		Short: "export a license for the programs of others: a W3C Verifiable Credential or an SD-JWT VC",
		Long: "An export is verified by any library for these forms, with the keys that the server publishes at\n" +
			"/.well-known/jwt-vc-issuer. It is no license code: yizheng verify says so.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			form, err := credential.ParseForm(as)
			if err != nil {
				return usage("form", err)
			}
			return o.with(cmd.Context(), c, func(d *deployment) error {
				exporter, err := d.exporter()
				if err != nil {
					return err
				}
				v, err := d.version(cmd.Context(), id)
				if err != nil {
					return err
				}
				text, err := exporter.Export(form, v.License, d.clock(), permits...)
				if err != nil {
					return usage("export", fmt.Errorf("exporting %s: %w", v.License.Identifier, err))
				}
				if out == "-" {
					fmt.Fprintln(c.stdout, text)
					return nil
				}
				return writeFile(out, []byte(text), 0o644)
			})
		},
	}
	o.flags(cmd, true)
	f := cmd.Flags()
	f.StringVar(&id, "license", "", "license identifier (of any version) or license number")
	f.StringVar(&as, "as", "", "vc (W3C VC Data Model 2.0, vc+jwt) or sd-jwt (SD-JWT VC, dc+sd-jwt)")
	f.StringArrayVar(&permits, "permit", nil, "number of a permit that an sd-jwt discloses, all where none is given; may be repeated")
	f.StringVar(&out, "out", "-", "file to write, - for standard output")
	for _, name := range []string{"license", "as"} {
		_ = cmd.MarkFlagRequired(name) // each is defined above
	}
	return cmd
}

// exporter writes licenses for the programs of others.
func (d *deployment) exporter() (*credential.Exporter, error) {
	key, err := d.signer(keys.UseCredential)
	if err != nil {
		return nil, err
	}
	exporter, err := credential.New(credential.Config{
		Issuer: d.publicURL(), StatusBase: d.settings.statusBase(), Signer: key, Random: rand.Reader,
	})
	if err != nil {
		return nil, usage("keys", err)
	}
	return exporter, nil
}

// publicURL is where the public reaches the deployment, without a slash at the
// end.
func (d *deployment) publicURL() string { return strings.TrimSuffix(d.settings.codePrefix(), "/v/") }

// credentialKeys are those by which the exports of a region verify, the ended
// ones too: what they signed stays good.
func credentialKeys(bundle *trust.Bundle, region license.Region) []signature.PublicKey {
	var public []signature.PublicKey
	if own := bundle.IssuerOf(region); own != nil {
		for _, k := range own.Keys {
			if k.Use == trust.UseCredential {
				public = append(public, k.PublicKey)
			}
		}
	}
	return public
}
