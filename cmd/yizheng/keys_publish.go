package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"yizheng/keys"
	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/trust/root"
)

// keyDesk is what the commands share that change a district's keys: the flags
// that open its data directory, and the folder of who signs its trust list,
// where that is here.
type keyDesk struct {
	desk
	root, rootPassphraseFile string
}

func (o *keyDesk) flags(cmd *cobra.Command) {
	o.desk.flags(cmd, true)
	cmd.Flags().StringVar(&o.root, "root", "", "folder of who signs the trust list, where it is at hand (default: DIR/root, if there is one)")
	cmd.Flags().StringVar(&o.rootPassphraseFile, "root-passphrase-file", "", "file with the passphrase of the root's keys (default: that of --passphrase-file)")
}

// keyWork is one command's work on the keys of an opened data directory.
type keyWork struct {
	*deployment
	c          *console
	o          *keyDesk
	passphrase []byte
	entry      trust.Issuer // as it is to be; the bundle has it as it is
	today      license.Date
}

// loaded opens the data directory for work on its keys, and closes it again.
// Nothing is built of them: a run that was stopped may have left keys and trust
// list apart, and the next one brings them together.
func (o *keyDesk) loaded(ctx context.Context, c *console, work func(*keyWork) error) (err error) {
	clock, err := o.clock(c)
	if err != nil {
		return err
	}
	passphrase, err := readPassphrase(o.passphraseFile)
	if err != nil {
		return err
	}
	d, err := loadDeployment(ctx, o.data, o.database, clock, c.logger(slog.LevelWarn), passphrase)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.store.Close()) }()
	if d.bundle.IssuerOf(d.settings.Region) == nil {
		return usage("not_enrolled", fmt.Errorf("the trust list of %s has no entry for %s", d.dir, d.settings.Region))
	}
	if o.root == "" && exists(filepath.Join(d.dir, "root")) {
		o.root = filepath.Join(d.dir, "root")
	}
	if o.rootPassphraseFile == "" {
		o.rootPassphraseFile = o.passphraseFile
	}
	w := &keyWork{deployment: d, c: c, o: o, passphrase: passphrase, today: license.DateOf(d.clock())}
	w.take()
	if err = work(w); !errors.Is(err, errNewerKeys) {
		return err
	}
	if w.ring, err = keys.LoadRing(keysDir(w.dir), passphrase); err != nil {
		return usage("keys", err)
	}
	w.take()
	return work(w)
}

// errNewerKeys: the signer's folder at hand had newer keys of the district than
// its data directory, which has them now. The work is to be begun anew from them.
var errNewerKeys = errors.New("the trust list had newer keys of this district; run the command again")

// take begins with the entry as the trust list has it.
func (w *keyWork) take() {
	w.entry = *w.bundle.IssuerOf(w.settings.Region)
	w.entry.Keys = slices.Clone(w.entry.Keys)
}

// listed gives the key of an id in the entry as it is to be, nil for none.
func (w *keyWork) listed(id string) *trust.Key {
	for i := range w.entry.Keys {
		if w.entry.Keys[i].PublicKey.KeyID() == id {
			return &w.entry.Keys[i]
		}
	}
	return nil
}

// published gives the key of an id as the trust list has it.
func (w *keyWork) published(id string) (trust.Key, bool) {
	k, ok := w.bundle.KeyIn(w.settings.Region, id)
	return k.Key, ok
}

// announce puts the next key of a use into the entry, to sign from a day on;
// one that stands there keeps its day, unless it may begin sooner.
func (w *keyWork) announce(next *keys.Key, from license.Date) {
	if k := w.listed(next.PublicKey().KeyID()); k != nil {
		k.NotBefore = min(k.NotBefore, from)
		return
	}
	w.entry.Keys = append(w.entry.Keys, trust.Key{PublicKey: next.PublicKey(), Use: trust.Use(next.Use()), NotBefore: from})
}

// next gives the key that is to follow, which is made where there is none.
func (w *keyWork) next(use keys.Use, algorithm signature.Algorithm) (*keys.Key, error) {
	path := keys.NextPath(keysDir(w.dir), use)
	next, err := keys.Load(path, w.passphrase)
	if !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return nil, usage("keys", err)
		}
		return next, nil
	}
	return w.c.generate(w.dir, use, algorithm, w.passphrase)
}

