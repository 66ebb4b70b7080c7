package scantest

// Condition is what happens to a code between the printer and the reader. The
// zero value is a page as it was rendered; of what is not stated, nothing
// happens.
type Condition struct {
	Name string
	// Photograph shows a square of 120 mm around the code and not the whole
	// page, since that is what a person aims a camera at.
	Photograph bool
	// Screen is a phone that shows the code alone: see screen.
	Screen bool
	// Print is the scale at which the page was printed, 1 where it is 0.
	Print float64
	// Stains are round spots of ink over this part of the code's area, clear
	// of the three finder patterns.
	Stains float64
	// Gloss is a reflection that burns out this part of the code's area, with
	// a soft edge as wide as itself.
	Gloss float64
	// Shade is the part of the light that the darkest corner lacks, with the
	// hard shadow of a hand across the code that takes a quarter more.
	Shade float64
	// Turn is by how many degrees the picture is turned, and Tilt by how many
	// the paper leans away from a camera 300 mm above it, about its diagonal.
	Turn, Tilt float64
	// Blur is the deviation of a Gaussian, in millimetres on paper.
	Blur float64
	// Contrast is the part that is left of the distance between black and
	// white, about a grey a little above the middle. 1 where it is 0.
	Contrast float64
	// Noise is the deviation of each pixel in levels of 255.
	Noise float64
	// Inverted shows light for dark.
	Inverted bool
	// JPEG is the quality of the compression at the end; none where it is 0.
	JPEG int
}

// Conditions are those of the table in docs/benchmarks.md, in its order.
func Conditions() []Condition {
	return []Condition{
		{Name: "as rendered"},
		{Name: "blur 0.1 mm", Blur: 0.1},
		{Name: "blur 0.2 mm", Blur: 0.2},
		{Name: "blur 0.3 mm", Blur: 0.3},
		{Name: "JPEG quality 30", JPEG: 30},
		{Name: "turned 3°, whole page", Turn: 3},
		{Name: "turned 15°", Photograph: true, Turn: 15},
		{Name: "turned 30°", Photograph: true, Turn: 30},
		{Name: "turned 45°", Photograph: true, Turn: 45},
		{Name: "tilted 20°", Photograph: true, Tilt: 20},
		{Name: "tilted 35°", Photograph: true, Tilt: 35},
		{Name: "printed at 96 %", Print: 0.96},
		{Name: "printed at 93 %", Print: 0.93},
		{Name: "contrast 30 %", Contrast: 0.3, Noise: 3},
		{Name: "stains over 5 %", Stains: 0.05},
		{Name: "phone screen, moiré", Screen: true, Turn: 4, Noise: 3},
		{Name: "dark mode, inverted", Inverted: true},
		{Name: "uneven light", Photograph: true, Shade: 0.6, Noise: 3},
		{Name: "glossy reflection, 4 %", Photograph: true, Gloss: 0.04},
		{Name: "phone's photograph", Photograph: true, Turn: 12, Tilt: 15, Blur: 0.1, Shade: 0.4, Noise: 5, JPEG: 60},
		{Name: "behind glass", Photograph: true, Turn: 7, Tilt: 20, Gloss: 0.03, Shade: 0.4, Contrast: 0.6, Noise: 4},
		{Name: "copy of a stained print", Print: 0.96, Turn: 1, Stains: 0.02, Blur: 0.15, Contrast: 0.5, JPEG: 40},
		{Name: "all of it at once", Photograph: true, Print: 0.96, Turn: 30, Tilt: 20, Stains: 0.02, Blur: 0.12, Shade: 0.3, Contrast: 0.5, Noise: 5, JPEG: 40},
	}
}

// onPaper says whether the page itself is seen, straight and whole, so that it
// can be rendered at the resolution of the picture and needs no camera.
func (c Condition) onPaper() bool {
	return !c.Photograph && !c.Screen && c.Turn == 0 && c.Tilt == 0
}
