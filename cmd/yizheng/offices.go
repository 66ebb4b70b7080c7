package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"yizheng/catalog"
	"yizheng/license"
	"yizheng/trust"
)

// officesFile is where init keeps the district's own offices, in its data
// directory.
const officesFile = "offices.json"

func (c *console) officesCommand() *cobra.Command {
	var region string
	cmd := &cobra.Command{
		Use:   "offices --region CODE",
		Short: "print a file of the district's offices to fill in for init (机关名录)",
		Long: "offices prints who is who in a district, as far as it is known here: the issuing office, its seal,\n" +
			"the departments and the ways to contest what they decide. Codes, addresses and telephones are empty.\n" +
			"Fill them in, check the names, and give the file to init --offices, and later to trust offices.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			blank, err := catalog.BlankOffices(license.Region(region))
			if err != nil {
				return usage("region_without_catalogue", err)
			}
			_, err = c.stdout.Write(blank)
			return err
		},
	}
	cmd.Flags().StringVar(&region, "region", "310105", "GB/T 2260 code of the district")
	return cmd
}

// catalogues loads the catalogue of a district with its own offices, if the
// file at path names them. Outside a demonstration they must be real.
func catalogues(region license.Region, path string, demonstration bool) (*catalog.Set, error) {
	set, err := catalog.Load(region)
	if err != nil {
		return nil, usage("region_without_catalogue", err)
	}
	if path != "" {
		offices, err := readOffices(path, region)
		if err != nil {
			return nil, err
		}
		if set, err = set.With(offices); err != nil {
			return nil, &failure{exit: exitUsage, file: path, reason: "offices", err: err}
		}
	}
	if demonstration {
		return set, nil
	}
	switch err := set.Adopted(); {
	case errors.Is(err, catalog.ErrMadeUp):
		return nil, usage("catalogue_made_up", fmt.Errorf("%w: no license that is worth anything can be issued by it; use --demonstration", err))
	case err != nil:
		return nil, usage("offices_made_up", fmt.Errorf("%w; write the real ones (yizheng offices --region %s > %s, fill it in, init --offices %s), or use --demonstration",
			err, region, officesFile, officesFile))
	}
	return set, nil
}

func readOffices(path string, region license.Region) (catalog.Offices, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return catalog.Offices{}, usage("offices", fmt.Errorf("reading the offices: %w", err))
	}
	offices, err := catalog.ParseOffices(raw, region)
	if err != nil {
		return catalog.Offices{}, &failure{exit: exitUsage, file: path, reason: "offices", err: err}
	}
	return offices, nil
}

// catalogues loads the catalogue that the data directory dir issues by.
func (s settings) catalogues(dir string) (*catalog.Set, error) {
	path := ""
	if s.Offices != "" {
		path = pathIn(dir, s.Offices)
	}
	return catalogues(s.Region, path, s.Demonstration)
}

// pathIn gives the place of a file that the settings of dir name: from dir,
// wherever the program was started.
func pathIn(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// checkOffice refuses an issuing office that the trust list states otherwise:
// what it issued would be genuine nowhere.
func checkOffice(entry *trust.Issuer, offices catalog.Offices, dir string) error {
	switch {
	case entry == nil:
		return usage("not_on_trust_list", fmt.Errorf("the trust list of %s does not name its own district", dir))
	case entry.Name != offices.Issuer.Name || entry.Code != offices.Issuer.Code || entry.TypeCode != offices.TypeCode:
		return usage("office_not_on_trust_list", fmt.Errorf("the trust list of %s names the office %s %s with type code %s, the offices %s %s with %s; see: yizheng trust offices --help",
			dir, entry.Name, entry.Code, entry.TypeCode, offices.Issuer.Name, offices.Issuer.Code, offices.TypeCode))
	}
	return nil
}
