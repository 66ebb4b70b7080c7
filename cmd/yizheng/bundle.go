package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yizheng/bundle"
	"yizheng/license"
	"yizheng/trust"
)

func (c *console) bundleCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bundle",
		Short: "one signed file to verify by where there is no network (离线数据包)",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usage("usage", errors.New("say which: bundle fetch or bundle show"))
		},
	}
	cmd.AddCommand(c.bundleFetchCommand(), c.bundleShowCommand())
	return cmd
}

// bundleFetchWithin bounds a fetch: a bundle of many regions has megabytes,
// and its maker may have to ask others first.
const bundleFetchWithin = 2 * time.Minute

func (c *console) bundleFetchCommand() *cobra.Command {
	var trustFile, from string
	var regions []string
	cmd := &cobra.Command{
		Use:   "fetch --trust FILE --from URL [--region REGION …] BUNDLE",
		Short: "fetch a bundle from a deployment, check all of it and keep it",
		Long: "fetch asks the deployment at URL for trust documents and the status lists and closing lists of the regions (its\n" +
			"own region, where none is named), checks every signature by the roots of the trust file, and writes BUNDLE with\n" +
			"those roots in it. yizheng verify --bundle BUNDLE then needs no network and no other file until the bundle ends.\n" +
			"Closing lists that are too large to go along (more than 16 MiB in all) are named.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if trustFile == "" || from == "" {
				return usage("usage", errors.New("--trust FILE and --from URL are required"))
			}
			return c.bundleFetch(trustFile, from, regions, args[0])
		},
	}
	cmd.Flags().StringVar(&trustFile, "trust", "", "trust file whose roots are believed; required")
	cmd.Flags().StringVar(&from, "from", "", "address of a deployment that issues; required")
	cmd.Flags().StringArrayVar(&regions, "region", nil, "region whose lists are wanted, six digits; may be repeated")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

func (c *console) bundleFetch(trustFile, from string, regions []string, path string) error {
	held, err := readBundle(trustFile)
	if err != nil {
		return err
	}
	if len(regions) == 0 {
		regions = []string{string(held.Anchor.Region)}
	}
	for _, region := range regions {
		if err := checkVerifierRegion(region); err != nil {
			return err
		}
	}
	raw, err := downloadBundle(from, regions)
	if err != nil {
		return usage("fetch", fmt.Errorf("fetching a bundle: %w; what was there stays", err))
	}
	opened, err := bundle.Open(raw, held)
	if err != nil {
		return bundleFailure(from, err)
	}
	kept, err := bundle.Keep(raw, held.Anchor)
	if err != nil {
		return bundleFailure(from, err)
	}
	if err := writeFile(path, append(kept, '\n'), 0o644); err != nil {
		return usage("bundle_unwritable", err)
	}
	c.showBundle(opened, len(kept))
	for _, region := range regions {
		if !slices.Contains(opened.Regions, license.Region(region)) {
			c.note("region %s is not in it: its issuer is away, or its lists are too large to go along with the others; try again, or fetch a bundle of it alone", region)
		}
	}
	return nil
}

func downloadBundle(from string, regions []string) ([]byte, error) {
	address := strings.TrimSuffix(from, "/") + "/v1/bundle?regions=" + url.QueryEscape(strings.Join(regions, ","))
	answer, err := (&http.Client{Timeout: bundleFetchWithin}).Get(address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // read as far as it is wanted
	if answer.StatusCode != http.StatusOK {
		var problem struct{ Detail, Reason string }
		_ = json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&problem) // or it is no server of ours
		return nil, fmt.Errorf("%s answers %s %s %s", address, answer.Status, problem.Reason, problem.Detail)
	}
	return io.ReadAll(io.LimitReader(answer.Body, bundle.MaxFile+1))
}

func (c *console) bundleShowCommand() *cobra.Command {
	var trustFile string
	cmd := &cobra.Command{
		Use:   "show [--trust FILE] BUNDLE",
		Short: "check a bundle and say what it has, of whom, and until when",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			opened, size, err := openBundle(args[0], trustFile)
			if err != nil {
				return err
			}
			c.showBundle(opened, size)
			if !c.now().Before(opened.Expires) {
				return outcomeExit(2)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&trustFile, "trust", "", "trust file by which it is checked; else by the roots in the bundle itself")
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON")
	return cmd
}

// openBundle reads a bundle and checks it by a trust file, or by its own
// anchor where none is named.
func openBundle(path, trustFile string) (*bundle.Bundle, int, error) {
	var held *trust.Bundle
	var err error
	if trustFile != "" {
		if held, err = readBundle(trustFile); err != nil {
			return nil, 0, err
		}
	}
	raw, err := readLimited(path, bundle.MaxFile)
	if err != nil {
		return nil, 0, err
	}
	opened, err := bundle.Open(raw, held)
	if err != nil {
		return nil, 0, bundleFailure(path, err)
	}
	return opened, len(raw), nil
}

// bundleFailure says why a bundle is not used.
func bundleFailure(where string, err error) error {
	return &failure{exit: exitUsage, file: where, reason: bundle.Reason(err), err: err}
}

// bundleView is what is printed of a bundle.
type bundleView struct {
	By      license.Region   `json:"by"`
	Made    time.Time        `json:"made"`
	Expires time.Time        `json:"expires"`
	Expired bool             `json:"expired"`
	Regions []license.Region `json:"regions"`
	Lists   int              `json:"lists"`
	Refused []string         `json:"refused"`
	Oldest  time.Time        `json:"oldest,omitzero"` // issue of the oldest list
	Closing []string         `json:"closing"`         // digests of the closing lists that it has
	Without []string         `json:"without"`         // and of those that its trust documents name beside them
	Size    int              `json:"size"`
}

func (c *console) showBundle(b *bundle.Bundle, size int) {
	now := c.now()
	v := bundleView{By: b.By, Made: b.Made, Expires: b.Expires, Expired: !now.Before(b.Expires), Regions: b.Regions, Refused: []string{},
		Closing: append([]string{}, b.Closing...), Without: append([]string{}, b.Without...), Size: size}
	for _, held := range b.Lists.Held() {
		v.Lists++
		if v.Oldest.IsZero() || held.Issued.Before(v.Oldest) {
			v.Oldest = held.Issued
		}
	}
	for _, err := range b.Refused {
		v.Refused = append(v.Refused, err.Error())
	}
	if c.json {
		printJSON(c.stdout, v)
		return
	}
	fmt.Fprintf(c.stdout, "made     %s, %s ago, by %s\n", v.Made.Format(time.RFC3339), now.Sub(v.Made).Round(time.Second), v.By.FullName())
	state := "in " + v.Expires.Sub(now).Round(time.Second).String()
	if v.Expired {
		state = now.Sub(v.Expires).Round(time.Second).String() + " ago: fetch a new one"
	}
	fmt.Fprintf(c.stdout, "ends     %s, %s\n", v.Expires.Format(time.RFC3339), state)
	fmt.Fprintf(c.stdout, "lists    %d of %d regions, %d bytes in all\n", v.Lists, len(v.Regions), v.Size)
	for _, region := range v.Regions {
		fmt.Fprintf(c.stdout, "         %s %s\n", region, region.FullName())
	}
	if len(v.Closing) > 0 {
		fmt.Fprintf(c.stdout, "closing  %d closing lists, with all their chunks\n", len(v.Closing))
	}
	for _, digest := range v.Without {
		c.note("closing list %s is not in it: it was too large, or its issuer was away; what the closed key signed is unknown by this bundle alone", digest)
	}
	for _, refused := range v.Refused {
		c.note("%s", refused)
	}
}
