package templates

import (
	"strings"

	"yizheng/templates/pdf"
)

// Places are where on the first page of a document things stand, for tests
// that look there. All are millimetres from the top left corner.
type Places struct {
	Module              float64 // side of a module of the code
	Code                [4]float64
	Seal                [4]float64
	FirstInset, Inset   float64 // within which a first and a later page keep their text
	LeastSize, LeastTop float64 // of type, in points: of anything, and of the holder's fields
}

// PlacesOf gives the places of a document.
func PlacesOf(p *Printer, d Document) Places {
	s := newSetting(p, d)
	module, side := codeSize(d.Symbol.Size)
	x, y := s.codeMiddle()-side/2, s.codeStart()
	at := s.sealPlace()
	return Places{
		Module: module, Code: [4]float64{x, y, x + side, y + side}, Seal: [4]float64{at.x, at.y, at.x + sealSide, at.y + sealSide},
		FirstInset: bandInner + 0.9, Inset: slimInner, LeastSize: leastSize, LeastTop: leastField,
	}
}

// Punctuated marks what is drawn at full width.
func Punctuated(text string) string { return punctuated(text) }

// Broken breaks a text into lines of a width, and gives how far each reaches
// without the spaces at its end. The lines are what is copied of them.
func Broken(p *Printer, size, width float64, text string) (lines []string, reach []float64) {
	st := style{size: size}
	lines = p.lines(st, width, text)
	for i, l := range lines {
		reach = append(reach, p.measure(st, strings.TrimRight(l, " ")))
		lines[i] = strings.Map(pdf.Copied, l)
	}
	return lines, reach
}
