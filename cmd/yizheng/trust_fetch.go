package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"yizheng/license"
	"yizheng/trust"
	"yizheng/trust/root"
)

// wellKnown is where a deployment publishes trust documents.
const wellKnown = "/.well-known/yizheng-trust.json"

// errUnchanged: the address has what was fetched from it before.
var errUnchanged = errors.New("unchanged")

func (c *console) trustFetchCommand() *cobra.Command {
	var file string
	var from []string
	cmd := &cobra.Command{
		Use:   "fetch --trust FILE --from URL",
		Short: "bring a trust file up to date with what others publish (a deployment's address, or a file)",
		Long: "fetch takes from each address what is newer and rightly signed, signer by signer; whatever else it offers\n" +
			"changes nothing. Addresses may publish all signers or only one. What has not changed since the last\n" +
			"fetch is not sent again: FILE.etags remembers.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.trustFetch(file, from) },
	}
	cmd.Flags().StringVar(&file, "trust", "", "trust file; required")
	cmd.Flags().StringArrayVar(&from, "from", nil, "address of a deployment, of its documents, or a file; may be repeated; required")
	return cmd
}

func (c *console) trustFetch(file string, from []string) error {
	if file == "" || len(from) == 0 {
		return usage("usage", errors.New("--trust FILE and --from URL are required"))
	}
	bundle, err := readBundle(file)
	if err != nil {
		return err
	}
	tags := readTags(file)
	before, failed := bundle, 0
	for _, address := range from {
		documents, err := fetchDocuments(address, tags)
		if errors.Is(err, errUnchanged) {
			continue
		}
		if err == nil {
			var n *trust.Bundle
			if n, err = bundle.Update(documents); err == nil {
				bundle = n
			}
		}
		if err != nil {
			failed++
			delete(tags, address)
			c.note("%s: %v", address, err)
		}
	}
	for _, refused := range bundle.Refused {
		c.note("%v", refused)
	}
	if !bundle.Same(before) {
		if err := writeBundle(file, bundle); err != nil {
			return err
		}
	}
	if err := writeTags(file, tags); err != nil {
		return err
	}
	showSigners(c.stdout, viewTrust(bundle, c.now()).Signers)
	if failed == len(from) {
		return usage("fetch", errors.New("nothing was taken from any address; the trust file stays as it was"))
	}
	return nil
}

// fetchDocuments gets published documents; it is errUnchanged where they are
// those of the last time.
func fetchDocuments(address string, tags map[string]string) ([]byte, error) {
	if !strings.Contains(address, "://") {
		return publishedIn(address)
	}
	url := address
	if !strings.HasSuffix(url, ".json") {
		url = strings.TrimSuffix(url, "/") + wellKnown
	}
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if tag := tags[address]; tag != "" {
		request.Header.Set("If-None-Match", tag)
	}
	// Where the operator has named an address, nobody else names another.
	client := http.Client{Timeout: fetchWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // read as far as it is wanted
	switch answer.StatusCode {
	case http.StatusNotModified:
		return nil, errUnchanged
	case http.StatusOK:
	default:
		return nil, fmt.Errorf("%s answers %s", url, answer.Status)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxTrustFile+1))
	if err == nil && len(body) > maxTrustFile {
		err = fmt.Errorf("%s sends more than %d bytes", url, maxTrustFile)
	}
	tags[address] = answer.Header.Get("ETag")
	return body, err
}

// publishedIn reads documents from a file, which may be the trust file of
// somebody else: whom that one believes is left aside.
func publishedIn(path string) ([]byte, error) {
	raw, err := readLimited(path, maxTrustFile)
	if err != nil {
		return nil, err
	}
	var d trust.Documents
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("reading trust documents: %w", err)
	}
	return json.Marshal(d)
}

func tagsFile(file string) string { return file + ".etags" }

// readTags reads what was fetched last; without it everything is sent again.
func readTags(file string) map[string]string {
	tags := make(map[string]string)
	if raw, err := os.ReadFile(tagsFile(file)); err == nil {
		if json.Unmarshal(raw, &tags) != nil || tags == nil {
			return make(map[string]string)
		}
	}
	return tags
}

func writeTags(file string, tags map[string]string) error {
	if len(tags) == 0 {
		return nil
	}
	raw, err := json.MarshalIndent(tags, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", tagsFile(file), err)
	}
	return writeFile(tagsFile(file), append(raw, '\n'), 0o644)
}

