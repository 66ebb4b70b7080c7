package templates

import (
	"errors"
	"fmt"
	"strings"

	"yizheng/templates/raster"
	"yizheng/templates/svg"
)

// The widths that a picture of the face may have, in pixels, and the one that
// is good for most uses: 212 dots an inch, at which the code is read from the
// screen and from a print.
const (
	MinFace   = 1240 // at fewer, modules of the code are single pixels
	MaxFace   = 4960
	UsualFace = 2480
)

// ErrWidth says that a picture was asked for in a size that it cannot have.
var ErrWidth = errors.New("the width of the picture is out of range")

// FaceSVG draws the first page as an SVG picture: vectors alone, with no need
// of a font, and with what the license says as its description. It is meant to
// be a file of its own; two of them within one page would share their names.
func (p *Printer) FaceSVG(d Document) ([]byte, error) {
	s, err := p.draw(d)
	if err != nil {
		return nil, err
	}
	width, height := s.file.Size(0)
	drawing := svg.New(width, height)
	if err := s.file.Replay(0, drawing); err != nil {
		return nil, err
	}
	return drawing.Bytes(d.title(), s.described(), "zh-CN"), nil
}

// FacePNG draws the first page as a PNG picture so many pixels wide, from
// [MinFace] to [MaxFace]. The modules of the code are whole pixels.
func (p *Printer) FacePNG(d Document, width int) ([]byte, error) {
	if width < MinFace || width > MaxFace {
		return nil, fmt.Errorf("%w: %d pixels, %d to %d", ErrWidth, width, MinFace, MaxFace)
	}
	s, err := p.draw(d)
	if err != nil {
		return nil, err
	}
	return s.picture(width)
}

// picture gives the first page as PNG.
func (s *setting) picture(pixels int) ([]byte, error) {
	width, height := s.file.Size(0)
	picture := raster.New(width, height, pixels)
	if err := s.file.Replay(0, picture); err != nil {
		return nil, err
	}
	return picture.PNG(), nil
}

// described says in words what a picture of the license shows.
func (s *setting) described() string {
	d, l := s.doc, s.doc.License
	var b strings.Builder
	say := func(label word, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s：%s。", label.zh, value)
		}
	}
	if d.Draft {
		b.WriteString(words.specimen.zh + "。")
	}
	if d.Demonstration {
		b.WriteString(words.demonstration.zh + "。")
	}
	say(words.name, l.Holder.Name)
	say(words.creditCode, string(l.Holder.CreditCode))
	say(words.premises, l.Holder.Premises)
	say(words.industry, l.Industry)
	for i, permit := range l.Permits {
		say(word{zh: fmt.Sprintf("%s%d", words.permits.zh, i+1)}, permit.Matter+"，"+permit.Number+"，"+permit.Authority+"，"+strings.ReplaceAll(s.until(permit), "\n", " "))
	}
	say(words.issuer, l.Issuer)
	if !d.Draft {
		say(words.issueDate, l.IssueDate.String())
	}
	return b.String()
}
