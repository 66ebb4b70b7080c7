package main

import (
	"errors"

	"github.com/spf13/cobra"

	"yizheng/trust"
	"yizheng/trust/root"
)

func (c *console) trustCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "sign, show and explain what verifiers believe (信任清单)",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usage("usage", errors.New("say which, such as trust show or trust explain; trust --help lists them"))
		},
	}
	cmd.AddCommand(
		c.trustCreateCommand(), c.trustKeyCommand(), c.trustDelegateCommand(), c.trustJoinCommand(), c.trustRotateCommand(),
		c.trustPrepareCommand(), c.trustSignCommand(), c.trustCombineCommand(), c.trustCheckCommand(),
		c.trustPublishCommand(), c.trustRefreshCommand(), c.trustUpdateCommand(),
		c.trustAnchorCommand(), c.trustPinCommand(), c.trustFetchCommand(),
		c.trustKeysCommand(), c.trustSealCommand(), c.trustOfficesCommand(), c.trustShowCommand(), c.trustExplainCommand(),
	)
	return cmd
}

// maxTrustFile bounds a trust file.
const maxTrustFile = 64 << 20

// openRoot opens the folder of a root or a delegate; the caller closes it.
func openRoot(dir, passphraseFile string) (*root.Folder, error) {
	passphrase, err := readPassphrase(passphraseFile)
	if err != nil {
		return nil, err
	}
	f, err := root.Open(dir, passphrase)
	if err != nil {
		reason := "root_unreadable"
		if errors.Is(err, root.ErrLocked) {
			reason = "root_locked"
		}
		return nil, &failure{exit: exitUsage, file: dir, reason: reason, err: err}
	}
	return f, nil
}

// rootFailure tells what a folder refuses to do.
func rootFailure(dir string, err error) error {
	reason := "root_unsigned"
	var refused *trust.Error
	switch {
	case errors.Is(err, root.ErrKeys):
		reason = "root_keys"
	case errors.Is(err, root.ErrUnknown):
		reason = "root_not_named"
	case errors.As(err, &refused):
		reason = string(refused.Reason)
	}
	return &failure{exit: exitUsage, file: dir, reason: reason, err: err}
}
