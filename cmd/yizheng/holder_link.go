package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/license"
)

// linkOutput is a link as it is printed. The address is there once, when the
// link is made.
type linkOutput struct {
	holder.Link
	URL string `json:"url,omitempty"`
}

func (c *console) holderLinkCommand() *cobra.Command {
	var w whose
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "link --data D (--holder CODE | --license ID)",
		Short: "make a link by which a business shows its licenses (亮证链接)",
		Long: "Whoever has the link can show the licenses of this holder: hand it to the holder, and to nobody else.\n" +
			"It is printed this once; the register keeps its hash. Links made before stay open until they are revoked.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.json = asJSON
			return w.opened(cmd.Context(), c, func(d *deployment) error {
				code, err := w.of(cmd.Context(), d)
				if err != nil {
					return err
				}
				address, link, err := d.makeLink(cmd.Context(), code)
				if err != nil {
					return err
				}
				if c.json {
					printJSON(c.stdout, linkOutput{link, address})
					return nil
				}
				fmt.Fprintln(c.stdout, address)
				return nil
			})
		},
	}
	w.flags(cmd, &asJSON)
	return cmd
}

func (c *console) holderListCommand() *cobra.Command {
	var w whose
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list --data D (--holder CODE | --license ID)",
		Short: "list the links of a holder, revoked ones too",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.json = asJSON
			return w.opened(cmd.Context(), c, func(d *deployment) error {
				code, err := w.of(cmd.Context(), d)
				if err != nil {
					return err
				}
				links, err := d.links().Of(cmd.Context(), code)
				if err != nil {
					return err
				}
				if c.json {
					printJSON(c.stdout, append([]holder.Link{}, links...))
					return nil
				}
				if len(links) == 0 {
					fmt.Fprintf(c.stdout, "%s has no link.\n", code)
				}
				for _, l := range links {
					state := "open"
					if !l.Open() {
						state = "revoked " + l.RevokedAt.In(beijing()).Format("2006-01-02 15:04") + " by " + l.RevokedBy
					}
					fmt.Fprintf(c.stdout, "%s  made %s by %s  %s\n", l.ID, l.MadeAt.In(beijing()).Format("2006-01-02 15:04"), l.MadeBy, state)
				}
				return nil
			})
		},
	}
	w.flags(cmd, &asJSON)
	return cmd
}

func (c *console) holderRevokeCommand() *cobra.Command {
	var w whose
	var id string
	var all, asJSON bool
	cmd := &cobra.Command{
		Use:   "revoke --data D (--holder CODE | --license ID) (--link ID | --all)",
		Short: "revoke a link, at once and for good",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.json = asJSON
			if (id == "") == !all {
				return usage("usage", errors.New("revoke takes --link ID, as list shows it, or --all"))
			}
			return w.opened(cmd.Context(), c, func(d *deployment) error {
				code, err := w.of(cmd.Context(), d)
				if err != nil {
					return err
				}
				revoked, err := d.revokeLinks(cmd.Context(), code, id)
				if err != nil {
					return err
				}
				if c.json {
					printJSON(c.stdout, map[string]any{"revoked": revoked})
					return nil
				}
				fmt.Fprintf(c.stdout, "Revoked: %s\n", strings.Join(append([]string{}, revoked...), " "))
				return nil
			})
		},
	}
	w.flags(cmd, &asJSON)
	cmd.Flags().StringVar(&id, "link", "", "the link, as list shows it")
	cmd.Flags().BoolVar(&all, "all", false, "every open link of the holder")
	return cmd
}

// links gives holders links, in the register.
func (d *deployment) links() *holder.Links { return holder.NewLinks(d.store, d.clock, rand.Reader) }

// makeLink makes a link at this desk, and gives its address.
func (d *deployment) makeLink(ctx context.Context, of license.CreditCode) (address string, _ holder.Link, _ error) {
	token, link, err := d.links().Make(ctx, of, atDesk)
	if errors.Is(err, holder.ErrTooMany) {
		err = usage("holder_links_too_many", err)
	}
	return d.publicURL() + "/h/" + token.Secret(), link, err
}

// linksFor makes a link for each holder of what was issued who has none open.
func (d *deployment) linksFor(ctx context.Context, issued []issuer.Issued) (map[license.CreditCode]string, error) {
	made := make(map[license.CreditCode]string)
	for _, one := range issued {
		of := one.License.Holder.CreditCode
		links, err := d.links().Of(ctx, of)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(links, holder.Link.Open) {
			continue
		}
		if made[of], _, err = d.makeLink(ctx, of); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// revokeLinks revokes one link of a holder, or every open one.
func (d *deployment) revokeLinks(ctx context.Context, of license.CreditCode, id string) ([]string, error) {
	ids := []string{id}
	if id == "" {
		links, err := d.links().Of(ctx, of)
		if err != nil {
			return nil, err
		}
		ids = []string{}
		for _, l := range links {
			if l.Open() {
				ids = append(ids, l.ID)
			}
		}
	}
	for _, one := range ids {
		err := d.links().Revoke(ctx, of, one, atDesk)
		if errors.Is(err, holder.ErrNoLink) {
			err = usage("holder_link_unknown", err)
		}
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}
