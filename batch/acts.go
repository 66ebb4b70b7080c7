package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"yizheng/issuer"
	"yizheng/license"
)

// Acts is what a file of acts on permits needs of the issuer. It is called by
// several goroutines at once.
type Acts interface {
	// CheckPermit says what an act would come to and writes nothing.
	CheckPermit(ctx context.Context, id, number string, act issuer.Act, reason string, actor issuer.Actor) (issuer.PermitActed, error)
	// SetPermit carries it out; the same act a second time changes nothing.
	SetPermit(ctx context.Context, id, number string, act issuer.Act, reason string, o issuer.Order) (issuer.PermitActed, error)
}

var _ Acts = (*issuer.Issuer)(nil)

// act is one row of a file of acts.
type act struct {
	License, Permit string
	Act             issuer.Act
	Reason          string
}

// actWords are the acts as departments name them.
var actWords = map[issuer.Act]issuer.Act{
	"暂扣": issuer.Suspend, "恢复": issuer.Reinstate, "吊销": issuer.Revoke, "撤销": issuer.Rescind, "注销": issuer.Cancel,
}

// act reads the row's act.
func (r Row) act() (act, license.Faults) {
	var a act
	b, faults := r.document()
	if len(faults) > 0 {
		return a, faults
	}
	in := json.NewDecoder(bytes.NewReader(b))
	if err := a.read(in); err != nil {
		return a, license.Faults{fault("", "bad_row", fmt.Sprintf("a row is an object with license, permit, act and reason: %v", err), "每行须为含license、permit、act、reason的JSON对象")}
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		faults = append(faults, fault("", "trailing_data", "there is something after the end of the act: one act a line", "处理内容结束后还有其他内容，每行只能有一个对象"))
	}
	for _, member := range []struct{ name, value string }{{"license", a.License}, {"permit", a.Permit}, {"act", string(a.Act)}, {"reason", a.Reason}} {
		if member.value == "" {
			faults = append(faults, fault(member.name, "missing", "A value is required.", "此项必须填写。"))
		}
	}
	if word, ok := actWords[a.Act]; ok {
		a.Act = word
	}
	return a, faults
}

// read takes the object that comes next. Its members are texts, each is given
// once, and they are named exactly so.
func (a *act) read(in *json.Decoder) error {
	if start, err := in.Token(); err != nil || start != json.Delim('{') {
		return errors.Join(errors.New("it is no object"), err)
	}
	given := map[string]bool{}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return err
		}
		var into *string
		switch name {
		case "license":
			into = &a.License
		case "permit":
			into = &a.Permit
		case "act":
			into = (*string)(&a.Act)
		case "reason":
			into = &a.Reason
		default:
			return fmt.Errorf("%q is none of them", name)
		}
		if given[name.(string)] {
			return fmt.Errorf("%s is given twice", name)
		}
		given[name.(string)] = true
		if err := in.Decode(into); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	_, err := in.Token()
	return err
}

// lookAct finds what is wrong with one act, and the permit that it claims:
// a license has several names, and a permit is the same under each.
func (c Config) lookAct(ctx context.Context, r Row, check bool) (looked, error) {
	l := looked{row: r}
	a, faults := r.act()
	if len(faults) > 0 && (!check || a.License == "") {
		if check {
			l.faults = faults
		}
		return l, nil // of nothing, nothing can be said
	}
	would, err := c.Acts.CheckPermit(ctx, a.License, a.Permit, a.Act, a.Reason, c.Actor)
	found, err := ofAct(err)
	if err != nil {
		return l, fmt.Errorf("checking row %d: %w", r.Number, err)
	}
	if p := would.Permit; len(faults) == 0 && p.Number != "" {
		l.claims = append(l.claims, claimOf(r.Line, onAct, "act", p.Authority, p.Number))
	}
	if check {
		l.faults = beside(faults, found, faults)
	}
	return l, nil
}

// ofAct takes the faults out of an error, with the fields by their names in a
// file of acts.
func ofAct(err error) (license.Faults, error) {
	var faults license.Faults
	if !errors.As(err, &faults) {
		return nil, err
	}
	named := make(license.Faults, len(faults))
	for n, f := range faults {
		if f.Field == "number" || f.Field == "authority" {
			f.Field = "permit"
		}
		named[n] = f
	}
	return named, nil
}

// actGroup carries the acts of a group out, one after the other: each is a
// change of its own, and is seen within a second.
func (r *Run) actGroup(ctx context.Context, g group, known Verdict) ([]answered, error) {
	all := make([]answered, len(g.rows))
	for n, row := range g.rows {
		all[n].row = row
		a, faults := row.act()
		if known.faulty.has(row.Number) && len(faults) == 0 {
			faults = foundFaulty()
		}
		if all[n].faults = faults; len(faults) > 0 {
			continue
		}
		done, err := r.Acts.SetPermit(ctx, a.License, a.Permit, a.Act, a.Reason, issuer.Order{Actor: r.Actor, Key: r.actKey(row)})
		if all[n].faults, err = ofAct(err); err != nil {
			return nil, fmt.Errorf("acting on row %d: %w", row.Number, err)
		}
		all[n].identifier, all[n].number, all[n].text = done.License.Identifier.String(), done.Permit.Number, string(done.State)
		if len(all[n].faults) > 0 {
			all[n].identifier = ""
		}
	}
	return all, nil
}

// actKey is the idempotency key of a row's act; none where no handing in has a
// name.
func (r *Run) actKey(row Row) string {
	if r.HandedIn == "" {
		return ""
	}
	return fmt.Sprintf("batch %s row %d", r.HandedIn, row.Number)
}
