package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"

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
			"Documents that were not made yet are made. The same licenses give the same archive.",
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

// readIdentifiers reads the licenses of a file, a line each: identifiers of
// any version, or numbers.
func readIdentifiers(path string) (map[string]bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, usage("file_unreadable", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	named := map[string]bool{}
	in := bufio.NewScanner(f)
	for in.Scan() {
		line := strings.TrimSpace(strings.TrimPrefix(in.Text(), "\uFEFF"))
		if id, err := license.ParseIdentifier(line); err == nil {
			line = id.Base()
		}
		if line != "" {
			named[line] = true
		}
		if len(named) > batch.MaxRows {
			return nil, usage("list", fmt.Errorf("%s names more than %d licenses", path, batch.MaxRows))
		}
	}
	if err := in.Err(); err != nil {
		return nil, usage("file_unreadable", err)
	}
	return named, nil
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

// listedAtOnce is how many licenses are read from the register at a time.
const listedAtOnce = 500

// listed gives every license that was not withdrawn.
func (d *deployment) listed(ctx context.Context) iter.Seq2[batch.Listed, error] {
	return func(yield func(batch.Listed, error) bool) {
		for after := ""; ; {
			found, err := d.store.After(ctx, after, listedAtOnce)
			if err != nil {
				yield(batch.Listed{}, err)
				return
			}
			for _, f := range found {
				after = f.Identifier
				id, err := license.ParseIdentifier(f.Identifier)
				if f.State != license.Valid && err == nil {
					continue
				}
				if !yield(batch.Listed{Identifier: id, Number: f.Number, Industry: f.Industry, IssuedAt: f.IssuedAt}, err) {
					return
				}
			}
			if len(found) < listedAtOnce {
				return
			}
		}
	}
}
