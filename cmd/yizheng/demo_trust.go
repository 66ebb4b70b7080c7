package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"yizheng/license"
	"yizheng/trust"
	"yizheng/trust/root"
)

// demoSigners are the roots and delegates of the demonstration, each root
// before its delegates. Their folders are named after them.
func demoSigners() []root.Config {
	delta, shanghai, zhejiang, shenzhen := trust.Territory{"31", "32", "33", "34"}, trust.Territory{"31"}, trust.Territory{"33"}, trust.Territory{"4403"}
	all := []root.Config{
		{Name: "delta", Title: "长三角信任根(演示)", Territory: delta},
		{Name: "shanghai", Title: "上海市(演示)", Territory: shanghai, Under: "delta"},
		{Name: "zhejiang", Title: "浙江省(演示)", Territory: zhejiang, Under: "delta"},
		{Name: "shenzhen", Title: "深圳市信任根(演示)", Territory: shenzhen},
	}
	for i, c := range all {
		all[i].Days, all[i].Policy = 30, root.DefaultPolicy(c.Territory, c.Under != "")
	}
	return all
}

func (m *demo) rootDir(name string) string { return filepath.Join(m.dir, "roots", name) }

// makeSigners makes the folders that are missing, and opens all of them. A
// delegate is named by its root, and joins it.
func (m *demo) makeSigners() error {
	folders := make(map[string]*root.Folder)
	defer func() {
		for _, f := range folders {
			f.Close()
		}
	}()
	for _, c := range demoSigners() {
		dir := m.rootDir(c.Name)
		var f *root.Folder
		var err error
		if exists(dir) {
			f, err = root.Open(dir, nil)
		} else {
			f, err = root.Create(dir, c)
		}
		if err != nil {
			return fmt.Errorf("opening the root %s: %w", c.Name, err)
		}
		if folders[c.Name] = f; c.Under == "" {
			continue
		}
		request, err := os.ReadFile(filepath.Join(dir, "signer.json"))
		if err != nil {
			return fmt.Errorf("reading the request of %s: %w", c.Name, err)
		}
		if _, err := folders[c.Under].Delegate(request); err != nil {
			return fmt.Errorf("naming %s: %w", c.Name, err)
		}
	}
	return m.signAll(folders)
}

// signAll has everybody sign what has changed: roots first, so that their
// delegates learn that they were named.
func (m *demo) signAll(folders map[string]*root.Folder) error {
	for _, c := range demoSigners() {
		f := folders[c.Name]
		if c.Under != "" {
			above, err := folders[c.Under].Bundle().Marshal()
			if err == nil {
				err = f.Join(above)
			}
			if err != nil {
				return fmt.Errorf("bringing %s under its root: %w", c.Name, err)
			}
		}
		if err := f.Update(m.c.now()); err != nil {
			return fmt.Errorf("signing for %s: %w", c.Name, err)
		}
	}
	return nil
}

// makeDistricts makes the roots and the data directories that are missing,
// signs everything anew, and gives each district the documents of all.
func (m *demo) makeDistricts(ctx context.Context) error {
	if err := m.makeSigners(); err != nil {
		return err
	}
	for i, region := range demoRegions() {
		held, err := loadSettings(m.districtDir(region))
		if err == nil && held.URL != m.address(i) {
			return usage("other_address", fmt.Errorf("%s was made for %s, and codes carry that address: use the same --listen and --tls, or another --data", m.dir, held.URL))
		}
		if err == nil && exists(trustPath(m.districtDir(region))) {
			continue
		}
		err = initialise(ctx, initOptions{
			dir: m.districtDir(region), root: m.rootDir(signerOf(region)), url: m.address(i), region: region, demonstration: true, clock: m.c.now, log: m.log,
		})
		if err != nil {
			return fmt.Errorf("making district %s: %w", region, err)
		}
	}
	return m.spreadTrust()
}

// signerOf names the root or delegate that enrolls a region of the
// demonstration.
func signerOf(region license.Region) (name string) {
	for _, c := range demoSigners() {
		if c.Territory.Has(region) {
			name = c.Name // a delegate comes after its root
		}
	}
	return name
}

// spreadTrust gives each district what all have published, under both roots.
func (m *demo) spreadTrust() error {
	var roots []trust.AnchoredRoot
	var published [][]byte
	for _, c := range demoSigners() {
		f, err := root.Open(m.rootDir(c.Name), nil)
		if err != nil {
			return fmt.Errorf("opening the root %s: %w", c.Name, err)
		}
		if c.Under == "" {
			roots = append(roots, f.Bundle().Anchor.Roots...)
		}
		published = append(published, f.Bundle().Published())
		f.Close()
	}
	for _, region := range demoRegions() {
		bundle, err := root.Assemble(region, roots, published...)
		if err == nil && len(bundle.Faults) > 0 {
			err = bundle.Faults[0]
		}
		if err != nil {
			return fmt.Errorf("assembling what was published: %w", err)
		}
		if err := writeBundle(trustPath(m.districtDir(region)), bundle); err != nil {
			return err
		}
	}
	return nil
}
