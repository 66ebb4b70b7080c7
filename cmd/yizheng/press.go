package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"yizheng/catalog"
	"yizheng/document"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/register"
	"yizheng/templates"
	"yizheng/templates/font"
)

// pngModule is the side of a module of a code's picture, in pixels: large
// enough to print, small enough to send.
const pngModule = 8

// press makes the sealed document of a license version, once, and draws codes.
type press struct {
	store     *register.Store
	catalogue *catalog.Set
	printer   *templates.Printer
	seal      *sealKeeper
	settings  settings
}

func newPress(d *deployment, printer *templates.Printer) *press {
	return &press{store: d.store, catalogue: d.catalogue, printer: printer, seal: newSealKeeper(d), settings: d.settings}
}

// newPrinter makes a printer with the program's fonts and further ones, whose
// paths are from dir.
func newPrinter(dir string, further []string) (*templates.Printer, error) {
	var more []*font.Face
	for _, path := range further {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		face, err := font.Open(path)
		if err != nil {
			return nil, &failure{exit: exitUsage, file: path, reason: "font", err: err}
		}
		more = append(more, face)
	}
	printer, err := templates.New(templates.Config{More: more})
	if err != nil {
		return nil, fmt.Errorf("loading the fonts: %w", err)
	}
	return printer, nil
}

// Document gives the sealed PDF of a version in an edition: the one that was
// made, or one made now and kept. Without the timestamp and the revocation data that are
// configured nothing is made: [seal.ErrUnavailable], and the next one to ask
// tries again.
func (p *press) Document(ctx context.Context, v issuer.Version, e templates.Edition) ([]byte, error) {
	made, err := p.store.Document(ctx, v.License.Identifier.String(), e.Name())
	if err == nil {
		return made.Content, nil
	}
	if !errors.Is(err, issuer.ErrNotFound) {
		return nil, fmt.Errorf("looking for the document: %w", err)
	}
	content, err := p.content(v)
	if err != nil {
		return nil, err
	}
	content.Form, content.Bilingual = e.Form, e.Bilingual
	made, err = p.sealed(ctx, content)
	if err != nil {
		return nil, err
	}
	made.Identifier, made.Form, made.Signer = v.License.Identifier.String(), e.Name(), v.License.Issuer
	if made, err = p.store.PutDocument(ctx, made); err != nil {
		return nil, fmt.Errorf("keeping the document: %w", err)
	}
	return made.Content, nil
}

// sealed draws a document and seals it.
func (p *press) sealed(ctx context.Context, content templates.Document) (made register.Document, _ error) {
	sealer, err := p.seal.open()
	if err != nil {
		return made, err
	}
	prepared, err := sealer.Prepare(ctx)
	if err != nil {
		return made, fmt.Errorf("preparing the seal: %w", err)
	}
	content.SignatureSpace = prepared.Space()
	body, err := p.draw(content)
	if err != nil {
		return made, err
	}
	signature, err := prepared.Seal(ctx, body.SignedBytes())
	if err != nil {
		return made, fmt.Errorf("sealing the document: %w", err)
	}
	made = register.Document{
		MediaType: "application/pdf", Template: body.Version(), Font: body.Version(),
		Seal: sealer.Certificate().Subject.CommonName, SignedAt: signature.SigningTime,
	}
	if made.Content, err = body.Sealed(signature.CMS); err != nil {
		return made, fmt.Errorf("sealing the document: %w", err)
	}
	return made, nil
}

// Render makes the document of the version with the identifier, for the job
// that follows its issue.
func (p *press) Render(ctx context.Context, identifier string) error {
	v, err := p.store.Version(ctx, identifier)
	if err != nil {
		return fmt.Errorf("reading version %s: %w", identifier, err)
	}
	_, err = p.Document(ctx, v, templates.Edition{})
	return err
}

// content says what the document of a version says, with its code.
func (p *press) content(v issuer.Version) (templates.Document, error) {
	symbol, err := document.Symbol(v.Text)
	if err != nil {
		return templates.Document{}, err
	}
	content, err := p.describe(v.License)
	content.Text, content.Symbol = v.Text, symbol
	return content, err
}

// describe says what the document of a license says, but for its code.
func (p *press) describe(l license.License) (templates.Document, error) {
	version, ok := p.catalogue.Version(l.Catalogue)
	if !ok {
		return templates.Document{}, fmt.Errorf("drawing the document: there is no catalogue %s", l.Catalogue)
	}
	return templates.Document{
		License: l, Authorities: authoritiesOf(version, l), Statements: statementsOf(version, l.IssueDate),
		SealName: version.Seal, VerifyURL: strings.TrimSuffix(p.settings.codePrefix(), "v/"),
		Demonstration: l.Demonstration,
	}, nil
}

func (p *press) draw(d templates.Document) (*templates.Body, error) {
	body, err := p.printer.Document(d)
	if err != nil {
		return nil, fmt.Errorf("drawing the document: %w", err)
	}
	return body, nil
}

// Draw draws one of the faces of a version that need no seal, by its name:
// code.svg, code.png, code.txt, face.svg, face.png, card.png or counter.pdf.
// The edition is that of a face, and a width in pixels counts for face.png
// alone; 0 is the usual. The same version gives the same bytes.
func (p *press) Draw(v issuer.Version, name string, e templates.Edition, width int) ([]byte, error) {
	content, err := p.content(v)
	if err != nil {
		return nil, err
	}
	content.Form, content.Bilingual = e.Form, e.Bilingual
	if width == 0 {
		width = templates.UsualFace
	}
	var drawn []byte
	switch name {
	case "code.txt":
		drawn = []byte(v.Text) // and nothing more: as a scanner reads it
	case "code.svg":
		drawn = templates.CodeSVG(content.Symbol, v.License.Number)
	case "code.png":
		drawn, err = p.printer.CodePNG(content.Symbol, v.License.Number, pngModule)
	case "face.svg":
		drawn, err = p.printer.FaceSVG(content)
	case "face.png":
		drawn, err = p.printer.FacePNG(content, width)
	case "card.png":
		drawn, err = p.printer.CardPNG(content)
	case "counter.pdf":
		drawn, err = p.printer.CounterSign(content)
	default:
		err = fmt.Errorf("there is no %s", name)
	}
	if err != nil {
		return nil, fmt.Errorf("drawing %s: %w", name, err)
	}
	return drawn, nil
}

// authoritiesOf gives the authorities that the permits name, each once.
func authoritiesOf(c *catalog.Catalogue, l license.License) []license.Authority {
	var named []license.Authority
	seen := make(map[string]bool)
	for _, permit := range l.Permits {
		authority, ok := c.Authority(permit.Authority)
		if ok && !seen[authority.Name] {
			seen[authority.Name] = true
			named = append(named, authority)
		}
	}
	return named
}

// statementsOf gives the sentences of law that are in force on day, each with
// the first of its sources that is more than somebody's reading.
func statementsOf(c *catalog.Catalogue, day license.Date) []templates.Statement {
	var said []templates.Statement
	for _, s := range c.Statements {
		statement, _ := c.Statement(s.ID, day)
		for _, source := range statement.Sources {
			if source.Interpretation {
				continue
			}
			one := templates.Statement{Text: statement.Text, TextEN: statement.TextEN, Source: source.String()}
			if !source.DayUnknown {
				one.Date = source.From
			}
			said = append(said, one)
			break
		}
	}
	return said
}
