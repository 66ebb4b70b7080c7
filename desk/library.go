package desk

import (
	"errors"
	"net/http"
	"strconv"

	"yizheng/issuer"
	pages "yizheng/templates/desk"
)

// deadShown is how many dead letters a page shows, and how many are sent again
// at once.
const deadShown = 100

// library shows what has not reached the e-license library, and why.
func (d *Desk) library(q *request) error {
	ctx, after := q.r.Context(), q.r.URL.Query().Get("after")
	state, err := d.c.Register.FilingState(ctx)
	if err != nil {
		return err
	}
	page := pages.LibraryPage{Pending: state.Pending, Dead: state.Dead, Token: q.who.FormToken(), FilesAgain: d.may(q.who.Grant, toFileAgain), Reads: d.may(q.who.Grant, toOversee)}
	if state.Pending+state.Dead > 0 {
		page.Oldest = state.Oldest
	}
	if after == "" {
		letters, err := d.c.Register.DeadLetters(ctx, deadShown)
		if err != nil {
			return err
		}
		for _, l := range letters {
			page.Letters = append(page.Letters, filing(l))
		}
	}
	waiting, err := d.c.Register.Backlog(ctx, after, pageSize+1)
	if err != nil {
		return err
	}
	if len(waiting) > pageSize {
		waiting = waiting[:pageSize]
		page.Next = Root + "/library?after=" + escape(waiting[pageSize-1])
	}
	if after != "" {
		page.First = Root + "/library"
	}
	for _, base := range waiting {
		// The first that is not delivered holds up the others.
		events, err := d.c.Register.Pending(ctx, base, 1)
		if err != nil {
			return err
		}
		if len(events) == 1 {
			page.Waiting = append(page.Waiting, filing(events[0]))
		}
	}
	return d.show(q, http.StatusOK, "library", pages.Text{ZH: "归集", EN: "Filing"}, page)
}

// replay sends one dead letter again, or all that the page shows.
func (d *Desk) replay(q *request) error {
	ctx, by := q.r.Context(), asDepartment(q.who.Grant).String()
	if q.r.PostForm.Get("all") != "" {
		letters, err := d.c.Register.DeadLetters(ctx, deadShown)
		if err != nil {
			return err
		}
		for _, l := range letters {
			err := d.c.Register.Replay(ctx, l.License, l.Sequence, by, d.now())
			if err != nil && !errors.Is(err, issuer.ErrMoved) {
				return err
			}
		}
		return q.redirect(Root + "/library?done=replayed")
	}
	sequence, err := strconv.ParseInt(q.r.PostForm.Get("sequence"), 10, 64)
	if err != nil {
		return malformed(err)
	}
	err = d.c.Register.Replay(ctx, q.r.PostForm.Get("license"), sequence, by, d.now())
	if errors.Is(err, issuer.ErrMoved) {
		return q.redirect(Root + "/library?done=before")
	}
	if err != nil {
		return err
	}
	return q.redirect(Root + "/library?done=replayed")
}

// hurry lets everything of a license be tried at once.
func (d *Desk) hurry(q *request) error {
	if err := d.c.Register.Hurry(q.r.Context(), q.r.PostForm.Get("license")); err != nil {
		return err
	}
	return q.redirect(Root + "/library?done=hurried")
}