func (c *console) trustAnchorCommand() *cobra.Command {
	var dir, out, passphraseFile string
	cmd := &cobra.Command{
		Use:   "anchor --root DIR [--out FILE]",
		Short: "show a root as it is given by hand: its keys as they are now, and their fingerprint",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			f, err := openRoot(dir, passphraseFile)
			if err != nil {
				return err
			}
			defer f.Close()
			if f.Bundle() == nil || f.Bundle().Of(f.Signer().Name) == nil {
				return rootFailure(dir, root.ErrUnknown)
			}
			a := trust.AnchorOf(f.Bundle().Of(f.Signer().Name).Root)
			if out != "" {
				raw, err := json.MarshalIndent(a, "", "  ")
				if err == nil {
					err = writeFile(out, append(raw, '\n'), 0o644)
				}
				if err != nil {
					return usage("out_unwritable", err)
				}
			}
			showField(c.stdout, words{"信任根", "root"}, a.Name)
			showField(c.stdout, words{"版本", "version"}, fmt.Sprint(a.Version))
			showField(c.stdout, words{"指纹", "fingerprint"}, a.Fingerprint())
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "root", "", "folder of the root; required")
	cmd.Flags().StringVar(&out, "out", "", "file to write, for trust pin")
	cmd.Flags().StringVar(&passphraseFile, "passphrase-file", "", "file with the passphrase of keys in the folder")
	_ = cmd.MarkFlagRequired("root") // the flag is defined above
	return cmd
}

// pinOptions are the flags of trust pin.
type pinOptions struct {
	out, region                 string
	anchors, fingerprints, from []string
}

func (c *console) trustPinCommand() *cobra.Command {
	var o pinOptions
	cmd := &cobra.Command{
		Use:   "pin --anchor FILE --fingerprint TEXT --region CODE --from URL --out FILE",
		Short: "make a trust file: believe these roots from now on",
		Long: "FILE comes from trust anchor, by whatever way; the fingerprint comes by another, such as on paper or over\n" +
			"the telephone, and each root must have one of those given. Nothing that is fetched later can change\n" +
			"which roots are believed.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return c.trustPin(o) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.anchors, "anchor", nil, "a root, as trust anchor wrote it; may be repeated; required")
	f.StringArrayVar(&o.fingerprints, "fingerprint", nil, "fingerprint of a root, one for each; required")
	f.StringVar(&o.region, "region", "", "six-digit code of the region where the verifier stands; required")
	f.StringArrayVar(&o.from, "from", nil, "address of a deployment, or a file of documents; may be repeated; required")
	f.StringVar(&o.out, "out", "", "trust file to make; required")
	return cmd
}

func (c *console) trustPin(o pinOptions) error {
	if len(o.anchors) == 0 || len(o.fingerprints) == 0 || o.region == "" || len(o.from) == 0 || o.out == "" {
		return usage("usage", errors.New("--anchor, --fingerprint, --region, --from and --out are required"))
	}
	if err := checkVerifierRegion(o.region); err != nil {
		return err
	}
	if exists(o.out) {
		return usage("exists", fmt.Errorf("%s is there already; trust fetch brings it up to date", o.out))
	}
	roots, err := readAnchors(o.anchors, o.fingerprints)
	if err != nil {
		return err
	}
	var published [][]byte
	for _, address := range o.from {
		documents, err := fetchDocuments(address, map[string]string{})
		if err != nil {
			return usage("fetch", fmt.Errorf("fetching from %s: %w", address, err))
		}
		published = append(published, documents)
	}
	bundle, err := root.Assemble(license.Region(o.region), roots, published...)
	if err != nil {
		return rootFailure(o.out, err)
	}
	for _, fault := range bundle.Faults {
		c.note("%v", fault)
	}
	if err := writeBundle(o.out, bundle); err != nil {
		return err
	}
	showSigners(c.stdout, viewTrust(bundle, c.now()).Signers)
	return nil
}

// readAnchors reads roots, and refuses one whose fingerprint is none of those
// that came another way.
func readAnchors(paths, fingerprints []string) (roots []trust.AnchoredRoot, _ error) {
	bare := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), "")) }
	expected := make(map[string]bool)
	for _, f := range fingerprints {
		expected[bare(f)] = true
	}
	for _, path := range paths {
		raw, err := readLimited(path, 1<<18)
		if err != nil {
			return nil, err
		}
		var a trust.AnchoredRoot
		if err := json.Unmarshal(raw, &a); err != nil {
			return nil, &failure{exit: exitUsage, file: path, reason: "anchor", err: fmt.Errorf("reading a root: %w", err)}
		}
		if !expected[bare(a.Fingerprint())] {
			return nil, &failure{exit: exitUsage, file: path, reason: "fingerprint",
				err: fmt.Errorf("root %s has the fingerprint %s, and that is none of those given: do not use it", a.Name, a.Fingerprint())}
		}
		roots = append(roots, a)
	}
	return roots, nil
}
