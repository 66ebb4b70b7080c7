package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"yizheng/batch"
	"yizheng/catalog"
)

func (c *console) batchReissueCommand() *cobra.Command {
	var o desk
	var filter batch.Filter
	var list, result string
	var all, dryRun, asJSON bool
	var workers int
	cmd := &cobra.Command{
		Use:   "reissue --data DIR (--catalogue VERSION | --key ID | --list FILE | --all) --result FILE.csv",
		Short: "issue licenses anew under the catalogue in force and by the key in use",
		Long: "Makes a new version, with the same content, of each license that the flags name, unless its current version\n" +
			"is of the catalogue, the key and the dictionary of today; the version before is superseded. A run that was\n" +
			"stopped or killed goes on when the same command is given again, and no license gets two new versions.\n" +
			"What became of each is added to FILE.csv.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			c.json = asJSON
			if filter.KeyID == "" && filter.Catalogue == "" && list == "" && !all {
				return usage("usage", errors.New("say which: --catalogue, --key, --list or --all"))
			}
			if result == "" && !dryRun {
				return usage("usage", errors.New("--result names the file for what becomes of each; or give --dry-run"))
			}
			if list != "" {
				if filter.Identifiers, err = readIdentifiers(list); err != nil {
					return err
				}
			}
			if dryRun {
				return o.with(cmd.Context(), c, func(d *deployment) error { return c.countSelected(cmd.Context(), d, filter) })
			}
			return c.inBatch(cmd.Context(), &o, func(d *deployment, _ *catalog.Catalogue) error {
				return c.reissue(cmd.Context(), d, filter, workers, result)
			})
		},
	}
	o.flags(cmd, true)
	f := cmd.Flags()
	f.StringVar(&filter.Catalogue, "catalogue", "", "those that were issued under this version of the catalogue")
	f.StringVar(&filter.KeyID, "key", "", "those that were signed by the key of this id")
	f.StringVar(&filter.Industry, "industry", "", "of this industry alone")
	f.StringVar(&list, "list", "", "those in this file: an identifier or a number a line")
	f.BoolVar(&all, "all", false, "all")
	f.StringVar(&result, "result", "", "file to add to what becomes of each license")
	f.BoolVar(&dryRun, "dry-run", false, "only count the licenses that the flags name")
	f.IntVar(&workers, "workers", runtime.NumCPU(), "how many work at once")
	f.BoolVar(&asJSON, "json", false, "print events and the outcome as JSON, one a line")
	return cmd
}

// countSelected says how many licenses a selection has.
func (c *console) countSelected(ctx context.Context, d *deployment, f batch.Filter) error {
	count := 0
	for l, err := range d.listed(ctx) {
		if err != nil {
			return err
		}
		if f.Takes(l) {
			count++
		}
	}
	if c.json {
		printLine(c.stdout, map[string]int{"selected": count})
	} else {
		fmt.Fprintf(c.stdout, "%d 张 selected\n", count)
	}
	return nil
}

var reissueHeadings = []string{"number 行业综合许可证编号", "before 原证照标识", "identifier 证照标识", "text 二维码内容", "fault 未重新制发原因"}

// reissue carries a reissue out. Lines are written whole, so that a file that
// a crash has cut is added to after its last one.
func (c *console) reissue(ctx context.Context, d *deployment, f batch.Filter, workers int, result string) (err error) {
	file, err := os.OpenFile(result, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return usage("result", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("writing %s: %w", result, err)
	}
	buffer := bufio.NewWriter(file)
	out := csv.NewWriter(buffer)
	if size == 0 {
		_, _ = buffer.WriteString("\uFEFF") // Flush has its error
		err = out.Write(reissueHeadings)
	} else if last := make([]byte, 1); true {
		if _, err = file.ReadAt(last, size-1); err == nil && last[0] != '\n' {
			_, err = buffer.WriteString("\n")
		}
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", result, err)
	}
	o, ran := batch.Reissue(ctx, d.issuer, operator(), d.listed(ctx), f, workers, c.newBatchProgress().show, func(r batch.Reissued) error {
		line := []string{r.Before.Number, r.Before.Identifier.String(), "", "", ""}
		if len(r.Faults) > 0 {
			line[4] = r.Faults[0].Reason + ": " + r.Faults[0].Message + " " + r.Faults[0].MessageZH
		} else {
			line[2], line[3] = r.After.License.Identifier.String(), r.After.Text
		}
		return out.Write(line)
	})
	out.Flush()
	if err := errors.Join(out.Error(), buffer.Flush(), file.Sync()); err != nil {
		return errors.Join(ran, fmt.Errorf("writing %s: %w", result, err))
	}
	if ran != nil && !errors.Is(ran, batch.ErrStopped) {
		return ran
	}
	if c.json {
		printLine(c.stdout, o)
	} else {
		fmt.Fprintf(c.stdout, "%d 张 selected, %d 已重新制发 reissued, %d 无需重新制发 timely, %d 未办 refused\n  %s\n", o.Selected, o.Reissued, o.Timely, o.Refused, result)
	}
	switch {
	case ran != nil:
		return &failure{exit: exitInternal, reason: "interrupted", err: errors.New("stopped; give the same command again to go on")}
	case o.Refused > 0:
		return &failure{exit: exitFaults, reason: "rows_faulty", err: fmt.Errorf("%d licenses were not reissued: see %s; change them, or withdraw them", o.Refused, result)}
	}
	return nil
}
