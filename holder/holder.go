// Package holder is what a business does with its own licenses (亮证): it opens
// them by a link that the office has given it, shows live codes, and has
// copies made that are good for one purpose. Start with [NewLinks] for who may,
// and [NewPresenter] for what is shown.
package holder

import (
	"errors"
	"fmt"
	"io"
	"time"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
)

// Interval is how often a live code is made anew. It is half of its life, so
// that one that was scanned late still counts.
const Interval = payload.PresentationLife / 2

// Config is what a [Presenter] needs.
type Config struct {
	Signer signature.Signer // the issuer's, of the use presentation; required
	Clock  func() time.Time // required
	Rand   io.Reader        // cryptographic; required
}

// Presenter makes live codes and derived copies of licenses that were issued.
// It is safe for concurrent use where Rand is.
type Presenter struct{ c Config }

// NewPresenter checks the configuration.
func NewPresenter(c Config) (*Presenter, error) {
	if c.Signer == nil || c.Signer.PublicKey().IsZero() || c.Clock == nil || c.Rand == nil {
		return nil, errors.New("configuring presentations: Signer, Clock and Rand are required")
	}
	return &Presenter{c}, nil
}

// Shown is a code with a statement, as it stands in a symbol.
type Shown struct {
	Text string    // address and digits
	Made time.Time // UTC, whole seconds
}

// Live makes a live code of the text of a license. It counts for
// [payload.PresentationLife].
func (p *Presenter) Live(text string) (Shown, error) {
	said := payload.Presentation{At: p.now()}
	if _, err := io.ReadFull(p.c.Rand, said.Nonce[:]); err != nil {
		return Shown{}, fmt.Errorf("drawing a nonce: %w", err)
	}
	shown, err := p.state(text, said)
	if err != nil {
		return Shown{}, fmt.Errorf("making a live code: %w", err)
	}
	return Shown{shown, said.At}, nil
}

// Wish is a derived copy (加注件) that somebody asks for.
type Wish struct {
	Recipient string       // who is to have it
	Purpose   string       // what for
	Until     license.Date // the last day on which it counts
	Maker     string       // who asks; empty for the holder
}

// MostDays is the longest term of a derived copy, its first and last day
// included.
const MostDays = 366

// Faults says all that is wrong with the wish on a day.
func (w Wish) Faults(today license.Date) license.Faults {
	var faults license.Faults
	for _, t := range []struct{ field, text string }{{"recipient", w.Recipient}, {"purpose", w.Purpose}} {
		if f, bad := license.TextFault(t.field, t.text, license.MaxAnnotation); bad {
			faults = append(faults, f)
		}
	}
	if f, bad := license.TextFault("maker", w.Maker, license.MaxAnnotation); bad && w.Maker != "" {
		faults = append(faults, f)
	}
	switch {
	case w.Until.IsZero():
		faults = append(faults, license.Fault{Field: "until", Reason: "missing", Message: "A last day is required.", MessageZH: "必须填写截止日期。"})
	case w.Until < today:
		faults = append(faults, license.Fault{Field: "until", Reason: "until_past", Message: "The last day is over.", MessageZH: "截止日期已过。"})
	case int(w.Until)-int(today) >= MostDays:
		faults = append(faults, license.Fault{Field: "until", Reason: "until_too_far",
			Message: fmt.Sprintf("A copy counts for at most %d days.", MostDays), MessageZH: fmt.Sprintf("加注件最长有效%d天。", MostDays)})
	}
	return faults
}

// Copy makes the code of a derived copy of the text of a license. Its errors
// are [license.Faults] where the wish is at fault.
func (p *Presenter) Copy(text string, w Wish) (Shown, error) {
	made := p.now()
	if err := w.Faults(license.DateOf(made)).Err(); err != nil {
		return Shown{}, err
	}
	shown, err := p.state(text, payload.Copy{Made: made, Until: w.Until, Maker: w.Maker, Recipient: w.Recipient, Purpose: w.Purpose})
	if err != nil {
		return Shown{}, fmt.Errorf("making a derived copy: %w", err)
	}
	return Shown{shown, made}, nil
}

func (p *Presenter) now() time.Time { return p.c.Clock().UTC().Truncate(time.Second) }

// state attaches what is said to the code in text, signs it, and reads the
// signature as a stranger would.
func (p *Presenter) state(text string, said payload.Content) (string, error) {
	prefix, code, err := payload.Find(text)
	if err != nil {
		return "", fmt.Errorf("reading the license: %w", err)
	}
	key := p.c.Signer.PublicKey()
	draft, err := payload.Attach(code.Plain(), said, key)
	if err != nil {
		return "", err
	}
	sig, err := p.c.Signer.Sign(draft.SigningInput())
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	if err := key.Verify(draft.SigningInput(), sig); err != nil {
		return "", fmt.Errorf("checking what was signed: %w", err)
	}
	stated, err := draft.Sealed(sig)
	if err != nil {
		return "", err
	}
	return stated.Text(prefix), nil
}