// requestFile is where the request for the root is left.
func (w *keyWork) requestFile() string { return filepath.Join(w.dir, "keys-request.json") }

// publish has the entry listed as it is to be: by the root, where that is at
// hand with its keys; otherwise it leaves the request and says how to go on. It
// says whether the trust list of the data directory has it now.
func (w *keyWork) publish() (done bool, _ error) {
	request, err := root.RequestKeys(w.bundle, w.entry)
	if err != nil {
		return false, err
	}
	if request.Same() {
		return true, remove(w.requestFile())
	}
	raw, err := request.Marshal()
	if err != nil {
		return false, err
	}
	if err := writeFile(w.requestFile(), raw, 0o644); err != nil {
		return false, err
	}
	if w.o.root == "" {
		w.tellSigner()
		return false, nil
	}
	return w.sign(request)
}

// sign has the root in its folder list what is asked for.
func (w *keyWork) sign(request root.KeyRequest) (done bool, _ error) {
	f, err := openRoot(w.o.root, w.o.rootPassphraseFile)
	if err != nil {
		return false, err
	}
	defer f.Close()
	now, err := w.c.signingTime(w.o.at, f)
	if err != nil {
		return false, err
	}
	changes, stale := f.Rekey(request)
	if stale != nil && !errors.Is(stale, root.ErrStale) {
		return false, usage("enrollment", stale)
	}
	for _, change := range changes {
		w.c.say("  %s", change)
	}
	if err := f.Take(w.bundle.Published()); err != nil { // what the server has stated meanwhile is not to be fallen behind
		w.c.note("%v", err)
	}
	if err := f.Update(now); errors.Is(err, root.ErrKeys) {
		w.tellHolders()
		return false, nil
	} else if err != nil {
		return false, rootFailure(w.o.root, err)
	}
	bundle, err := mergeInto(w.bundle, f, w.settings.Region)
	if err != nil {
		return false, &failure{exit: exitUsage, file: trustPath(w.dir), reason: "out_other_roots", err: err}
	}
	if err := writeBundle(trustPath(w.dir), bundle); err != nil {
		return false, err
	}
	w.c.say("信任清单已签发 the trust list was signed: %s", trustPath(w.dir))
	w.bundle = bundle
	if stale != nil { // a run that was stopped had got further with the root than here
		return false, fmt.Errorf("%w: %w", errNewerKeys, usage("request_stale", stale))
	}
	w.take()
	return true, remove(w.requestFile())
}

// tellSigner says what to do where the signer of the trust list is elsewhere.
func (w *keyWork) tellSigner() {
	signer := "whoever signs it"
	if p := w.bundle.SpeakerOf(w.settings.Region); p != nil {
		signer = p.Path()
	}
	w.c.say("等待信任清单 waiting for the trust list. 下一步 next:")
	w.c.say("  1. 交给 hand %s to %s, who runs: yizheng trust keys %s --root ROOT", w.requestFile(), signer, filepath.Base(w.requestFile()))
	w.c.say("  2. yizheng trust fetch --trust %s …", trustPath(w.dir))
	w.c.say("  3. 再执行本命令 run this command again")
}

// tellHolders says what to do where the keys of the signer lie with several
// people.
func (w *keyWork) tellHolders() {
	r := w.o.root
	w.c.say("等待密钥保管人签署 waiting for the holders to sign. 下一步 next:")
	w.c.say("  1. yizheng trust prepare list --root %s --out list.json", r)
	w.c.say("  2. 每位保管人 each holder: yizheng trust sign list.json --key KEY --digest SHA256 --out NAME.jws")
	w.c.say("  3. yizheng trust combine *.jws --out list.jws && yizheng trust publish list.jws --root %s", r)
	w.c.say("  4. yizheng trust fetch --trust %s --from %s", trustPath(w.dir), filepath.Join(r, "trust.json"))
	w.c.say("  5. 再执行本命令 run this command again")
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing %s: %w", path, err)
	}
	return nil
}
