package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"yizheng/dispute"
)

func (c *console) disputeListCommand() *cobra.Command {
	var o desk
	var f dispute.Filter
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list --data D",
		Short: "list disputes, the newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.json = asJSON
			return o.contested(cmd.Context(), c, func(_ *deployment, office *dispute.Office) error {
				all, err := office.List(cmd.Context(), f)
				if err != nil {
					return err
				}
				if c.json {
					printJSON(c.stdout, append([]dispute.Kept{}, all...))
					return nil
				}
				if len(all) == 0 {
					fmt.Fprintln(c.stdout, "没有异议 no disputes")
				}
				for _, k := range all {
					arrow := "→"
					if k.Direction == dispute.Received {
						arrow = "←"
					}
					fmt.Fprintf(c.stdout, "%s  %s  %s %s  %s  %s  %s\n", k.Statement.ID, k.KeptAt.In(beijing()).Format("2006-01-02 15:04"), arrow, k.Other(),
						k.Statement.License, k.Statement.Reason.Words().ZH, k.State.Words().ZH)
				}
				return nil
			})
		},
	}
	o.flags(cmd, true)
	cmd.Flags().StringVar((*string)(&f.Direction), "direction", "", "only those that were sent, or received")
	cmd.Flags().StringVar((*string)(&f.State), "state", "", "only those that are waiting, open, answered or refused")
	cmd.Flags().StringVar(&f.License, "license", "", "only those about this version, by its identifier")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "at most so many")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (c *console) disputeShowCommand() *cobra.Command {
	var o desk
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show --data D ID",
		Short: "show a dispute with its answer",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.json = asJSON
			return o.contested(cmd.Context(), c, func(_ *deployment, office *dispute.Office) error {
				k, err := office.Find(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				c.showDispute(k)
				return nil
			})
		},
	}
	o.flags(cmd, true)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// showDispute prints one, for people or programs.
func (c *console) showDispute(k dispute.Kept) {
	if c.json {
		printJSON(c.stdout, k)
		return
	}
	s := k.Statement
	say := func(w words, value string) {
		if value != "" {
			showField(c.stdout, w, printable(value))
		}
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(beijing()).Format("2006-01-02 15:04:05")
	}
	fmt.Fprintf(c.stdout, "%s  %s %s\n", s.ID, k.State.Words().ZH, k.State.Words().EN)
	say(words{"证", "license"}, s.License.String())
	say(words{"许可", "permit"}, s.Permit)
	say(words{"提出", "filed"}, at(s.Made)+"  "+string(s.From)+"  "+s.Contact.Organisation+" "+s.Contact.Name+" "+s.Contact.Telephone)
	say(words{"核验", "check"}, at(s.Check.At)+"  "+s.Check.Outcome+"  "+s.Check.ID)
	say(words{"事由", "reason"}, s.Reason.Words().ZH+" "+s.Reason.Words().EN)
	say(words{"说明", "text"}, s.Text)
	say(words{"收到", "received"}, at(k.ReceivedAt))
	say(words{"受阻", "problem"}, k.Problem)
	if a := k.Answer; a != nil {
		say(words{"答复", "answer"}, at(a.Made)+"  "+a.Result.Words().ZH+" "+a.Result.Words().EN+"  "+a.By)
		say(words{"理由", "why"}, a.Text)
		say(words{"处理", "act"}, a.Act)
	}
}
