package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// probeWithin is how long a node may take to say whether it is ready.
const probeWithin = 5 * time.Second

func (c *console) probeCommand() *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "probe [--address URL]",
		Short: "ask a node whether it is ready, for whoever has nothing else to ask with",
		Long:  "probe prints what /readyz says, and ends with 0 when the node is ready. A container has no other program.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			answer, ready, err := probe(cmd.Context(), address)
			if err != nil {
				return &failure{exit: exitInternal, reason: "not_ready", err: err}
			}
			fmt.Fprintln(c.stdout, strings.TrimSpace(answer))
			if !ready {
				return &failure{exit: exitInternal, reason: "not_ready", err: fmt.Errorf("%s is not ready", address)}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&address, "address", "http://127.0.0.1:8080", "where the node listens")
	return cmd
}

// probe asks /readyz.
func probe(ctx context.Context, address string) (answer string, ready bool, _ error) {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(address, "/")+"/readyz", nil)
	if err != nil {
		return "", false, usage("usage", err)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", false, err
	}
	defer func() { _ = got.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(got.Body, 64<<10))
	if err != nil {
		return "", false, fmt.Errorf("reading the answer: %w", err)
	}
	if !json.Valid(raw) {
		return "", false, fmt.Errorf("%s is no node: it answers %s", address, got.Status)
	}
	return string(raw), got.StatusCode == http.StatusOK, nil
}
