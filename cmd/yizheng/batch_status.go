package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"yizheng/batch"
	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/license"
)

func (c *console) batchStatusCommand() *cobra.Command {
	var o desk
	var out, authority string
	var skipFaulty, validateOnly, asJSON bool
	var workers int
	cmd := &cobra.Command{
		Use:   "status --data DIR FILE.(csv|xlsx|jsonl)",
		Short: "suspend, reinstate, revoke, withdraw or cancel many permits",
		Long: "Each row names a license, a permit, an act (暂扣 suspend, 恢复 reinstate, 吊销 revoke, 撤销 withdraw,\n" +
			"注销 cancel) and its reason. All rows are looked at first, and nothing is done while one is faulty.\n" +
			"With --authority the file is that of one department, and permits of another one are faulty.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.json = asJSON
			file, err := openBatch(batch.OpenActs, args[0])
			if err != nil {
				return err
			}
			actor := operator()
			if authority != "" {
				actor = issuer.Department("command line", authority)
			}
			return c.inBatch(cmd.Context(), &o, func(d *deployment, current *catalog.Catalogue) error {
				run := &batch.Run{
					Config: batch.Config{Acts: d.issuer, Actor: actor, Catalogue: current, Today: license.DateOf(d.clock()),
						Workers: workers, Progress: c.newBatchProgress().show},
					File: file, Paths: batch.PathsIn(out, args[0]), SkipFaulty: skipFaulty, ValidateOnly: validateOnly,
				}
				return c.runBatch(cmd.Context(), run, "已处理 done")
			})
		},
	}
	o.flags(cmd, true)
	f := cmd.Flags()
	f.StringVar(&authority, "authority", "", "full name of the department whose acts these are")
	f.StringVar(&out, "out", "", "folder for results and faults; beside FILE when not given")
	f.BoolVar(&skipFaulty, "skip-faulty", false, "do the good rows though others are faulty")
	f.BoolVar(&validateOnly, "validate", false, "look at every row and do nothing")
	f.IntVar(&workers, "workers", runtime.NumCPU(), "how many work at once")
	f.BoolVar(&asJSON, "json", false, "print events and the outcome as JSON, one a line")
	return cmd
}
