package raster_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"yizheng/templates/pdf"
	"yizheng/templates/raster"
)

// drawn shows a page of 20 by 20 millimetres, ten pixels to the millimetre.
func drawn(t *testing.T, draw func(f *pdf.File, c *pdf.Content)) image.Image {
	t.Helper()
	f := pdf.New(pdf.NewCompressor(1))
	c := pdf.NewContent(20)
	draw(f, c)
	f.Page(20, 20, c)
	width, height := f.Size(0)
	p := raster.New(width, height, 200)
	if err := f.Replay(0, p); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(p.PNG()))
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds() != image.Rect(0, 0, 200, 200) {
		t.Fatalf("the picture is %v", img.Bounds())
	}
	return img
}

// ink is how many pixels are covered in all, black on white.
func ink(img image.Image) (sum float64) {
	for y := range 200 {
		for x := range 200 {
			sum += 1 - float64(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)/255
		}
	}
	return sum
}

func black(c *pdf.Content) {
	c.Fill(pdf.Colour{})
	c.Stroke(pdf.Colour{}, 0.5)
}

// TestAreas compares how much of a page is covered with what geometry says.
func TestAreas(t *testing.T) {
	for _, c := range []struct {
		name string
		draw func(f *pdf.File, c *pdf.Content)
		want float64 // pixels
	}{
		{"a rectangle on whole pixels", func(_ *pdf.File, c *pdf.Content) { c.Rect(2, 3, 5, 7); c.PaintFill() }, 3500},
		{"a rectangle between pixels", func(_ *pdf.File, c *pdf.Content) { c.Rect(2.03, 3.04, 5.05, 7.02); c.PaintFill() }, 3545.1},
		{"the whole page", func(_ *pdf.File, c *pdf.Content) { c.Rect(0, 0, 20, 20); c.PaintFill() }, 40000},
		{"beyond the page", func(_ *pdf.File, c *pdf.Content) { c.Rect(-50, 10, 500, 500); c.PaintFill() }, 20000},
		{"across a corner", func(_ *pdf.File, c *pdf.Content) { c.MoveTo(10, -5); c.LineTo(25, 10); c.LineTo(10, 10); c.PaintFill() }, 8750},
		{"a circle", func(_ *pdf.File, c *pdf.Content) { c.Circle(10, 10, 8); c.PaintFill() }, math.Pi * 6400},
		{"a ring", func(_ *pdf.File, c *pdf.Content) { c.Circle(10, 10, 8); c.Circle(10, 10, 6); c.PaintEvenOdd() }, math.Pi * 2800},
		{"a circle twice, by the other rule", func(_ *pdf.File, c *pdf.Content) { c.Circle(10, 10, 8); c.Circle(10, 10, 6); c.PaintFill() }, math.Pi * 6400},
		{"a line", func(_ *pdf.File, c *pdf.Content) { c.Line(2, 2, 14, 18) }, 20 * 10 * 5},
		{"a line as a circle", func(_ *pdf.File, c *pdf.Content) { c.Circle(10, 10, 8); c.PaintStroke() }, 2 * math.Pi * 80 * 5},
		{"a line around a corner", func(_ *pdf.File, c *pdf.Content) { c.Rect(5, 5, 10, 10); c.PaintStroke() }, 4 * 100 * 5},
		{"clipped", func(_ *pdf.File, c *pdf.Content) {
			c.Save()
			c.Rect(0, 0, 10, 20)
			c.Clip()
			c.Circle(10, 10, 8)
			c.PaintFill()
			c.Restore()
			c.Rect(15, 0, 1, 1)
			c.PaintFill()
		}, math.Pi*3200 + 100},
		{"half translucent", func(f *pdf.File, c *pdf.Content) {
			c.State(f.Opacity(0.5, false))
			c.Rect(0, 0, 10, 10)
			c.PaintFill()
		}, 5000},
		{"turned", func(_ *pdf.File, c *pdf.Content) {
			c.Save()
			c.Origin(10, 10)
			c.Turn(33)
			c.Rect(-5, -5, 10, 10)
			c.PaintFill()
			c.Restore()
		}, 10000},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ink(drawn(t, func(f *pdf.File, page *pdf.Content) { black(page); c.draw(f, page) }))
			if math.Abs(got-c.want) > 0.004*c.want+2 {
				t.Errorf("%.1f pixels are covered, and not %.1f", got, c.want)
			}
		})
	}
}

// TestInks lays one ink upon another.
func TestInks(t *testing.T) {
	red, blue := pdf.Hex(0xE60012), pdf.Hex(0x004080)
	square := func(c *pdf.Content, k pdf.Colour) {
		c.Fill(k)
		c.Rect(0, 0, 20, 20)
		c.PaintFill()
	}
	for _, c := range []struct {
		name string
		draw func(f *pdf.File, c *pdf.Content)
		want color.RGBA
	}{
		{"an ink", func(_ *pdf.File, c *pdf.Content) { square(c, red) }, color.RGBA{0xE6, 0, 0x12, 255}},
		{"above another", func(_ *pdf.File, c *pdf.Content) { square(c, red); square(c, blue) }, color.RGBA{0, 0x40, 0x80, 255}},
		{"multiplied", func(f *pdf.File, c *pdf.Content) {
			square(c, red)
			c.State(f.Opacity(1, true))
			square(c, blue)
		}, color.RGBA{0, 0, 9, 255}},
		{"a group as one drop", func(f *pdf.File, c *pdf.Content) {
			z := pdf.NewCompressor(1)
			form := pdf.NewContent(20)
			square(form, blue)
			square(form, red)
			name := f.XObject(form.Form(20, true, z))
			c.State(f.Opacity(0.5, true))
			c.Draw(name, 0, 0, 20)
		}, color.RGBA{0xF3, 0x80, 0x89, 255}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, g, b, _ := drawn(t, c.draw).At(100, 100).RGBA()
			far := func(got uint32, want uint8) bool { return math.Abs(float64(got>>8)-float64(want)) > 1 }
			if far(r, c.want.R) || far(g, c.want.G) || far(b, c.want.B) {
				t.Errorf("it is %d %d %d, and not %v", r>>8, g>>8, b>>8, c.want)
			}
		})
	}
}

// TestModulesAreWholePixels draws modules that would be 4.6 pixels wide.
func TestModulesAreWholePixels(t *testing.T) {
	const module, n = 0.46, 40
	img := drawn(t, func(_ *pdf.File, c *pdf.Content) {
		black(c)
		c.Save()
		c.Origin(0.77, 0.77)
		c.Scale(module*72/25.4, module*72/25.4)
		for y := range n {
			for x := y % 2; x < n; x += 2 {
				const point = 25.4 / 72
				c.Rect(float64(x)*point, float64(y)*point, point, point)
			}
		}
		c.PaintFill()
		c.Restore()
	})
	if got := ink(img); got != n*n/2*16 {
		t.Errorf("%v pixels are black", got)
	}
	for y := range 200 {
		for x := range 200 {
			if v := color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y; v != 0 && v != 255 {
				t.Fatalf("pixel %d, %d is %d", x, y, v)
			}
		}
	}
}
