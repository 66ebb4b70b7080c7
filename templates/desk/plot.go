package desk

// Bar is one number of a plot.
type Bar struct {
	Label string
	Value int64

	X, Y, Width, Height float64 // within the drawing, in its units
	TextX, TextY        float64 // where the number stands
	LabelX, LabelY      float64
}

// Plot is bars with their numbers, drawn as SVG, and as a table for those who
// do not see.
type Plot struct {
	Title   Text
	Bars    []Bar
	Upright bool // columns, not rows
	Width   float64
	Height  float64
	Grid    []Mark
	Total   int64
}

// Mark is a line across a plot, with the number that it stands for.
type Mark struct {
	Y     float64
	Value int64
}

// The measures of a plot, in its own units.
const (
	plotWidth    = 640
	columnHeight = 180
	columnTop    = 24 // above the highest column, for its number
	columnFoot   = 24 // beneath, for the months
	columnLeft   = 44 // for the numbers of the grid
	rowHeight    = 26
	rowLabel     = 250
	rowNumber    = 60
)

// Columns draws upright bars, in the order given: time goes from left to
// right.
func Columns(title Text, bars []Bar) Plot {
	p := Plot{Title: title, Bars: bars, Upright: true, Width: plotWidth, Height: columnTop + columnHeight + columnFoot}
	top := p.sum()
	step := float64(plotWidth-columnLeft) / float64(max(1, len(bars)))
	for n := range bars {
		b := &bars[n]
		b.Width, b.Height = step*0.64, columnHeight*part(b.Value, top)
		b.X, b.Y = columnLeft+step*(float64(n)+0.18), columnTop+columnHeight-b.Height
		b.TextX, b.TextY = b.X+b.Width/2, b.Y-5
		b.LabelX, b.LabelY = b.TextX, columnTop+columnHeight+16
	}
	for _, share := range []float64{0, 0.5, 1} {
		p.Grid = append(p.Grid, Mark{columnTop + columnHeight*(1-share), int64(float64(top)*share + 0.5)})
	}
	return p
}

// Rows draws lying bars, in the order given.
func Rows(title Text, bars []Bar) Plot {
	p := Plot{Title: title, Bars: bars, Width: plotWidth, Height: float64(rowHeight*len(bars)) + 4}
	top := p.sum()
	for n := range bars {
		b := &bars[n]
		b.X, b.Y = rowLabel, float64(rowHeight*n)+4
		b.Width, b.Height = (plotWidth-rowLabel-rowNumber)*part(b.Value, top), rowHeight-8
		b.TextX, b.TextY = b.X+b.Width+6, b.Y+14
		b.LabelX, b.LabelY = rowLabel-8, b.Y+14
	}
	return p
}

// sum adds up the bars, and gives the highest.
func (p *Plot) sum() (top int64) {
	for _, b := range p.Bars {
		top = max(top, b.Value)
		p.Total += b.Value
	}
	return top
}

func part(value, top int64) float64 {
	if top == 0 {
		return 0
	}
	return float64(value) / float64(top)
}

// Short is the label as far as there is room for it: the table has it whole.
func (b Bar) Short() string {
	const most = 17
	if r := []rune(b.Label); len(r) > most {
		return string(r[:most]) + "…"
	}
	return b.Label
}
