package issuer

import (
	"context"
	"errors"
	"fmt"

	"yizheng/catalog"
	"yizheng/license"
)

// Order says who asks, and under which idempotency key. The same request
// under the same key gives the same licenses for ever; another request under
// it is refused. An empty key stands for none.
type Order struct {
	Actor Actor
	Key   string
}

// Issued is one version of a license as it stands.
type Issued struct {
	License  license.License   `json:"license"`
	Text     string            `json:"text"`               // of the QR code
	State    license.State     `json:"state"`              // of the version: valid, superseded or withdrawn
	Permits  []license.State   `json:"permitStates"`       // by the authorities' acts alone; dates are not counted in
	Repeated bool              `json:"repeated,omitempty"` // it was there before, and nothing was issued now
	Warnings []catalog.Warning `json:"warnings,omitempty"`
}

// maxApplications is how many licenses one call may issue: all of them lie in
// one transaction, and nobody else writes meanwhile.
const maxApplications = 1000

// attempts is how often a request is planned anew when others move the
// register under it.
const attempts = 20

// errContention says that others were always faster.
var errContention = fmt.Errorf("%w: the register is moved by others all the time", ErrUnavailable)

// Issue issues a license for each application, all of them or none. An
// application whose content a current license has gets that license, and
// nothing new is issued for it. What is wrong with the applications is
// returned as license.Faults, all at once; with several applications each
// field begins with the application's place, as in [2].permits[0].number.
func (i *Issuer) Issue(ctx context.Context, apps []catalog.Application, o Order) ([]Issued, error) {
	if err := o.Actor.mayIssue(); err != nil {
		return nil, err
	}
	if len(apps) == 0 || len(apps) > maxApplications {
		return nil, license.Faults{fault("", "batch_size",
			fmt.Sprintf("one request issues 1 to %d licenses, not %d", maxApplications, len(apps)),
			fmt.Sprintf("一次请求可以制发1至%d张证，不能是%d张", maxApplications, len(apps)))}
	}
	hash, err := requestHash("issue", "", apps)
	if err != nil {
		return nil, err
	}
	return i.fulfil(ctx, o, hash, func(ctx context.Context) (plan, error) { return i.planIssue(ctx, apps) })
}

// plan is what a request comes to, before anything is reserved.
type plan struct {
	answer   []answer
	versions []planned // what is to be issued
}

// answer points one application to a version: one that exists, or the one
// that is planned under index.
type answer struct {
	identifier string
	planned    int
	warnings   []catalog.Warning
}

// planned is a version to be issued, still without serial and place.
type planned struct {
	license     license.License // Identifier has no serial when it is a new license
	content     [32]byte
	operation   string
	predecessor string
	states      []license.State // of the permits, as they were when it was planned
}

// planIssue checks every application and finds those that are there already.
func (i *Issuer) planIssue(ctx context.Context, apps []catalog.Application) (plan, error) {
	now := i.now()
	var p plan
	var faults license.Faults
	seen := map[[32]byte]int{}
	listed := map[PermitKey]int{}
	var permits []license.Permit
	for _, app := range apps {
		permits = append(permits, app.Permits...)
	}
	contents := make([][32]byte, len(apps))
	for n, app := range apps {
		var err error
		if contents[n], err = content(app); err != nil {
			return plan{}, err
		}
	}
	// The content is looked for after the permits: whoever issues the same
	// meanwhile is then found by one or by the other.
	standing, err := i.standing(ctx, permits)
	if err != nil {
		return plan{}, err
	}
	existing, err := i.allExisting(ctx, contents)
	if err != nil {
		return plan{}, err
	}
	for n, app := range apps {
		here := standing[:len(app.Permits)]
		standing = standing[len(app.Permits):]
		at := ""
		if len(apps) > 1 {
			at = fmt.Sprintf("[%d]", n)
		}
		digest := contents[n]
		if index, ok := seen[digest]; ok {
			p.answer = append(p.answer, answer{planned: index})
			continue
		}
		if existing[n] != "" {
			p.answer = append(p.answer, answer{identifier: existing[n]})
			continue
		}
		draft, warnings, wrong, err := i.draft(app, now, license.Identifier{}, here)
		if err != nil {
			return plan{}, err
		}
		index := len(p.versions)
		for k, key := range keysOf(app.Permits) {
			if other, ok := listed[key]; ok && other != index {
				wrong = append(wrong, permitElsewhere(fmt.Sprintf("permits[%d].number", k), key, "another license of this request", "本次请求中的另一张证"))
			}
			listed[key] = index
		}
		faults = append(faults, within(at, wrong)...)
		seen[digest] = index
		p.answer = append(p.answer, answer{planned: index, warnings: warnings})
		p.versions = append(p.versions, planned{license: draft, content: digest, operation: "issue", states: statesOf(here)})
	}
	return p, faults.Err()
}

