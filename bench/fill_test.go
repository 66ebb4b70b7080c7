package bench_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"yizheng/issuer"
	"yizheng/library/metadata"
	"yizheng/license"
	"yizheng/register"
)

// fillAtOnce is how many licenses are written in one transaction.
const fillAtOnce = 1000

// fill writes licenses into a register, by the register's own hand, until it
// has so many: each with all its rows, as issuing would write them, on the
// places that issuing would give them, and published with the others. They are
// made like those that the program has issued there. What they lack is what a
// look-up does not see: their codes are copies and their jobs are not put. That
// takes a quarter of the time of issuing them.
func (d *district) fill(t testing.TB, store *register.Store, size int) {
	t.Helper()
	ctx := context.Background()
	var like []issuer.Version
	for _, id := range d.ids {
		v, err := store.Current(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		like = append(like, v)
	}
	every := max(1, size/noted)
	for n := len(d.ids); n < size; n += fillAtOnce {
		b := issuer.Batch{ID: fmt.Sprintf("filled-%d", n), Actor: "bench", At: time.Now(), Answer: []string{}}
		var wants []issuer.Want
		for k := n; k < min(size, n+fillAtOnce); k++ {
			wants = append(wants, issuer.Want{Length: 1 + len(like[k%len(like)].License.Permits)})
		}
		slots, err := store.Reserve(ctx, like[0].License.IssueDate.Start().Year(), wants, func() (uint32, error) { return rand.Uint32(), nil })
		if err != nil {
			t.Fatal(err)
		}
		for k, slot := range slots {
			e := copied(t, like[(n+k)%len(like)], slot, n+k)
			b.Entries = append(b.Entries, e)
			if (n+k)%every == 0 {
				d.all = append(d.all, e.License.Number)
			}
		}
		if err := store.Issue(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	d.all = append(d.all, d.ids...)
}

// copied makes another license of one that was issued.
func copied(t testing.TB, v issuer.Version, slot issuer.Slot, n int) issuer.Entry {
	t.Helper()
	l := v.License
	l.Identifier.Serial, l.Identifier.Version = slot.Serial, 1
	l.Number, l.StatusIndex = string(l.Region)+slot.Serial, slot.Index
	var err error
	if l.Holder.CreditCode, err = license.NewCreditCode(fmt.Sprintf("91310105MB%07d", n)); err != nil {
		t.Fatal(err)
	}
	l.Permits = append([]license.Permit(nil), l.Permits...)
	for at := range l.Permits {
		l.Permits[at].Number += fmt.Sprintf("/%07d", n)
	}
	c := metadata.NewCertificate(l, v.States, l.Identifier.Issuer, "", metadata.OperationNew)
	event, err := metadata.NewEvent(l.Identifier.Base(), metadata.Issue, v.IssuedAt, c)
	if err != nil {
		t.Fatal(err)
	}
	return issuer.Entry{License: l, Content: sha256.Sum256([]byte(l.Number)), Operation: "issue", KeyID: "copied",
		Text: v.Text, States: v.States, Event: event}
}
