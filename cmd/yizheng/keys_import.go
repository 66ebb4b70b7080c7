package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"yizheng/keys"
)

func (c *console) keysImportCommand() *cobra.Command {
	var o desk
	var use, filePassphrase string
	cmd := &cobra.Command{
		Use:   "import FILE --data DIR --use USE",
		Short: "take in a key that was made elsewhere; it follows the one in use",
		Long: "FILE is a private key: PEM (PKCS#8, SEC 1), PKCS#8 in DER, PKCS#12, or a JWK. It must be its owner's alone. P-256,\n" +
			"Ed25519 and SM2 keys are taken. It is tested, and saved with the passphrase of the others; it waits in\n" +
			"DIR/keys/next until yizheng keys rotate brings it into use. Take FILE away afterwards.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			u, err := useFlag(use)
			if err != nil {
				return err
			}
			passphrase, err := o.keyFolder()
			if err != nil {
				return err
			}
			inner, err := readPassphrase(filePassphrase)
			if err != nil {
				return err
			}
			key, err := keys.Import(args[0], u, inner)
			if errors.Is(err, keys.ErrPassphrase) {
				err = fmt.Errorf("%w: give it with --file-passphrase-file", err)
			}
			if err != nil {
				return &failure{exit: exitUsage, file: args[0], reason: "key_unreadable", err: err}
			}
			if err := c.putNext(o.data, key, passphrase); err != nil {
				return err
			}
			return c.showNext(key)
		},
	}
	o.flags(cmd, false)
	cmd.Flags().StringVar(&use, "use", "", "license, status, presentation, record or credential; required")
	cmd.Flags().StringVar(&filePassphrase, "file-passphrase-file", "", "file with the passphrase that FILE is encrypted with")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("use") // the flag is defined above
	return cmd
}