// existing gives the identifier of the current license with the content, and
// nothing where there is none.
func (i *Issuer) existing(ctx context.Context, content [32]byte) (string, error) {
	all, err := i.allExisting(ctx, [][32]byte{content})
	if err != nil {
		return "", err
	}
	return all[0], nil
}

// allExisting is existing for each of the contents.
func (i *Issuer) allExisting(ctx context.Context, contents [][32]byte) ([]string, error) {
	all, err := i.c.Store.CurrentOf(ctx, contents)
	if err != nil {
		return nil, fmt.Errorf("looking for the same content: %w", err)
	}
	return all, nil
}

// within puts the application's place before the field of each fault.
func within(at string, faults license.Faults) license.Faults {
	if at == "" {
		return faults
	}
	placed := make(license.Faults, len(faults))
	for n, f := range faults {
		switch f.Field {
		case "":
			f.Field = at
		default:
			f.Field = at + "." + f.Field
		}
		placed[n] = f
	}
	return placed
}

// fulfil carries a request through: it answers from the key where the key was
// used, or plans and issues. What others do meanwhile makes it start over.
func (i *Issuer) fulfil(ctx context.Context, o Order, hash [32]byte, makePlan func(context.Context) (plan, error)) ([]Issued, error) {
	for range attempts {
		if o.Key != "" {
			issued, found, err := i.remembered(ctx, o, hash)
			if err != nil {
				return nil, err
			}
			if found {
				return issued, nil
			}
		}
		p, err := makePlan(ctx)
		if err != nil {
			return nil, err
		}
		issued, again, err := i.carryOut(ctx, o, hash, p)
		if err != nil {
			return nil, err
		}
		if !again {
			return issued, nil
		}
	}
	return nil, errContention
}

// remembered answers a request whose key was used before.
func (i *Issuer) remembered(ctx context.Context, o Order, hash [32]byte) (_ []Issued, found bool, _ error) {
	r, err := i.c.Store.Request(ctx, o.Key)
	if errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("looking up the idempotency key: %w", err)
	}
	if r.Hash != hash {
		return nil, false, keyReused()
	}
	if r.Left {
		return nil, false, i.makeWay(ctx, r.Batch, o.Actor)
	}
	issued, err := i.versions(ctx, r.Answer)
	for n := range issued {
		issued[n].Repeated = true
	}
	return issued, true, err
}

// carryOut makes what is planned and stores it. again says that others have
// moved the register, so that the request must be planned anew.
func (i *Issuer) carryOut(ctx context.Context, o Order, hash [32]byte, p plan) (_ []Issued, again bool, _ error) {
	b, err := i.make(ctx, o, hash, p)
	if err != nil {
		return nil, false, err
	}
	if len(b.Entries) > 0 || b.Key != "" {
		again, err = i.store(ctx, b, o.Actor)
		if err != nil || again {
			return nil, again, err
		}
	}
	issued := make([]Issued, len(p.answer))
	for n, a := range p.answer {
		if a.identifier == "" {
			e := b.Entries[a.planned]
			issued[n] = Issued{License: e.License, Text: e.Text, State: license.Valid, Permits: e.States}
		} else if issued[n], err = i.version(ctx, a.identifier); err != nil {
			return nil, false, err
		}
		issued[n].Repeated = a.identifier != ""
		issued[n].Warnings = a.warnings
	}
	return issued, false, nil
}

// store stores what was made. again says that others have moved the register.
func (i *Issuer) store(ctx context.Context, b Batch, actor Actor) (again bool, _ error) {
	err := i.c.Store.Issue(ctx, b)
	var held *Conflict
	switch {
	case err == nil:
		i.c.Log.Info("issued", "batch", b.ID, "licenses", len(b.Entries))
		return false, nil
	case errors.As(err, &held) && held.Left:
		return true, i.makeWay(ctx, held.Batch, actor)
	case held != nil, errors.Is(err, ErrMoved):
		return true, nil
	}
	return false, fmt.Errorf("storing what was issued: %w", err)
}

// versions reads the versions that answer a request.
func (i *Issuer) versions(ctx context.Context, identifiers []string) ([]Issued, error) {
	issued := make([]Issued, len(identifiers))
	for n, id := range identifiers {
		var err error
		if issued[n], err = i.version(ctx, id); err != nil {
			return nil, err
		}
	}
	return issued, nil
}

func (i *Issuer) version(ctx context.Context, identifier string) (Issued, error) {
	v, err := i.c.Store.Version(ctx, identifier)
	if err != nil {
		return Issued{}, fmt.Errorf("reading %s: %w", identifier, err)
	}
	return asIssued(v), nil
}

func asIssued(v Version) Issued {
	return Issued{License: v.License, Text: v.Text, State: v.State, Permits: v.States}
}
