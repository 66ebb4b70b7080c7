package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yizheng/library"
)

func (c *console) libraryServeCommand() *cobra.Command {
	var data, listen, tokenFile string
	cmd := &cobra.Command{
		Use:   "serve --data DIR",
		Short: "run a reference e-license library, for development and demonstrations",
		Long: "serve runs a reference e-license library. It is not the city's library: it takes filings\n" +
			"as that would, and refuses what that would refuse, so that filing can be tried out.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			log := c.logger(slog.LevelInfo)
			r, err := openReceiver(cmd.Context(), data, tokenFile, c.now, log)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, r.Close()) }()
			s, err := open(listen, r, nil, log)
			if err != nil {
				return err
			}
			log.Info("serving a reference e-license library, which is not the city's", "address", s.listener.Addr().String(), "open", tokenFile == "")
			return s.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "directory of the library's books, made when it is missing")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8089", "address to listen on")
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "file with the bearer token to ask for; none asks for none")
	_ = cmd.MarkFlagRequired("data") // the flag is defined above
	return cmd
}

func openReceiver(ctx context.Context, dir, tokenFile string, clock func() time.Time, log *slog.Logger) (*library.Receiver, error) {
	var token string
	if tokenFile != "" {
		raw, err := os.ReadFile(tokenFile)
		if err != nil {
			return nil, usage("library_token", fmt.Errorf("reading the token: %w", err))
		}
		if token = strings.TrimSpace(string(raw)); token == "" {
			return nil, usage("library_token", fmt.Errorf("%s is empty, which would let everybody in", tokenFile))
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, usage("data_directory", fmt.Errorf("making the library's directory: %w", err))
	}
	return library.NewReceiver(ctx, library.ReceiverConfig{Path: filepath.Join(dir, "library.db"), Token: token, Clock: clock, Log: log})
}
