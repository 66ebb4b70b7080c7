package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yizheng/document"
	"yizheng/license"
	"yizheng/scan"
	"yizheng/templates"
	"yizheng/trust"
	"yizheng/verifier"
)

// maxListFile is the most that is read of one file of --status, in bytes. A
// full list of 32768 entries has less than a tenth of it.
const maxListFile = 1 << 20

// verifyOptions are the flags of verify.
type verifyOptions struct {
	trust, bundle, region, at, asOf, maxAge, state string
	online                                         bool
	status, fonts, reach                           []string
}

func (c *console) verifyCommand() *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify (--trust FILE | --bundle FILE) (TEXT | URL | FILE.txt|png|jpg|pdf | -)",
		Short: "say whether a license is genuine and what it permits, here and now (核验)",
		Long: "verify needs no network: it answers from the trust file and the status lists that it is given.\n" +
			"With --online it asks the issuer, by the addresses in the trust file, for what is missing.\n\n" +
			"--as-of asks whether it was valid at a moment of the past, by what is known now: keys, closing lists\n" +
			"and agreements as they stand today, and the issuer's status list as it was then (--online fetches it;\n" +
			"off line, give the file of its address with ?time= by --status). --at is something else: the clock.\n\n" +
			"Exit code: 0 valid, 2 cannot be told (scan again, or update the lists), 1 any other answer,\n" +
			"64 the command cannot be carried out.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.verify(cmd.Context(), o, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.trust, "trust", "", "trust file (trust.json); required where there is no bundle")
	f.StringVar(&o.bundle, "bundle", "", "file of yizheng bundle fetch: trust documents and status lists in one")
	f.StringArrayVar(&o.status, "status", nil, "status list or license record, or a folder of them; may be repeated")
	f.StringVar(&o.region, "region", "", "region where the license is shown, six digits (default: that of the trust file)")
	f.StringVar(&o.at, "at", "", "instant that stands for the clock, as in RFC 3339")
	f.StringVar(&o.asOf, "as-of", "", "moment of the past to answer about: an instant as in RFC 3339, or a day (its end, in China's time)")
	f.BoolVar(&o.online, "online", false, "ask the issuer for what is missing")
	f.StringArrayVar(&o.reach, "reach", nil, "range of addresses, such as 10.20.0.0/16, in which issuers may be asked beside the Internet; may be repeated")
	f.StringVar(&o.maxAge, "max-age", "", "how old a status list may be (default 72h, with --online 1h)")
	f.StringArrayVar(&o.fonts, "font", nil, "font file with rare characters, to draw a document's pages again and compare; may be repeated")
	f.StringVar(&o.state, "state", "", "folder that remembers the newest lists seen, so that older ones are refused")
	f.BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

func (c *console) verify(ctx context.Context, o verifyOptions, argument string) error {
	if o.online && o.bundle != "" {
		return usage("bundle", errors.New("--bundle is for going off line: with --online give --trust"))
	}
	bundle, lists, until, err := c.believed(o)
	if err != nil {
		return err
	}
	now, limits, err := o.times(c.now)
	if err != nil {
		return err
	}
	if err := checkVerifierRegion(o.region); err != nil {
		return err
	}
	in, err := c.readInput(ctx, argument)
	if err != nil {
		return err
	}
	limits.Until = until
	if o.state != "" {
		highest, err := readSeen(o.state, bundle)
		if err != nil {
			return err
		}
		lists.Restore(highest)
	}
	q := question{text: in.text, now: now, lists: lists}
	if o.asOf != "" {
		at, err := verifier.ParseMoment(o.asOf, now)
		if err != nil {
			return usage("as_of", fmt.Errorf("--as-of: %w", err))
		}
		q.moment = verifier.NewMoment(bundle, at)
		q.at = at
	}
	if err := c.addAllLists(q.add, o.status); err != nil {
		return err
	}
	config := verifier.Config{Trust: bundle, Region: license.Region(o.region), Lists: lists, Limits: limits}
	ask := q.offline
	if o.online {
		if q.client, err = outward(fetchWithin, o.reach, ""); err != nil {
			return err
		}
		q.log = c.logger(slog.LevelDebug) // whoever asks once wants to know why there was no answer
		ask = q.online
	}
	found, err := ask(ctx, config)
	if err != nil {
		return &failure{exit: exitUsage, file: o.trust, reason: string(trust.Inconsistent), err: err}
	}
	if in.pdf != nil {
		printer := func() (*templates.Printer, error) { return newPrinter(".", o.fonts) }
		if found.Document, err = document.Check(in.pdf, in.text, found, bundle, printer); err != nil {
			return err
		}
	}
	if o.state != "" {
		if err := writeSeen(o.state, bundle, lists.Highest()); err != nil {
			return err
		}
	}
	if c.json {
		printJSON(c.stdout, found)
	} else {
		showVerification(c.stdout, found)
	}
	exit := found.Outcome.Exit()
	if found.Document.Lies() {
		exit = 1
	}
	if exit != 0 {
		return outcomeExit(exit)
	}
	return nil
}

