package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"yizheng/trust/root"
)

func (c *console) trustKeysCommand() *cobra.Command {
	var dir, passphraseFile string
	cmd := &cobra.Command{
		Use:   "keys FILE --root DIR",
		Short: "give a district's entry the keys that it asks for: next ones, retired ones, closed ones",
		Long: "FILE is the request that yizheng keys rotate, retire, compromise or close has written. What it changes is\n" +
			"printed: compare it with the district over another way. One that was made from other keys than those of today is\n" +
			"refused: let the district run its command again. The next trust update, or trust prepare list, signs it.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			raw, err := readLimited(args[0], maxTrustFile)
			if err != nil {
				return err
			}
			request, err := root.ParseKeyRequest(raw)
			if err != nil {
				return &failure{exit: exitUsage, file: args[0], reason: "key_request", err: err}
			}
			f, err := openRoot(dir, passphraseFile)
			if err != nil {
				return err
			}
			defer f.Close()
			changes, err := f.Rekey(request)
			if errors.Is(err, root.ErrStale) {
				return &failure{exit: exitUsage, file: args[0], reason: "request_stale", err: err}
			}
			if err != nil {
				return usage("enrollment", err)
			}
			if len(changes) == 0 {
				fmt.Fprintln(c.stdout, "无变化 nothing changes")
				return nil
			}
			for _, change := range changes {
				fmt.Fprintf(c.stdout, "  %s\n", printable(change))
			}
			fmt.Fprintf(c.stdout, "下一步 next: yizheng trust update --root %s --out trust.json\n", printable(dir))
			fmt.Fprintf(c.stdout, "  或 or, with several holders: yizheng trust prepare list --root %s --out list.json\n", printable(dir))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "root", "", "folder of the root or delegate; required")
	cmd.Flags().StringVar(&passphraseFile, "passphrase-file", "", "file with the passphrase of the root keys")
	_ = cmd.MarkFlagRequired("root") // the flag is defined above
	return cmd
}
