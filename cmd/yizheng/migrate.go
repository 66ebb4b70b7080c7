package main

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"yizheng/register"
)

func (c *console) migrateCommand() *cobra.Command {
	var data string
	var database postgresSettings
	cmd := &cobra.Command{
		Use:   "migrate --data D",
		Short: "bring the register of a data directory to this program's schema",
		Long: "migrate brings the register to this program's schema. Copy the data directory first: there is\n" +
			"no way back. A register that is up to date stays as it is.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(data)
			if err != nil {
				return err
			}
			if s, err = s.withDatabase(database); err != nil {
				return err
			}
			err = migrateRegister(cmd.Context(), data, s, c.logger(slog.LevelWarn))
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
	databaseFlags(cmd, &database)
	_ = cmd.MarkFlagRequired("data") // the flag is defined above
	return cmd
}
