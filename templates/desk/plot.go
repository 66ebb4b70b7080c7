package desk

// Bar is one number of a plot.
type Bar struct {
	Label string
	Short string // beneath a column
	Value int64

	X, Y, Width, Height float64 // within the drawing, in its units
	TextX, TextY        float64 // where the number stands
	LabelX, LabelY      float64
}

// Plot is bars with their numbers: columns are drawn as SVG with a table beside
// it for those who do not see, rows as a table with bars in it.
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

// Rows draws lying bars, in the order given, each as wide as its part of a
// hundred.
func Rows(title Text, bars []Bar) Plot {
	p := Plot{Title: title, Bars: bars}
	top := p.sum()
	for n := range bars {
		bars[n].Width = 100 * part(bars[n].Value, top)
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
