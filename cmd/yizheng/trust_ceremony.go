package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"yizheng/keys"
	"yizheng/signature"
	"yizheng/trust/root"
)

func (c *console) trustKeyCommand() *cobra.Command {
	var out, passphraseFile string
	var online bool
	var token tokenFlags
	cmd := &cobra.Command{
		Use:   "key --out FILE",
		Short: "make a root holder's key, or an on-line key, and its public half in FILE.pub",
		Long: "With --pkcs11-… the key lies in a hardware module or token already, and FILE stands for it: trust sign --key FILE,\n" +
			"trust refresh --key FILE and the rest take it like any other.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			passphrase, err := readPassphrase(passphraseFile)
			if err != nil {
				return err
			}
			use := keys.UseRoot
			if online {
				use = keys.UseOnline
			}
			k, err := makeKey(out, use, token, passphrase)
			if err != nil {
				return usage("key", err)
			}
			public, err := json.MarshalIndent(k.PublicKey(), "", "  ")
			if err != nil {
				return fmt.Errorf("writing the public half: %w", err)
			}
			if err := writeFile(out+".pub", append(public, '\n'), 0o644); err != nil {
				return usage("out_unwritable", err)
			}
			fmt.Fprintf(c.stdout, "%s  %s\n公钥 public: %s\n", k.PublicKey().KeyID(), use, printable(out+".pub"))
			return nil
		},
	}
	token.flags(cmd.Flags())
	cmd.Flags().StringVar(&out, "out", "", "file for the private key; required")
	cmd.Flags().BoolVar(&online, "online", false, "an on-line key, which lies on the machine that serves")
	cmd.Flags().StringVar(&passphraseFile, "passphrase-file", "", "file with a passphrase that encrypts the key")
	_ = cmd.MarkFlagRequired("out") // the flag is defined above
	return cmd
}

// makeKey makes a key and its file, or the file that stands for one in a token.
func makeKey(out string, use keys.Use, token tokenFlags, passphrase []byte) (*keys.Key, error) {
	if token.given() {
		return token.save(out, use)
	}
	k, err := keys.Generate(use, signature.ES256, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the key: %w", err)
	}
	return k, keys.Save(out, k, passphrase)
}

// ceremonyOptions are the flags of prepare and check.
type ceremonyOptions struct{ root, out, at, passphraseFile string }

func (o *ceremonyOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.root, "root", "", "folder of the root or delegate; required")
	cmd.Flags().StringVar(&o.passphraseFile, "passphrase-file", "", "file with the passphrase of keys in the folder")
	_ = cmd.MarkFlagRequired("root") // the flag is defined above
}

func (c *console) trustPrepareCommand() *cobra.Command {
	var o ceremonyOptions
	cmd := &cobra.Command{
		Use:   "prepare root|list|policy|authorities --root DIR --out FILE",
		Short: "write the next document, unsigned, for people to read and to sign",
		Long: "prepare writes a document as indented JSON and says what it changes. Each holder reads it, compares the\n" +
			"digest with the others and signs it on a machine of his own (trust sign).",
		Args: cobra.ExactArgs(1), ValidArgs: root.Kinds(),
		RunE: func(_ *cobra.Command, args []string) error { return c.trustPrepare(o, args[0]) },
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&o.out, "out", "", "file to write; required")
	cmd.Flags().StringVar(&o.at, "at", "", "instant that stands for the clock; only where every issuer is a demonstration")
	_ = cmd.MarkFlagRequired("out") // the flag is defined above
	return cmd
}

func (c *console) trustPrepare(o ceremonyOptions, kind string) error {
	f, err := openRoot(o.root, o.passphraseFile)
	if err != nil {
		return err
	}
	defer f.Close()
	now, err := c.signingTime(o.at, f)
	if err != nil {
		return err
	}
	if due, err := f.Due(kind, now); err == nil && !due {
		c.note("%s has not changed, and holds for months; it need not be signed", kind)
	}
	draft, err := f.Draft(kind, now)
	if err != nil {
		return rootFailure(o.root, err)
	}
	raw, err := draft.Marshal()
	if err != nil {
		return err
	}
	if err := writeFile(o.out, raw, 0o644); err != nil {
		return usage("out_unwritable", err)
	}
	changes, err := f.Changes(draft)
	if err != nil {
		return rootFailure(o.root, err)
	}
	for _, change := range changes {
		fmt.Fprintf(c.stdout, "  %s\n", printable(change))
	}
	c.showDigest(draft)
	return nil
}

