package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"yizheng/issuer"
)

// desk is what the commands of the district service office share: the flags
// that open its data directory.
type desk struct {
	data, at, passphraseFile string
	database                 postgresSettings
}

func (o *desk) flags(cmd *cobra.Command, withClock bool) {
	o.optional(cmd, withClock)
	_ = cmd.MarkFlagRequired("data") // optional has just defined it
}

// optional defines the same flags for a command that may do without.
func (o *desk) optional(cmd *cobra.Command, withClock bool) {
	cmd.Flags().StringVar(&o.data, "data", "", "data directory, made by init")
	cmd.Flags().StringVar(&o.passphraseFile, "passphrase-file", "", "file with the passphrase of the keys")
	databaseFlags(cmd, &o.database)
	if withClock {
		cmd.Flags().StringVar(&o.at, "at", "", "RFC 3339 instant in place of the clock; demonstration directories only")
	}
}

// open opens the data directory for one command.
func (o *desk) open(ctx context.Context, c *console) (*deployment, error) {
	passphrase, err := readPassphrase(o.passphraseFile)
	if err != nil {
		return nil, err
	}
	return o.openBy(ctx, c, passphrase)
}

// openBy is open for who has read the passphrase: it may come through a pipe,
// once.
func (o *desk) openBy(ctx context.Context, c *console, passphrase []byte) (*deployment, error) {
	clock, err := o.clock(c)
	if err != nil {
		return nil, err
	}
	return openDeployment(ctx, o.data, o.database, clock, c.logger(slog.LevelWarn), passphrase)
}

// clock is the true one, or in a demonstration what stands for it.
func (o *desk) clock(c *console) (func() time.Time, error) {
	at, err := parseAt(o.at)
	if err != nil || at.IsZero() {
		return c.now, err
	}
	s, err := loadSettings(o.data)
	if err != nil {
		return nil, err
	}
	if !s.Demonstration {
		return nil, usage("at", errors.New("--at is for a data directory that was made with init --demonstration"))
	}
	return func() time.Time { return at }, nil
}

// with opens the data directory, does the work, publishes what it changed and
// closes it again.
func (o *desk) with(ctx context.Context, c *console, work func(*deployment) error) error {
	return o.opened(ctx, c, func(d *deployment) error {
		if err := work(d); err != nil {
			return err
		}
		return d.publish(ctx)
	})
}

// opened is with for what changes nothing that is published.
func (o *desk) opened(ctx context.Context, c *console, work func(*deployment) error) (err error) {
	d, err := o.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return work(d)
}

// operator is who acts at this desk: whoever may read the keys.
func operator() issuer.Actor { return issuer.Operator(atDesk) }

// atDesk is how the audit trail calls whoever acts at this desk.
const atDesk = "command line"
