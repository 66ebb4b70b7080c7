package main

import (
	"errors"

	"github.com/spf13/cobra"

	"yizheng/trust/root"
)

func (c *console) trustRotateCommand() *cobra.Command {
	var dir, passphraseFile string
	var public, online []string
	var count, threshold int
	var newOnline bool
	cmd := &cobra.Command{
		Use:   "rotate --root DIR (--keys N | --public FILE… | --new-online | --online FILE…)",
		Short: "give a root or delegate other keys, from its next document on",
		Long: "A root's next document then bears the signatures of old and new keys. A delegate signs its own documents\n" +
			"with both (trust update), and then hands its signer.json to its root once more (trust delegate).",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			f, err := openRoot(dir, passphraseFile)
			if err != nil {
				return err
			}
			defer f.Close()
			config := root.Config{Keys: count, Threshold: threshold, Days: f.Signer().Online.Days}
			if config.Passphrase, err = readPassphrase(passphraseFile); err != nil {
				return err
			}
			if config.Public, err = readPublicKeys(public); err != nil {
				return err
			}
			if config.Online, err = readPublicKeys(online); err != nil {
				return err
			}
			offline := count > 0 || len(public) > 0
			if !offline && !newOnline && len(online) == 0 {
				return usage("usage", errors.New("say which keys: --keys, --public, --new-online or --online"))
			}
			if offline {
				err = f.Rotate(config)
			}
			if err == nil && (newOnline || len(online) > 0) {
				err = f.RotateOnline(config)
			}
			if err != nil {
				return rootFailure(dir, err)
			}
			c.showNamed(f.Path(), f.Signer())
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&dir, "root", "", "folder of the root or delegate; required")
	f.StringArrayVar(&public, "public", nil, "public key of a holder, repeated for each")
	f.IntVar(&count, "keys", 0, "how many keys to make in the folder instead")
	f.IntVar(&threshold, "threshold", 0, "how many must sign (default: all but one)")
	f.StringArrayVar(&online, "online", nil, "public on-line key that lies elsewhere; may be repeated")
	f.BoolVar(&newOnline, "new-online", false, "make another on-line key in the folder")
	f.StringVar(&passphraseFile, "passphrase-file", "", "file with the passphrase of the keys")
	_ = cmd.MarkFlagRequired("root") // the flag is defined above
	return cmd
}
