package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"yizheng/batch"
	"yizheng/catalog"
	"yizheng/license"
	"yizheng/templates"
)

func (c *console) batchExportCommand() *cobra.Command {
	var o desk
	var out, from, until, industry, list string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "export --data DIR --out FILE.zip",
		Short: "put the sealed documents of many licenses into a zip archive",
		Long: "Takes the current version of every license that was not withdrawn, or of those that the flags name.\n" +
			"Documents that were not made yet are made. Each stands in the folder of its industry, under number, version\n" +
			"and holder; the archive's last file lists them with their digests. The same licenses give the same archive.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.json = asJSON
			filter := batch.Filter{Industry: industry}
			var err error
			if filter.From, err = dayFlag("from", from); err != nil {
				return err
			}
			if filter.Until, err = dayFlag("until", until); err != nil {
				return err
			}
			if list != "" {
				if filter.Identifiers, err = readIdentifiers(list); err != nil {
					return err
				}
			}
			return c.inBatch(cmd.Context(), &o, func(d *deployment, _ *catalog.Catalogue) error {
				if err := d.press.seal.check(); err != nil {
					return err
				}
				return c.export(cmd.Context(), d, out, filter)
			})
		},
	}
	o.flags(cmd, true)
	f := cmd.Flags()
	f.StringVar(&out, "out", "", "archive to make")
	f.StringVar(&from, "from", "", "first day of issue, YYYY-MM-DD")
	f.StringVar(&until, "until", "", "last day of issue")
	f.StringVar(&industry, "industry", "", "of this industry alone")
	f.StringVar(&list, "list", "", "file with an identifier or a number of a license a line")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("out") // defined above
	return cmd
}

func dayFlag(name, s string) (license.Date, error) {
	if s == "" {
		return 0, nil
	}
	day, err := license.ParseDate(s)
	if err != nil {
		return 0, usage("usage", fmt.Errorf("--%s: %w", name, err))
	}
	return day, nil
}

// export writes the archive beside its place and moves it there when it is
// whole.
func (c *console) export(ctx context.Context, d *deployment, out string, filter batch.Filter) (err error) {
	if exists(out) {
		return usage("exists", fmt.Errorf("%s exists already", out))
	}
	f, err := os.CreateTemp(filepath.Dir(out), ".writing-*")
	if err != nil {
		return usage("out", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	document := func(ctx context.Context, identifier string) ([]byte, error) {
		v, err := d.store.Version(ctx, identifier)
		if err != nil {
			return nil, err
		}
		return d.press.Document(ctx, v, templates.Edition{})
	}
	buffer := bufio.NewWriterSize(f, 1<<20)
	count, err := batch.Export(ctx, buffer, d.listed(ctx), filter, runtime.NumCPU(), document, c.newBatchProgress().show)
	if err != nil {
		return err
	}
	if err := errors.Join(buffer.Flush(), f.Chmod(0o600), f.Sync()); err != nil {
		return fmt.Errorf("writing the archive: %w", err)
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("writing the archive: %w", err)
	}
	if err := os.Rename(f.Name(), out); err != nil {
		return fmt.Errorf("writing the archive: %w", err)
	}
	if c.json {
		printLine(c.stdout, map[string]any{"documents": count, "bytes": size, "file": out})
	} else {
		fmt.Fprintf(c.stdout, "%d 份 documents  %s\n", count, out)
	}
	return f.Close()
}