// showDigest prints what the holders compare.
func (c *console) showDigest(d root.Draft) {
	var groups []string
	for i := 0; i < len(d.SHA256); i += 8 {
		groups = append(groups, d.SHA256[i:i+8])
	}
	fmt.Fprintf(c.stdout, "%s  SHA-256\n  %s\n", d.Type, strings.Join(groups, " "))
}

func (c *console) trustSignCommand() *cobra.Command {
	var key, digest, out, passphraseFile string
	cmd := &cobra.Command{
		Use:   "sign FILE --key KEY --digest SHA256 --out FILE",
		Short: "sign a prepared document with one's own key",
		Long: "FILE is what trust prepare wrote. --digest is what the others have read out: a document with another one\n" +
			"is not signed. What comes out is handed to whoever combines the signatures.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			raw, err := readLimited(args[0], maxTrustFile)
			if err != nil {
				return err
			}
			draft, err := root.ParseDraft(raw)
			if err != nil {
				return &failure{exit: exitUsage, file: args[0], reason: "draft", err: err}
			}
			if strings.ReplaceAll(digest, " ", "") != draft.SHA256 {
				return usage("digest", fmt.Errorf("the digest of %s is %s and not the one that was given: it is not signed", args[0], draft.SHA256))
			}
			passphrase, err := readPassphrase(passphraseFile)
			if err != nil {
				return err
			}
			k, err := keys.Load(key, passphrase)
			if err == nil && k.Use() != keys.UseRoot {
				err = fmt.Errorf("%s is a key for %s", key, k.Use())
			}
			if err != nil {
				return usage("key", err)
			}
			signed, err := root.Sign(draft, k)
			if err != nil {
				return usage("draft", err)
			}
			if err := writeFile(out, append(signed, '\n'), 0o644); err != nil {
				return usage("out_unwritable", err)
			}
			c.showDigest(draft)
			fmt.Fprintf(c.stdout, "签名 signed by %s: %s\n", k.PublicKey().KeyID(), printable(out))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&key, "key", "", "file with the holder's key; required")
	f.StringVar(&digest, "digest", "", "SHA-256 of the document, as the holders agreed on it; required")
	f.StringVar(&out, "out", "", "file to write; required")
	f.StringVar(&passphraseFile, "passphrase-file", "", "file with the passphrase of the key")
	for _, name := range []string{"key", "digest", "out"} {
		_ = cmd.MarkFlagRequired(name) // the flags are defined above
	}
	return cmd
}

func (c *console) trustCombineCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "combine FILE… --out FILE",
		Short: "join the signatures that several holders have made on one document",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			parts, err := readAll(args)
			if err != nil {
				return err
			}
			whole, err := root.Combine(parts...)
			if err != nil {
				return usage("combine", err)
			}
			if err := writeFile(out, append(whole, '\n'), 0o644); err != nil {
				return usage("out_unwritable", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write; required")
	_ = cmd.MarkFlagRequired("out") // the flag is defined above
	return cmd
}

func (c *console) trustCheckCommand() *cobra.Command {
	var o ceremonyOptions
	cmd := &cobra.Command{
		Use:   "check FILE… --root DIR",
		Short: "say who has signed a document and how many signatures are missing; ends with 1 while some are",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := openRoot(o.root, o.passphraseFile)
			if err != nil {
				return err
			}
			defer f.Close()
			documents, err := readAll(args)
			if err != nil {
				return err
			}
			missing := 0
			for i, b := range documents {
				by, lacking, n, err := f.Signatures(b)
				if err != nil {
					return &failure{exit: exitUsage, file: args[i], reason: "document", err: err}
				}
				missing += n
				fmt.Fprintf(c.stdout, "%s\n  已签 signed: %s\n  未签 not signed: %s\n  尚缺 missing: %d\n", printable(args[i]),
					strings.Join(by, ", "), strings.Join(lacking, ", "), n)
			}
			if missing > 0 {
				return outcomeExit(1)
			}
			return nil
		},
	}
	o.flags(cmd)
	return cmd
}

func readAll(paths []string) (contents [][]byte, _ error) {
	for _, path := range paths {
		raw, err := readLimited(path, maxTrustFile)
		if err != nil {
			return nil, err
		}
		contents = append(contents, raw)
	}
	return contents, nil
}
