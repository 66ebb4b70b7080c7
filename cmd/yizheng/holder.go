package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/keys"
	"yizheng/license"
)

func (c *console) holderCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "holder",
		Short: "what a business does by itself: links to show its licenses, live codes, copies for a purpose",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usage("usage", errors.New("say what to do: link, list, revoke, live or copy"))
		},
	}
	cmd.AddCommand(c.holderLinkCommand(), c.holderListCommand(), c.holderRevokeCommand(), c.holderLiveCommand(), c.holderCopyCommand())
	return cmd
}

// whose are the flags that name a holder.
type whose struct {
	desk
	code, license string
}

func (w *whose) flags(cmd *cobra.Command, asJSON *bool) {
	w.desk.flags(cmd, true)
	cmd.Flags().StringVar(&w.code, "holder", "", "the holder's unified social credit code")
	cmd.Flags().StringVar(&w.license, "license", "", "or a license of the holder: identifier or number")
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON")
}

// of finds the holder, who must have a license here.
func (w *whose) of(ctx context.Context, d *deployment) (license.CreditCode, error) {
	switch {
	case (w.code == "") == (w.license == ""):
		return "", usage("usage", errors.New("name the holder by --holder CODE, or by --license ID of one of its licenses"))
	case w.license != "":
		v, err := d.store.Current(ctx, w.license)
		if errors.Is(err, issuer.ErrNotFound) {
			return "", usage("license_not_found", fmt.Errorf("there is no license %s", w.license))
		}
		return v.License.Holder.CreditCode, err
	}
	code, err := license.ParseCreditCode(strings.ToUpper(w.code))
	if err != nil {
		return "", usage("credit_code", err)
	}
	found, err := d.store.ByHolder(ctx, code, 1)
	if err == nil && len(found) == 0 {
		err = usage("license_not_found", fmt.Errorf("%s has no license here", code))
	}
	return code, err
}

func (c *console) holderLiveCommand() *cobra.Command {
	var o desk
	var id string
	cmd := &cobra.Command{
		Use:   "live --data D --license ID",
		Short: "print the text of a live code (亮证码), which counts for 30 s",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.opened(cmd.Context(), c, func(d *deployment) error {
				v, err := d.store.Current(cmd.Context(), id)
				if errors.Is(err, issuer.ErrNotFound) {
					return usage("license_not_found", fmt.Errorf("there is no license %s", id))
				}
				if err != nil {
					return err
				}
				presenter, err := d.presenter()
				if err != nil {
					return err
				}
				live, err := presenter.Live(v.Text)
				if err != nil {
					return err
				}
				fmt.Fprintln(c.stdout, live.Text)
				return nil
			})
		},
	}
	o.flags(cmd, true)
	cmd.Flags().StringVar(&id, "license", "", "license identifier (of any version) or license number")
	_ = cmd.MarkFlagRequired("license") // it is defined above
	return cmd
}

// presenter makes live codes and derived copies with the district's key for
// presentations.
func (d *deployment) presenter() (*holder.Presenter, error) {
	key, err := d.signer(keys.UsePresentation)
	if err != nil {
		return nil, err
	}
	presenter, err := holder.NewPresenter(holder.Config{Signer: key, Clock: d.clock, Rand: rand.Reader})
	if err != nil {
		return nil, fmt.Errorf("building the presenter: %w", err)
	}
	return presenter, nil
}
