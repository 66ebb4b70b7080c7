package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"yizheng/catalog"
	"yizheng/license"
	"yizheng/trust"
)

// trustOfficesOptions are the flags of trust offices.
type trustOfficesOptions struct {
	root, region, offices, disputes, passphraseFile string
}

func (c *console) trustOfficesCommand() *cobra.Command {
	var o trustOfficesOptions
	cmd := &cobra.Command{
		Use:   "offices --root DIR --region CODE [--offices FILE] [--disputes ADDRESS]",
		Short: "list a district's offices anew: names, addresses, remedies (机关名录)",
		Long: "When an office moves, is renamed or is contested elsewhere, mend the district's file of offices,\n" +
			"list it here, sign with trust update, and put both files into the district's data directory\n" +
			"together. The issuing organ stays the one with the credit code that was enrolled. Departments\n" +
			"that the file does not name stay listed: older licenses name them.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.trustOffices(o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.root, "root", "", "root folder; required")
	f.StringVar(&o.region, "region", "", "region of the issuer; required")
	f.StringVar(&o.offices, "offices", "", "file of its offices")
	f.StringVar(&o.disputes, "disputes", "", "where disputes about its licenses are sent, https://…/disputes; none for nowhere")
	f.StringVar(&o.passphraseFile, "passphrase-file", "", "file with the passphrase of the root keys")
	return cmd
}

func (c *console) trustOffices(o trustOfficesOptions) error {
	if o.root == "" || o.region == "" || o.offices == "" && o.disputes == "" {
		return usage("usage", errors.New("--root DIR, --region CODE and one of --offices FILE and --disputes ADDRESS are required"))
	}
	r, err := openRoot(o.root, o.passphraseFile)
	if err != nil {
		return err
	}
	defer r.Close()
	i := slices.IndexFunc(r.Issuers(), func(issuer trust.Issuer) bool { return issuer.Region == license.Region(o.region) })
	if i < 0 {
		return usage("not_enrolled", fmt.Errorf("no issuer of region %s is enrolled in %s", o.region, o.root))
	}
	entry := r.Issuers()[i]
	var offices catalog.Offices
	if o.offices != "" {
		set, err := catalogues(entry.Region, o.offices, entry.Demonstration)
		if err != nil {
			return err
		}
		offices = set.Versions[len(set.Versions)-1].Offices
		setOffice(&entry, offices)
	}
	if o.disputes != "" {
		entry.Disputes = strings.TrimPrefix(o.disputes, "none")
	}
	if err := r.Replace(entry); err != nil {
		return usage("enrollment", err)
	}
	if err := r.Relist(offices.Authorities); err != nil {
		return usage("enrollment", err)
	}
	fmt.Fprintf(c.stdout, "%s  %s  %d 个部门 departments\n", entry.Region, printable(entry.Name), len(offices.Authorities))
	fmt.Fprintf(c.stdout, "下一步 next: yizheng trust update --root %s --out trust.json\n", printable(o.root))
	return nil
}

// setOffice states the issuing office in a district's entry. A name that it
// had stays known, for older licenses carry it.
func setOffice(entry *trust.Issuer, offices catalog.Offices) {
	if entry.Name != "" && !entry.Named(offices.Issuer.Name) {
		entry.FormerNames = append(slices.Clone(entry.FormerNames), entry.Name)
	}
	entry.Name, entry.Code, entry.TypeCode = offices.Issuer.Name, offices.Issuer.Code, offices.TypeCode
	entry.Address, entry.Telephone = offices.Issuer.Address, offices.Issuer.Telephone
}
