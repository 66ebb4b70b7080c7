// Command generate writes the test vectors: one JSON file a case, and beside
// them the trust bundles and status lists that the cases name. It depends on
// nothing but this source — keys are made from their names, the clock stands —
// so the same source gives the same bytes.
//
//	go run ./testdata/vectors/generate -out testdata/vectors
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"yizheng/license"
	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

func main() {
	out := flag.String("out", "testdata/vectors", "folder to write to")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	g := &generator{out: out}
	for _, folder := range []string{"valid", "invalid", "as-of", "bundles", "bundles/files", "notices", "deltas", "trust", "lists"} {
		// What is no longer made must not stay.
		if err := os.RemoveAll(filepath.Join(out, folder)); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(out, folder), 0o755); err != nil {
			return err
		}
	}
	g.valid()
	g.invalidCodes()
	g.invalidTokens()
	g.invalidExports()
	g.invalidIssuers()
	g.invalidStates()
	g.remembered()
	g.invalidLists()
	g.invalidTrust()
	g.closings()
	g.statements()
	g.validFederation()
	g.invalidFederation()
	g.recognition()
	g.moments()
	g.bundles()
	g.notices()
	g.deltas()
	return errors.Join(g.errs...)
}

// generator writes files and gathers what goes wrong.
type generator struct {
	out  string
	errs []error
}

// file is one vector as it is written.
type file struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Text        string            `json:"text"`
	Trust       string            `json:"trust"`
	Status      []listFile        `json:"status"`
	Region      license.Region    `json:"region"`
	At          time.Time         `json:"at"`
	AsOf        time.Time         `json:"asOf,omitzero"`
	State       map[string]uint64 `json:"state,omitempty"`
	Expect      expectation       `json:"expect"`
	License     *license.License  `json:"license,omitempty"`
}

type listFile struct {
	File string `json:"file"`
	URI  string `json:"uri,omitempty"`
}

type expectation struct {
	Outcome      string           `json:"outcome,omitempty"`
	Check        string           `json:"check,omitempty"`
	Reason       string           `json:"reason,omitempty"`
	Permits      []expectedPermit `json:"permits,omitempty"`
	Warnings     []string         `json:"warnings,omitempty"`
	Presentation *expectedCheck   `json:"presentation,omitempty"`
	Faults       []expectedFault  `json:"faults,omitempty"`
	Trust        string           `json:"trust,omitempty"`
}

// expectedCheck is how the presentation check of a live code ends.
type expectedCheck struct {
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

type expectedPermit struct {
	State      license.State `json:"state"`
	Recognised bool          `json:"recognised"`
	Mode       trust.Mode    `json:"mode,omitempty"`
}

// expectedFault is a part of the bundle that must be left out.
type expectedFault struct {
	Signer string `json:"signer"`
	Part   string `json:"part"`
	Reason string `json:"reason"`
}

// draft is a case in the making. It begins as a valid license with a fresh
// list; a case changes what it is about.
type draft struct {
	g            *generator
	world        *verifiertest.World
	issuer       *verifiertest.Issuer
	license      *license.License
	region       license.Region
	trusted      time.Time
	listed       time.Time
	now          time.Time
	asOf         time.Time // the moment that is asked for; now where zero
	values       []status.Value
	state        map[string]uint64
	lists        []token // the default list where nil
	text         string  // the genuine code where empty
	permits      []expectedPermit
	warns        []string
	presentation *expectedCheck // of a static code where nil
	faults       []expectedFault
	bundle       func([]byte) []byte // changes the trust.json
}

type token struct {
	uri, token string
	part       bool // of a closing list
}

func (g *generator) draft() *draft {
	world, err := verifiertest.New()
	if err != nil {
		g.errs = append(g.errs, err)
		return nil
	}
	now := verifiertest.Now()
	d := &draft{g: g, world: world, region: "310105", trusted: now.Add(-time.Hour), listed: now.Add(-10 * time.Minute), now: now}
	d.by("310105", "restaurant-3-permits")
	return d
}

func (d *draft) by(region license.Region, name string) {
	d.issuer = d.world.Issuer(region)
	d.license = must(d, d.issuer.License, name)
}

// must calls f and notes its error.
func must[A, R any](d *draft, f func(A) (R, error), a A) R {
	r, err := f(a)
	if err != nil {
		d.g.errs = append(d.g.errs, err)
	}
	return r
}

// list signs the list of the license at d.listed.
func (d *draft) list(sequence uint64) string {
	s, err := d.issuer.List(d.license, sequence, d.listed, d.values...)
	if err != nil {
		d.g.errs = append(d.g.errs, err)
	}
	return s
}

// add makes a case and writes it.
func (g *generator) add(folder, name, description string, e expectation, change func(*draft)) {
	d := g.draft()
	if d == nil {
		return
	}
	change(d)
	if d.text == "" {
		d.text = must(d, d.issuer.Issue, d.license).Text(d.issuer.VerifyURL)
	}
	if d.lists == nil {
		d.lists = []token{{token: d.list(5)}}
	}
	bundle, err := d.world.Bundle(d.region, 7, d.trusted)
	if err != nil {
		g.errs = append(g.errs, fmt.Errorf("%s: %w", name, err))
		return
	}
	if d.bundle != nil {
		bundle = d.bundle(bundle)
	}
	f := file{
		Name: name, Description: description, Text: d.text,
		Trust: g.shared("trust", ".json", bundle), Region: d.region, At: d.now, AsOf: d.asOf, State: d.state, Expect: e,
		Status: []listFile{},
	}
	f.Expect.Presentation = d.presentation
	f.Expect.Permits, f.Expect.Warnings = d.permits, append([]string{}, d.warns...)
	f.Expect.Faults = d.faults
	for _, l := range d.lists {
		ending := ".jwt"
		if l.part {
			ending = ".bin"
		}
		f.Status = append(f.Status, listFile{File: g.shared("lists", ending, []byte(l.token)), URI: l.uri})
	}
	if folder == "valid" {
		f.License = d.license
		if f.Expect.Permits == nil {
			for range d.license.Permits {
				f.Expect.Permits = append(f.Expect.Permits, expectedPermit{State: license.Valid, Recognised: true})
			}
		}
	}
	g.writeCase(folder, name, f)
}

// writeCase writes one case.
func (g *generator) writeCase(folder, name string, f any) {
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		g.errs = append(g.errs, err)
		return
	}
	path := filepath.Join(folder, name+".json")
	if _, err := os.Stat(filepath.Join(g.out, path)); err == nil {
		g.errs = append(g.errs, fmt.Errorf("%s is made twice", path))
	}
	g.write(path, append(b, '\n'))
}

// shared writes a file that several cases may name, called by its hash.
func (g *generator) shared(folder, ending string, b []byte) string {
	sum := sha256.Sum256(b)
	path := filepath.Join(folder, hex.EncodeToString(sum[:6])+ending)
	g.write(path, b)
	return filepath.ToSlash(path)
}

func (g *generator) write(path string, b []byte) {
	if err := os.WriteFile(filepath.Join(g.out, path), b, 0o644); err != nil {
		g.errs = append(g.errs, err)
	}
}
