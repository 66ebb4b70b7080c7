package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"yizheng/keys"
)

func (c *console) keysImportCommand() *cobra.Command {
	var o desk
	var token tokenFlags
	var use, filePassphrase string
	cmd := &cobra.Command{
		Use:   "import (FILE | --pkcs11-module LIB --pkcs11-token T --pkcs11-key K --pkcs11-pin-file F) --data DIR --use USE",
		Short: "take in a key that was made elsewhere; it follows the one in use",
		Long: "FILE is a private key: PEM (PKCS#8, SEC 1), PKCS#8 in DER, PKCS#12, or a JWK. It must be its owner's alone. P-256,\n" +
			"Ed25519 and SM2 keys are taken. It is tested, and saved with the passphrase of the others; it waits in\n" +
			"DIR/keys/next until yizheng keys rotate brings it into use. Take FILE away afterwards.\n" +
			"Or the key stays in a hardware module or token (PKCS#11), and the folder has a file that stands for it.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			u, err := useFlag(use)
			if err != nil {
				return err
			}
			if token.given() == (len(args) == 1) {
				return usage("usage", errors.New("import takes either FILE or a key in a token"))
			}
			passphrase, err := o.keyFolder()
			if err != nil {
				return err
			}
			if token.given() {
				key, err := token.save(keys.NextPath(keysDir(o.data), u), u)
				if err = c.waits(o.data, u, key, err); err != nil {
					return err
				}
				return c.showNext(key)
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
	token.flags(cmd.Flags())
	cmd.Flags().StringVar(&use, "use", "", "license, status, presentation, record or credential; required")
	cmd.Flags().StringVar(&filePassphrase, "file-passphrase-file", "", "file with the passphrase that FILE is encrypted with")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("use") // the flag is defined above
	return cmd
}
