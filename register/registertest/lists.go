package registertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"yizheng/issuer"
	"yizheng/library/metadata"
	"yizheng/register"
)

// several issues licenses in one second.
func several(t *testing.T, r Register, batchID string, count int) (identifiers []string) {
	t.Helper()
	var entries []issuer.Entry
	for n := range count {
		entries = append(entries, made(t, r, nil, fmt.Sprintf("%s %d", batchID, n)))
	}
	b := batch(batchID, "", entries...)
	must(t, r.Issue(context.Background(), b))
	return b.Answer
}

// recent pages through licenses of one second, of which one that was shown is
// changed between the pages and others are added: each is shown once.
func recent(t *testing.T, r Register) {
	ctx := context.Background()
	changed := made(t, r, nil, "1", "2")
	want := append(several(t, r, "a", 4), issued(t, r, "b", changed).Identifier.String())
	slices.Reverse(want)

	var got []string
	page, err := r.Recent(ctx, at, 2)
	for ; err == nil && len(page) > 0; page, err = r.RecentAfter(ctx, page[len(page)-1].Mark(), 2) {
		for _, f := range page {
			got = append(got, f.Identifier)
		}
		if len(got) == 2 {
			several(t, r, "c", 3)
			issued(t, r, "d", made(t, r, &changed.License, "2", "3"))
		}
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("page by page %v, %v; want %v", got, err, want)
	}
	all, err := r.Recent(ctx, at, 100)
	if err != nil || len(all) != 8 || all[0].Identifier != changed.License.Identifier.Next().String() {
		t.Errorf("anew %+v, %v", all, err)
	}
	marksOfOthers(t, func(mark string) ([]register.Found, error) { return r.RecentAfter(ctx, mark, 2) })
}

// ofHolder lists a holder's licenses page by page: those that count first, each
// the newest first, also where one is withdrawn and another issued meanwhile.
func ofHolder(t *testing.T, r Register) {
	ctx := context.Background()
	const code = "91310000631696382C"
	withdraw := func(identifier string) {
		t.Helper()
		l, err := r.Current(ctx, identifier)
		must(t, err)
		must(t, r.Withdraw(ctx, issuer.Withdrawal{Identifier: identifier, At: at, Event: event(t, l.License, metadata.Status)}))
	}
	ids := several(t, r, "a", 6)
	withdraw(ids[1])
	withdraw(ids[4])

	var got []string
	page, err := r.ByHolder(ctx, code, 3)
	for ; err == nil && len(page) > 0; page, err = r.ByHolderAfter(ctx, code, page[len(page)-1].MarkOfHolder(), 3) {
		for _, f := range page {
			got = append(got, f.Identifier)
		}
		if len(got) == 3 {
			several(t, r, "b", 1)
			withdraw(ids[0])
		}
	}
	if want := []string{ids[5], ids[3], ids[2], ids[4], ids[1], ids[0]}; err != nil || !slices.Equal(got, want) {
		t.Errorf("page by page %v, %v; want %v", got, err, want)
	}
	marksOfOthers(t, func(mark string) ([]register.Found, error) { return r.ByHolderAfter(ctx, code, mark, 2) })
	if found, err := r.ByHolder(ctx, "91310104765234891D", 10); err != nil || len(found) != 0 {
		t.Errorf("another holder's: %v, %v", found, err)
	}
}

// marksOfOthers are refused: of a program of before, of other lists, and what
// is no mark at all.
func marksOfOthers(t *testing.T, after func(mark string) ([]register.Found, error)) {
	t.Helper()
	for _, mark := range []string{"", "x", "1782871200.2", "WyIxIl0", "WyJ4IiwieSJd", "W10", strings.Repeat("x", 9999)} {
		if found, err := after(mark); !errors.Is(err, register.ErrMark) {
			t.Errorf("after %.20q: %v, %v", mark, found, err)
		}
	}
}
