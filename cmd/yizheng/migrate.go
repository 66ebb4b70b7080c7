package main

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"yizheng/library"
	"yizheng/register"
)

func (c *console) migrateCommand() *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "migrate --data D",
		Short: "bring the register of a data directory to this program's schema",
		Long: "migrate brings the register to this program's schema. Copy the data directory first: there is\n" +
			"no way back. A register that is up to date stays as it is.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := loadSettings(data); err != nil {
				return err
			}
			queue, err := library.NewQueue(c.logger(slog.LevelWarn))
			if err != nil {
				return fmt.Errorf("making the queue: %w", err)
			}
			err = register.Migrate(cmd.Context(), registerPath(data), register.Config{Queue: queue})
			switch {
			case errors.Is(err, register.ErrNewer), errors.Is(err, register.ErrMissing):
				return usage("register", err)
			case err != nil:
				return fmt.Errorf("migrating: %w", err)
			}
			fmt.Fprintln(c.stdout, "the register is up to date")
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "data directory, made by init")
	_ = cmd.MarkFlagRequired("data") // the flag is defined above
	return cmd
}
