package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"yizheng/batch"
	"yizheng/batch/sample"
	"yizheng/catalog"
	"yizheng/license"
)

func (c *console) batchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "batch",
		Short: "issue licenses from a file, and other work on many",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usage("usage", errors.New("say what to do: issue, status, reissue, export, template or sample"))
		},
	}
	cmd.AddCommand(c.batchIssueCommand(), c.batchStatusCommand(), c.batchReissueCommand(), c.batchExportCommand(), c.batchTemplateCommand(), c.batchSampleCommand())
	return cmd
}

func (c *console) batchIssueCommand() *cobra.Command {
	var o desk
	var out string
	var skipFaulty, validateOnly, documents, asJSON bool
	var workers int
	cmd := &cobra.Command{
		Use:   "issue --data DIR FILE.(csv|xlsx|jsonl)",
		Short: "issue a license for each row of a file, up to a million",
		Long: "Looks at every row first, and issues nothing while one is faulty: FILE.faults.csv says what is wrong,\n" +
			"and FILE.faulty.* holds the faulty rows alone, to be corrected and fed again. What became of each row\n" +
			"stands in FILE.result.csv. A run that was stopped or killed goes on when the same command is given again;\n" +
			"no row is issued twice.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.json = asJSON
			file, err := openBatch(batch.Open, args[0])
			if err != nil {
				return err
			}
			return c.inBatch(cmd.Context(), &o, func(d *deployment, current *catalog.Catalogue) error {
				if err := d.press.seal.check(); err != nil && documents {
					return err
				}
				progress := c.newBatchProgress()
				run := &batch.Run{
					Config: batch.Config{Issuer: d.issuer, Catalogue: current, Today: license.DateOf(d.clock()), Workers: workers, Progress: progress.show, Actor: operator()},
					File:   file, Paths: batch.PathsIn(out, args[0]),
					SkipFaulty: skipFaulty, ValidateOnly: validateOnly, Shuffle: rand.Shuffle,
				}
				if documents {
					run.Document = d.press.Render
				}
				return c.runBatch(cmd.Context(), run, "已制发 issued")
			})
		},
	}
	o.flags(cmd, true)
	f := cmd.Flags()
	f.StringVar(&out, "out", "", "folder for results and faults; beside FILE when not given")
	f.BoolVar(&skipFaulty, "skip-faulty", false, "issue the good rows though others are faulty")
	f.BoolVar(&validateOnly, "validate", false, "look at every row and issue nothing")
	f.BoolVar(&documents, "documents", false, "make the sealed documents at once, and not by the jobs of a server")
	f.IntVar(&workers, "workers", runtime.NumCPU(), "how many work at once")
	f.BoolVar(&asJSON, "json", false, "print events and the outcome as JSON, one a line")
	return cmd
}

// openBatch looks at a batch's file.
func openBatch(open func(string) (*batch.File, error), path string) (*batch.File, error) {
	file, err := open(path)
	var faults license.Faults
	if err != nil && !errors.As(err, &faults) {
		return nil, &failure{exit: exitUsage, file: path, reason: "file_unreadable", err: err}
	}
	return file, err
}

// inBatch opens the data directory for work that may be stopped on the way,
// and publishes what was done however it ended.
func (c *console) inBatch(ctx context.Context, o *desk, work func(*deployment, *catalog.Catalogue) error) error {
	if os.Getenv("GOGC") == "" {
		// It holds little and leaves much, so the garbage is collected half as
		// often as usual, for some forty megabytes more.
		defer debug.SetGCPercent(debug.SetGCPercent(200))
	}
	return o.opened(ctx, c, func(d *deployment) error {
		current, err := d.catalogue.On(license.DateOf(d.clock()))
		if err != nil {
			return usage("catalogue", err)
		}
		if err = work(d, current); err == nil {
			return d.publish(ctx)
		}
		return errors.Join(err, d.publish(context.WithoutCancel(ctx)))
	})
}

// batchOutput is what a batch prints at its end.
type batchOutput struct {
	batch.Outcome
	Result string `json:"result,omitempty"`
	Fault  string `json:"faultsFile,omitempty"`
	Faulty string `json:"faultyFile,omitempty"`
}