// believed gives what to verify by: a trust file, or a bundle with its lists
// and its end, which a trust file beside it may be newer than.
func (c *console) believed(o verifyOptions) (*trust.Bundle, *verifier.Lists, time.Time, error) {
	if o.bundle == "" {
		b, err := readBundle(o.trust)
		if err != nil {
			return nil, nil, time.Time{}, err
		}
		c.noteFaults(o.trust, b)
		return b, verifier.NewLists(b), time.Time{}, nil
	}
	opened, _, err := openBundle(o.bundle, o.trust)
	if err != nil {
		return nil, nil, time.Time{}, err
	}
	c.noteFaults(o.bundle, opened.Trust)
	for _, refused := range opened.Refused {
		c.note("%s: %v", o.bundle, refused)
	}
	return opened.Trust, opened.Lists, opened.Expires, nil
}

func (c *console) noteFaults(path string, b *trust.Bundle) {
	for _, fault := range b.Faults {
		c.note("%s: %v", path, fault)
	}
}

// times reads the instant to verify at and how old lists may be.
func (o verifyOptions) times(clock func() time.Time) (time.Time, verifier.Freshness, error) {
	limits := verifier.Freshness{Status: verifier.OfflineMaxAge}
	if o.online {
		limits.Status = verifier.OnlineMaxAge
	}
	now, err := parseAt(o.at)
	if err != nil {
		return now, limits, err
	}
	if now.IsZero() {
		now = clock()
	}
	if o.maxAge != "" {
		age, err := time.ParseDuration(o.maxAge)
		if err != nil || age <= 0 {
			return now, limits, usage("max_age", fmt.Errorf("--max-age %q is not a length of time such as 72h", o.maxAge))
		}
		limits.Status = age
	}
	return now, limits, nil
}

// checkVerifierRegion accepts every region that exists, also one that the
// program's own data does not name.
func checkVerifierRegion(region string) error {
	if region == "" {
		return nil
	}
	r := license.Region(region)
	if !r.WellFormed() {
		return usage("region", fmt.Errorf("%q is not the six-digit code of a region", region))
	}
	if to, gone := r.Successor(); gone {
		return usage("region_abolished", fmt.Errorf("region %s was abolished and is now %s", r, to))
	}
	return nil
}

// readBundle reads a trust file and checks all of its signatures.
func readBundle(path string) (*trust.Bundle, error) {
	if path == "" {
		return nil, usage("trust_missing", errors.New("--trust FILE is required: it says whose licenses are believed"))
	}
	raw, err := readLimited(path, scan.MaxSize)
	if err != nil {
		return nil, err
	}
	bundle, err := trust.Load(raw)
	if err != nil {
		reason := string(trust.Malformed)
		var refused *trust.Error
		if errors.As(err, &refused) {
			reason = string(refused.Reason)
		}
		return nil, &failure{exit: exitUsage, file: path, reason: reason, err: err}
	}
	return bundle, nil
}

// listFile is one file of --status.
type listFile struct {
	path string
	raw  []byte
}

// addAllLists adds what lies at several paths. The chunks of a closing list are
// taken after the list itself, wherever that stands: what has not the form of a
// token is offered once more in the end.
func (c *console) addAllLists(add func([]byte) error, paths []string) error {
	var later []listFile
	for _, path := range paths {
		if err := c.addLists(add, path, &later); err != nil {
			return err
		}
	}
	for _, f := range later {
		if err := add(f.raw); err != nil {
			c.note("%s: %v", f.path, err)
		}
	}
	return nil
}

// addLists adds a file, or every file of a folder and those below it. A path
// that cannot be read ends the command; what is no list, or is refused, is
// noted, and the result says what follows from its absence.
func (c *console) addLists(add func([]byte) error, path string, later *[]listFile) error {
	unreadable := func(err error) error {
		return &failure{exit: exitUsage, file: path, reason: "status_unreadable", err: err}
	}
	info, err := os.Stat(path)
	if err != nil {
		return unreadable(err)
	}
	if !info.IsDir() {
		raw, err := readLimited(path, maxListFile)
		if err != nil {
			return err
		}
		c.addList(add, listFile{path, raw}, later)
		return nil
	}
	root, err := filepath.EvalSymlinks(path)
	if err != nil {
		return unreadable(err)
	}
	err = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case file != root && isTemporary(entry.Name()):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !entry.Type().IsRegular():
			return nil
		}
		raw, err := readLimited(file, maxListFile)
		if err != nil {
			c.note("%s: %v", file, err) // another program may have put it there, or just removed it
			return nil
		}
		c.addList(add, listFile{file, raw}, later)
		return nil
	})
	if err != nil {
		return unreadable(err)
	}
	return nil
}

func isTemporary(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || strings.HasSuffix(name, ".tmp")
}

func (c *console) addList(add func([]byte) error, f listFile, later *[]listFile) {
	token := bytes.TrimSpace(f.raw)
	if !bytes.HasPrefix(token, []byte("ey")) { // base64url of {"
		if add(f.raw) != nil {
			*later = append(*later, f)
		}
		return
	}
	if err := add(token); err != nil {
		c.note("%s: %v", f.path, err)
	}
}

func (c *console) note(format string, values ...any) {
	fmt.Fprintf(c.stderr, "yizheng: note: %s\n", printable(fmt.Sprintf(format, values...)))
}
