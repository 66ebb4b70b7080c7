package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"yizheng/library"
)

func (c *console) libraryReconcileCommand() *cobra.Command {
	var at filingDesk
	var dry bool
	cmd := &cobra.Command{
		Use:   "reconcile --data D",
		Short: "compare the register with the library and queue what repairs the difference",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at.with(cmd.Context(), c, func(d *deployment, s librarySettings) error {
				client, err := newLibraryClient(s, d.dir)
				if err != nil {
					return err
				}
				found, err := library.Reconciler{Ledger: d.store, Library: client, Clock: d.clock, DryRun: dry}.Reconcile(cmd.Context())
				if err != nil {
					return fmt.Errorf("reconciling: %w", err)
				}
				office, err := d.office()
				if err != nil {
					return err
				}
				// A library serves many issuers: what is another's is not ours to know.
				found.Differences = slices.DeleteFunc(found.Differences, func(x library.Difference) bool {
					return x.Reason == library.DiffUnknown && !strings.Contains(x.License, "."+string(office.Code)+".")
				})
				if !dry {
					if err := passOver(cmd.Context(), d, found.Differences); err != nil {
						return err
					}
				}
				if c.json {
					printJSON(c.stdout, found)
					return nil
				}
				fmt.Fprintf(c.stdout, "compared %d, agreed %d, waiting for delivery %d, different %d\n", found.Compared, found.Agreed, found.Pending, len(found.Differences))
				for _, x := range found.Differences {
					fmt.Fprintf(c.stdout, "%s  %s: %s%s\n", x.License, x.Reason, x.Detail, map[bool]string{true: " (repair queued)"}[x.Queued])
				}
				return nil
			})
		},
	}
	at.flags(cmd)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only look")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

// passOver lets the register never give the serials of licenses that only the
// library knows: a register that came back from an old copy does not know them.
func passOver(ctx context.Context, d *deployment, differences []library.Difference) error {
	for n, x := range differences {
		if x.Reason != library.DiffUnknown {
			continue
		}
		serial := x.License[strings.LastIndexByte(x.License, '.')+1:]
		if len(serial) != 11 {
			continue // none of our form
		}
		year, errYear := strconv.Atoi(serial[:4])
		number, errNumber := strconv.Atoi(serial[4:])
		if errYear != nil || errNumber != nil {
			continue
		}
		news, err := d.store.PassedSerial(ctx, year, number)
		if err != nil {
			return err
		}
		if news {
			differences[n].Detail += "; its serial will not be given again"
		}
	}
	return nil
}