// runBatch carries a batch out and says how it ended; done is what has become
// of a row that is good.
func (c *console) runBatch(ctx context.Context, run *batch.Run, done string) error {
	p := run.Paths
	if _, err := makeFolder(filepath.Dir(p.State)); err != nil {
		return err
	}
	o, err := run.Do(ctx)
	output := batchOutput{Outcome: o}
	if exists(p.Result) {
		output.Result = p.Result
	}
	if o.Faults > 0 {
		output.Fault, output.Faulty = p.Faults, p.Faulty
	}
	if err == nil || errors.Is(err, batch.ErrFaulty) || errors.Is(err, batch.ErrStopped) {
		if c.json {
			printLine(c.stdout, output)
		} else {
			fmt.Fprintf(c.stdout, "%d 行 rows, %d 有问题 faulty, %d %s, %d 未办 refused\n", o.Rows, o.Faulty, o.Issued, done, o.Refused)
			for _, path := range nonEmpty(output.Result, output.Fault, output.Faulty) {
				fmt.Fprintf(c.stdout, "  %s\n", path)
			}
		}
	}
	switch {
	case errors.Is(err, batch.ErrFaulty):
		nothing := "nothing"
		if o.Before > 0 { // by an earlier run that skipped what was faulty
			nothing = "nothing more"
		}
		return &failure{exit: exitFaults, reason: "rows_faulty", err: fmt.Errorf(
			"%d of %d rows are faulty, and %s was done: correct them in the file and feed it again; or do the good rows with --skip-faulty, and feed %s when it is corrected", o.Faulty, o.Rows, nothing, p.Faulty)}
	case errors.Is(err, batch.ErrStopped):
		return &failure{exit: exitInternal, reason: "interrupted", err: errors.New("stopped; give the same command again to go on")}
	case errors.Is(err, batch.ErrRunning):
		return usage("batch_running", err)
	case err == nil && o.Refused > 0:
		return &failure{exit: exitFaults, reason: "rows_faulty", err: fmt.Errorf("%d rows were not done: see %s", o.Refused, p.Result)}
	}
	return err
}

func (c *console) batchTemplateCommand() *cobra.Command {
	var format, out, language string
	var acts bool
	cmd := &cobra.Command{
		Use:   "template --format csv|xlsx",
		Short: "print a table with the headings that batch reads",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) (err error) {
			if format != string(batch.CSV) && format != string(batch.XLSX) || language != "zh" && language != "en" {
				return usage("usage", errors.New("--format is csv or xlsx, --language zh or en"))
			}
			to := c.stdout
			if out != "" {
				f, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
				if err != nil {
					return usage("out", err)
				}
				defer func() { err = errors.Join(err, f.Close()) }()
				to = f
			}
			return batch.Template(to, batch.Format(format), acts, language == "en")
		},
	}
	cmd.Flags().StringVar(&format, "format", "csv", "csv or xlsx")
	cmd.Flags().StringVar(&out, "out", "", "file to make; standard output when not given")
	cmd.Flags().StringVar(&language, "language", "zh", "of the headings: zh or en; both are read")
	cmd.Flags().BoolVar(&acts, "status", false, "the table of batch status")
	return cmd
}

func (c *console) batchSampleCommand() *cobra.Command {
	var region, at, language string
	var rows int
	cmd := &cobra.Command{
		Use:   "sample --rows N FILE.(csv|xlsx|jsonl)",
		Short: "write made-up applications to try batch issue on",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			when, err := parseAt(at)
			if err != nil {
				return err
			}
			if when.IsZero() {
				when = c.now()
			}
			if language != "zh" && language != "en" {
				return usage("usage", errors.New("--language is zh or en"))
			}
			if rows < 1 || rows > sample.Most {
				return usage("usage", fmt.Errorf("--rows is 1 to %d", sample.Most))
			}
			set, err := catalog.Load(license.Region(region))
			if err != nil {
				return usage("region", err)
			}
			current, err := set.On(license.DateOf(when))
			if err != nil {
				return usage("region", err)
			}
			maker, err := sample.New(current)
			if err != nil {
				return usage("region", err)
			}
			dot := strings.LastIndexByte(args[0], '.')
			format := batch.Format(args[0][dot+1:])
			if format != batch.CSV && format != batch.XLSX && format != batch.JSONL {
				return usage("usage", errors.New("the name must end in .csv, .xlsx or .jsonl"))
			}
			return batch.Write(args[0], format, language == "en", maker.All(rows))
		},
	}
	cmd.Flags().StringVar(&region, "region", "310105", "region of the applications")
	cmd.Flags().IntVar(&rows, "rows", 1000, "how many")
	cmd.Flags().StringVar(&language, "language", "zh", "of a table's headings: zh or en")
	cmd.Flags().StringVar(&at, "at", "", "RFC 3339 instant in place of the clock")
	return cmd
}

// printLine prints v on one line, for programs that read a stream.
func printLine(w io.Writer, v any) {
	encoder := jsonEncoder(w)
	// What cannot be written has nowhere to be reported to.
	_ = encoder.Encode(v)
}
