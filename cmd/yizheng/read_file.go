package main

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"yizheng/api"
	"yizheng/scan/apart"
)

// readFile is the command that a process of ours is started with to read a file.
const readFile = "read-file"

func (c *console) readFileCommand() *cobra.Command {
	return &cobra.Command{
		Use:    readFile,
		Short:  "read the codes of a picture or document from standard input, for the other commands",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := apart.Serve(c.stdin, c.stdout); err != nil {
				return &failure{exit: exitInternal, reason: "internal", err: err}
			}
			return nil
		},
	}
}

// readingApart has files read by a process of this program.
func readingApart(log *slog.Logger) (api.Reader, error) {
	program, err := apart.Self()
	if err != nil {
		return nil, fmt.Errorf("preparing to read files: %w", err)
	}
	return apart.Reader{Program: program, Args: []string{"yizheng", readFile}, Log: log}.Read, nil
}
