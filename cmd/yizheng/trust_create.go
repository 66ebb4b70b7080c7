package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"yizheng/signature"
	"yizheng/trust"
	"yizheng/trust/root"
)

// trustCreateOptions are the flags of trust create.
type trustCreateOptions struct {
	root, name, title, under, passphraseFile string
	territory, public, online                []string
	keys, threshold, days                    int
}

func (c *console) trustCreateCommand() *cobra.Command {
	var o trustCreateOptions
	cmd := &cobra.Command{
		Use:   "create --root DIR --name NAME --title TEXT --territory CODE",
		Short: "make the folder of a root, or of a delegate that a root is to name (信任根、受托方)",
		Long: "create makes a folder for what a root or delegate is about to sign. Without --public it makes the keys\n" +
			"too, in the folder: good for trying. In earnest each holder makes a key of his own (trust key) and hands\n" +
			"over its public half; likewise the on-line key, which lies on the machine that serves.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.trustCreate(o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.root, "root", "", "folder to make; required")
	f.StringVar(&o.name, "name", "", "name: small letters, digits and hyphens; required")
	f.StringVar(&o.title, "title", "", "what people call it; required")
	f.StringArrayVar(&o.territory, "territory", nil, "prefix of the region codes that it speaks for, such as 31 or 3304; may be repeated; required")
	f.StringVar(&o.under, "under", "", "name of the root whose delegate it is to be (default: it is a root)")
	f.StringArrayVar(&o.public, "public", nil, "public key of a holder, made by trust key; repeated for each")
	f.StringArrayVar(&o.online, "online", nil, "public on-line key that lies elsewhere; may be repeated")
	f.IntVar(&o.keys, "keys", 3, "how many keys to make, without --public")
	f.IntVar(&o.threshold, "threshold", 0, "how many of the keys must sign (default: all but one)")
	f.IntVar(&o.days, "days", 7, "for how many days an on-line statement counts at most, up to 30")
	f.StringVar(&o.passphraseFile, "passphrase-file", "", "file with a passphrase that encrypts the keys that are made")
	return cmd
}

func (c *console) trustCreate(o trustCreateOptions) error {
	if o.root == "" || o.name == "" || o.title == "" || len(o.territory) == 0 {
		return usage("usage", errors.New("--root DIR, --name, --title and --territory are required"))
	}
	config := root.Config{
		Name: o.name, Title: o.title, Territory: slices.Sorted(slices.Values(o.territory)), Under: o.under,
		Keys: o.keys, Threshold: o.threshold, Days: o.days,
	}
	config.Policy = root.DefaultPolicy(config.Territory, o.under != "")
	var err error
	if config.Passphrase, err = readPassphrase(o.passphraseFile); err != nil {
		return err
	}
	if config.Public, err = readPublicKeys(o.public); err != nil {
		return err
	}
	if config.Online, err = readPublicKeys(o.online); err != nil {
		return err
	}
	f, err := root.Create(o.root, config)
	if err != nil {
		if errors.Is(err, os.ErrExist) {
			return usage("exists", err)
		}
		return usage("root", err)
	}
	defer f.Close()
	s := f.Signer()
	fmt.Fprintf(c.stdout, "%s  %s  %s\n", f.Path(), printable(s.Title), printable(o.root))
	fmt.Fprintf(c.stdout, "  %d 把密钥中须有 %d 把签名 %d of %d keys must sign\n", len(s.Keys), s.Threshold, s.Threshold, len(s.Keys))
	if o.under != "" {
		fmt.Fprintf(c.stdout, "下一步 next: yizheng trust delegate --root FOLDER-OF-%s %s\n", o.under, printable(filepath.Join(o.root, "signer.json")))
	}
	return nil
}

// readPublicKeys reads the public halves that trust key has written.
func readPublicKeys(paths []string) (public []signature.PublicKey, _ error) {
	for _, path := range paths {
		raw, err := readLimited(path, 1<<16)
		if err != nil {
			return nil, err
		}
		var k signature.PublicKey
		if err := json.Unmarshal(raw, &k); err != nil {
			return nil, &failure{exit: exitUsage, file: path, reason: "public_key", err: fmt.Errorf("reading a public key: %w", err)}
		}
		public = append(public, k)
	}
	return public, nil
}

// trustDelegateOptions are the flags of trust delegate.
type trustDelegateOptions struct{ root, remove, passphraseFile string }

func (c *console) trustDelegateCommand() *cobra.Command {
	var o trustDelegateOptions
	cmd := &cobra.Command{
		Use:   "delegate --root DIR REQUEST",
		Short: "name a delegate in the root's next document, or name it anew with other keys",
		Long: "REQUEST is the signer.json of the delegate's folder. Compare its keys with what the delegate says by another\n" +
			"way, then sign the root document (trust update, or trust prepare root). --remove takes a delegate out.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return c.trustDelegate(o, args) },
	}
	cmd.Flags().StringVar(&o.root, "root", "", "folder of the root; required")
	cmd.Flags().StringVar(&o.remove, "remove", "", "name of a delegate that the root is to name no more")
	cmd.Flags().StringVar(&o.passphraseFile, "passphrase-file", "", "file with the passphrase of the keys")
	return cmd
}

func (c *console) trustDelegate(o trustDelegateOptions, args []string) error {
	if o.root == "" || (len(args) == 0) == (o.remove == "") {
		return usage("usage", errors.New("--root DIR and either REQUEST or --remove NAME are required"))
	}
	f, err := openRoot(o.root, o.passphraseFile)
	if err != nil {
		return err
	}
	defer f.Close()
	if o.remove != "" {
		if err := f.Dismiss(o.remove); err != nil {
			return usage("delegate", err)
		}
	} else {
		raw, err := readLimited(args[0], 1<<20)
		if err != nil {
			return err
		}
		if _, err := f.Delegate(raw); err != nil {
			return &failure{exit: exitUsage, file: args[0], reason: "delegate", err: err}
		}
	}
	for _, d := range f.Delegates() {
		c.showNamed(f.Signer().Name+"/"+d.Name, d)
	}
	return nil
}

// showNamed prints what a root document is to say of a signer.
func (c *console) showNamed(path string, s trust.Signer) {
	fmt.Fprintf(c.stdout, "%s  %s\n", path, printable(s.Title))
	showField(c.stdout, words{"辖区", "territory"}, fmt.Sprint(s.Territory))
	showField(c.stdout, words{"密钥", "keys"}, fmt.Sprintf("%v, %d 个签名 must sign", keyIDs(s.Keys), s.Threshold))
	showField(c.stdout, words{"联机密钥", "on-line"}, fmt.Sprintf("%v, 至多 at most %d 天 days", keyIDs(s.Online.Keys), s.Online.Days))
}

// trustJoinOptions are the flags of trust join.
type trustJoinOptions struct{ root, trust, passphraseFile string }

func (c *console) trustJoinCommand() *cobra.Command {
	var o trustJoinOptions
	cmd := &cobra.Command{
		Use:   "join --root DIR --trust FILE",
		Short: "give a delegate's folder the trust file of the root that has named it",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if o.root == "" || o.trust == "" {
				return usage("usage", errors.New("--root DIR and --trust FILE are required"))
			}
			f, err := openRoot(o.root, o.passphraseFile)
			if err != nil {
				return err
			}
			defer f.Close()
			raw, err := readLimited(o.trust, maxTrustFile)
			if err != nil {
				return err
			}
			if err := f.Join(raw); err != nil {
				return rootFailure(o.trust, err)
			}
			fmt.Fprintf(c.stdout, "%s  %s\n", f.Path(), printable(f.Bundle().Of(f.Path()).Signer.Title))
			return nil
		},
	}
	cmd.Flags().StringVar(&o.root, "root", "", "folder of the delegate; required")
	cmd.Flags().StringVar(&o.trust, "trust", "", "trust file that the root handed over, with its anchor; required")
	cmd.Flags().StringVar(&o.passphraseFile, "passphrase-file", "", "file with the passphrase of the keys")
	return cmd
}
