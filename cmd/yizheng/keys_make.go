package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"yizheng/keys"
	"yizheng/signature"
)

// say prints a line of what was done, or is to be done next; with --json that
// is left to the end.
func (c *console) say(format string, values ...any) {
	if !c.json {
		fmt.Fprintf(c.stdout, "%s\n", printable(fmt.Sprintf(format, values...)))
	}
}

// rotating are the uses whose keys follow each other in a district's folder.
// The seal's goes with its certificate.
var rotating = []keys.Use{keys.UseLicense, keys.UseStatus, keys.UsePresentation, keys.UseRecord, keys.UseCredential}

// useFlag reads the use of a key that is to follow another.
func useFlag(s string) (keys.Use, error) {
	use := keys.Use(s)
	switch {
	case slices.Contains(rotating, use):
		return use, nil
	case use == keys.UseSeal:
		return "", usage("key_use", errors.New("the seal's key goes with its certificate: put both in place, and name the certificate with yizheng trust seal"))
	case use == keys.UseRoot, use == keys.UseOnline:
		return "", usage("key_use", fmt.Errorf("%s keys are a root's own: see yizheng trust rotate", use))
	}
	return "", usage("key_use", fmt.Errorf("%q is no use of a key; there are %v", s, rotating))
}

// algorithmFlag reads the name of an algorithm; empty stays so.
func algorithmFlag(s string) (signature.Algorithm, error) {
	algorithm := signature.Algorithm(s)
	if s != "" && !slices.Contains([]signature.Algorithm{signature.ES256, signature.EdDSA, signature.SM2}, algorithm) {
		return "", usage("key_algorithm", fmt.Errorf("%q is no algorithm; there are %s, %s and %s", s, signature.ES256, signature.EdDSA, signature.SM2))
	}
	return algorithm, nil
}

// generate makes a key and puts it where the next one of its use waits.
func (c *console) generate(dir string, use keys.Use, algorithm signature.Algorithm, passphrase []byte) (*keys.Key, error) {
	if algorithm == "" {
		algorithm = signature.ES256
	}
	key, err := keys.Generate(use, algorithm, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the %s key: %w", use, err)
	}
	return key, c.putNext(dir, key, passphrase)
}

// putNext saves a key where the next one of its use waits.
func (c *console) putNext(dir string, key *keys.Key, passphrase []byte) error {
	return c.waits(dir, key.Use(), key, keys.Save(keys.NextPath(keysDir(dir), key.Use()), key, passphrase))
}

// waits tells of the next key of a use, which was saved or not.
func (c *console) waits(dir string, use keys.Use, key *keys.Key, err error) error {
	if errors.Is(err, keys.ErrExists) {
		return usage("key_waiting", fmt.Errorf("a %s key waits already in %s: bring it into use with yizheng keys rotate --use %s, or take the file away",
			use, keys.NextPath(keysDir(dir), use), use))
	}
	if err != nil {
		return usage("keys", err)
	}
	c.say("新密钥 new %s key %s (%s), 备用 waits in %s", key.Use(), key.PublicKey().KeyID(), key.PublicKey().Algorithm(), keys.NextPath(keysDir(dir), key.Use()))
	return nil
}

func (c *console) keysGenerateCommand() *cobra.Command {
	var o desk
	var use, algorithm string
	cmd := &cobra.Command{
		Use:   "generate --data DIR --use USE",
		Short: "make the key that is to follow the one in use; it signs nothing yet",
		Long: "The key waits in DIR/keys/next until yizheng keys rotate has had it named by the trust list and brings it\n" +
			"into use. keys rotate makes one by itself; generate is for those who want to choose when.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			u, err := useFlag(use)
			if err != nil {
				return err
			}
			a, err := algorithmFlag(algorithm)
			if err != nil {
				return err
			}
			passphrase, err := o.keyFolder()
			if err != nil {
				return err
			}
			key, err := c.generate(o.data, u, a, passphrase)
			if err != nil {
				return err
			}
			return c.showNext(key)
		},
	}
	o.flags(cmd, false)
	cmd.Flags().StringVar(&use, "use", "", "license, status, presentation, record or credential; required")
	cmd.Flags().StringVar(&algorithm, "algorithm", "", "ES256 (default), EdDSA or SM2-SM3")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("use") // the flag is defined above
	return cmd
}

// keyFolder looks whether there are keys that open by the passphrase, before
// another is put beside them.
func (o *desk) keyFolder() (passphrase []byte, _ error) {
	passphrase, err := readPassphrase(o.passphraseFile)
	if err != nil {
		return nil, err
	}
	if _, err := keys.LoadRing(keysDir(o.data), passphrase); err != nil {
		return nil, usage("keys", fmt.Errorf("loading the keys of %s: %w", o.data, err))
	}
	return passphrase, nil
}

// showNext says how a key that waits comes into use.
func (c *console) showNext(key *keys.Key) error {
	if c.json {
		printJSON(c.stdout, keyLine{Use: string(key.Use()), State: stateNext, KeyID: key.PublicKey().KeyID(), Algorithm: string(key.PublicKey().Algorithm())})
	}
	c.say("下一步 next: yizheng keys rotate --use %s", key.Use())
	return nil
}
