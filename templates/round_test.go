package templates_test

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"strings"
	"testing"

	"yizheng/templates"
)

// sealNames are seals of organs with short names and long ones, by how many
// characters stand on the arc.
var sealNames = map[string]string{
	"6":     "上海市长宁区行业综合许可专用章",
	"8":     "上海市奉贤区政府行业综合许可专用章",
	"12":    "上海市长宁区文化和旅游局行政审批专用章",
	"20":    "上海市浦东新区临港片区行政审批服务办公室会计专用章",
	"30":    "长三角生态绿色一体化发展示范区执行委员会政务服务和行政审批局行业综合许可专用章",
	"rare":  "上海市𬭎毅𬱖㛃区政务服务局行业综合许可专用章",
	"whole": "上海市长宁区政务服务办公室",
}

// TestSeals draws seals with names of every length and looks at them in
// polar coordinates: nothing touches the ring or the star, and the arc stands
// even to both sides.
func TestSeals(t *testing.T) {
	p := printer(t)
	for name, inscription := range sealNames {
		t.Run(name, func(t *testing.T) {
			d := fixture(t, "restaurant-3-permits")
			d.SealName, d.License.Issuer = inscription, "局"
			body, err := p.Document(d)
			if err != nil {
				t.Fatal(err)
			}
			const dpi, margin = 254, 1.0
			at := templates.PlacesOf(p, d).Seal
			px := func(mm float64) string { return fmt.Sprint(int(mm*dpi/25.4 + 0.5)) }
			in := keep(t, "a.pdf", body.Unsigned())
			out := strings.TrimSuffix(in, ".pdf")
			tool(t, "pdftoppm", "-r", fmt.Sprint(dpi), "-png", "-f", "1", "-l", "1", "-singlefile", "-x", px(at[0]-margin), "-y", px(at[1]-margin),
				"-W", px(at[2]-at[0]+2*margin), "-H", px(at[3]-at[1]+2*margin), in, out)
			got, err := os.ReadFile(out + ".png")
			if err != nil {
				t.Fatal(err)
			}
			looksLike(t, "seal-"+name, got)

			img := picture(t, got)
			red := func(radius, degrees float64) bool {
				sin, cos := math.Sincos(degrees * math.Pi / 180)
				middle := 21 + margin
				c := color.NRGBAModel.Convert(img.At(int((middle+radius*sin)*10), int((middle-radius*cos)*10))).(color.NRGBA)
				return c.R > 180 && c.G < 110
			}
			left, right := 0.0, 0.0
			for degrees := -180.0; degrees < 180; degrees += 0.25 {
				if !red(20.4, degrees) {
					t.Fatalf("the ring is broken at %.0f degrees", degrees)
				}
				for _, radius := range []float64{19.5, 19.2} {
					if red(radius, degrees) {
						t.Fatalf("something touches the ring at %.0f degrees", degrees)
					}
				}
				for _, radius := range []float64{7.4, 8, 9} {
					if red(radius, degrees) {
						t.Fatalf("something touches the star at %.0f degrees", degrees)
					}
				}
				for radius := 14.0; radius < 18.7; radius += 0.2 {
					// The purpose stands in a line across the lower part.
					if sin, cos := math.Sincos(degrees * math.Pi / 180); red(radius, degrees) && !(-radius*cos > 9.5 && math.Abs(radius*sin) < 13.6) {
						left, right = min(left, degrees), max(right, degrees)
					}
				}
			}
			if math.Abs(left+right) > 6 {
				t.Errorf("the arc reaches from %.1f to %.1f degrees", left, right)
			}
		})
	}
}
