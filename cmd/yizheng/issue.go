package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"yizheng/catalog"
	"yizheng/document"
	"yizheng/issuer"
	"yizheng/license"
)

// issuedOutput is what issue and change print of one license.
type issuedOutput struct {
	File       string            `json:"file"`
	Identifier string            `json:"identifier"`
	Number     string            `json:"number"`
	Version    int               `json:"version"`
	State      license.State     `json:"state"`
	Repeated   bool              `json:"repeated"` // it was there before, and nothing was issued now
	QR         qrOutput          `json:"qr"`
	Files      map[string]string `json:"files"` // by kind: pdf, png, svg, txt
	Warnings   []catalog.Warning `json:"warnings"`
	HolderLink string            `json:"holderLink,omitempty"` // told this once
}

type qrOutput struct {
	Version int    `json:"version"`
	Level   string `json:"level"`
	Text    string `json:"text"`
}

func (c *console) issueCommand() *cobra.Command {
	var o desk
	var out, key string
	var asJSON, withLinks bool
	cmd := &cobra.Command{
		Use:   "issue --data DIR --out DIR FILE.json…",
		Short: "issue a license for each application, all of them or none",
		Args:  cobra.MinimumNArgs(1),
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
				issued, err := d.issuer.Issue(cmd.Context(), apps, issuer.Order{Actor: operator(), Key: key})
				if err != nil {
					undo()
					return inFiles(err, args)
				}
				var links map[license.CreditCode]string
				if withLinks {
					if links, err = d.linksFor(cmd.Context(), issued); err != nil {
						return err
					}
				}
				return c.hand(cmd.Context(), d, out, args, issued, links)
			})
		},
	}
	o.flags(cmd, true)
	c.outputFlags(cmd, &out, &asJSON)
	cmd.Flags().BoolVar(&withLinks, "holder-links", false, "make a link for each holder who has none, to show the license by (亮证链接)")
	cmd.Flags().StringVar(&key, "idempotency-key", "", "the same key with the same files gives the same licenses")
	return cmd
}

func (c *console) outputFlags(cmd *cobra.Command, out *string, asJSON *bool) {
	cmd.Flags().StringVar(out, "out", "", "folder for the documents and codes")
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("out") // the flag is defined two lines above
}

// makeFolder makes the output folder before anything is issued, so that a path
// that cannot be written stops the command in time. undo takes it away again
// where it was made for nothing.
func makeFolder(dir string) (undo func(), _ error) {
	made := !exists(dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, usage("out", fmt.Errorf("making the output folder: %w", err))
	}
	return func() {
		if made {
			_ = os.Remove(dir) // a folder that something lies in stays
		}
	}, nil
}

// readApplications reads and checks every file, and gives all faults of all of
// them at once.
func (d *deployment) readApplications(files []string) ([]catalog.Application, error) {
	today := license.DateOf(d.clock())
	current, err := d.catalogue.On(today)
	if err != nil {
		return nil, usage("catalogue", err)
	}
	var apps []catalog.Application
	var all license.Faults
	for _, file := range files {
		raw, err := readCapped(file, catalog.MaxApplication+1)
		if err != nil {
			return nil, &failure{exit: exitUsage, file: file, reason: "file_unreadable", err: err}
		}
		app, faults, _ := current.CheckFile(raw, today)
		faults = append(faults, issuer.Unprintable(d.press.printer, app, faults)...)
		for _, f := range faults {
			f.File = file
			all = append(all, f)
		}
		apps = append(apps, app)
	}
	return apps, all.Err()
}

// readCapped reads at most limit bytes of a file: what is longer is refused
// further on, for its length.
func readCapped(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(f, limit))
	return raw, errors.Join(err, f.Close())
}

// inFiles names the file of each fault: with several applications a field
// begins with the place of its application.
func inFiles(err error, files []string) error {
	var faults license.Faults
	if !errors.As(err, &faults) {
		return err
	}
	named := make(license.Faults, len(faults))
	for i, f := range faults {
		f.File = files[0]
		var place int
		if n, _ := fmt.Sscanf(f.Field, "[%d]", &place); n == 1 && place >= 0 && place < len(files) {
			f.File = files[place]
			_, f.Field, _ = strings.Cut(f.Field, "]")
			f.Field = strings.TrimPrefix(f.Field, ".")
		}
		named[i] = f
	}
	return named
}

// hand writes the documents and codes of what was issued and says so, with the
// links that were made for their holders, if any.
func (c *console) hand(ctx context.Context, d *deployment, out string, files []string, issued []issuer.Issued, links map[license.CreditCode]string) error {
	outputs := make([]issuedOutput, 0, len(issued))
	for i, one := range issued {
		output, err := d.write(ctx, out, one)
		if err != nil {
			return err
		}
		output.File, output.HolderLink = files[i], links[one.License.Holder.CreditCode]
		outputs = append(outputs, output)
	}
	if c.json {
		printJSON(c.stdout, outputs)
		return nil
	}
	for _, o := range outputs {
		note := ""
		if o.Repeated {
			note = "  (已存在 issued before)"
		}
		fmt.Fprintf(c.stdout, "%s  %s  QR %d-%s%s\n", o.Number, o.Identifier, o.QR.Version, o.QR.Level, note)
		fmt.Fprintf(c.stdout, "  %s\n", o.Files["pdf"])
		if o.HolderLink != "" {
			fmt.Fprintf(c.stdout, "  亮证链接 holder link, shown this once: %s\n", o.HolderLink)
		}
		c.showWarnings(o.Warnings)
	}
	return nil
}

// stateOn is the state of a version with its permits' dates counted in, which
// is what a verifier says.
func stateOn(one issuer.Issued, day license.Date) license.State {
	if one.State != license.Valid {
		return one.State
	}
	states := make([]license.State, len(one.License.Permits))
	for i, permit := range one.License.Permits {
		if states[i] = one.Permits[i]; states[i] == license.Valid {
			states[i] = permit.StateOn(day)
		}
	}
	return license.Summary(states)
}

// write puts one license's document and code into the folder out.
func (d *deployment) write(ctx context.Context, out string, one issuer.Issued) (issuedOutput, error) {
	identifier := one.License.Identifier.String()
	o := issuedOutput{
		Identifier: identifier, Number: one.License.Number, Version: one.License.Identifier.Version,
		State: stateOn(one, license.DateOf(d.clock())), Repeated: one.Repeated, Warnings: one.Warnings, Files: make(map[string]string),
	}
	if o.Warnings == nil {
		o.Warnings = []catalog.Warning{}
	}
	symbol, err := document.Symbol(one.Text)
	if err != nil {
		return o, err
	}
	o.QR = qrOutput{Version: symbol.Version, Level: string(symbol.Level), Text: one.Text}
	for _, kind := range []string{"pdf", "png", "svg", "txt"} {
		content, err := d.face(ctx, face{format: kind}, issuer.Version{License: one.License, Text: one.Text})
		if err != nil {
			return o, err
		}
		path := filepath.Join(out, identifier+"."+kind)
		if err := writeFile(path, content, 0o644); err != nil {
			return o, err
		}
		o.Files[kind] = path
	}
	return o, nil
}
