package scan_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"yizheng/scan"
)

// TestFormsOfFormsEnd reads a document whose one page draws a form a thousand
// times, which draws another a thousand times, and so on: a million million
// operators in four kilobytes. Without a bound it would not end.
func TestFormsOfFormsEnd(t *testing.T) {
	var b bytes.Buffer
	var offsets []int
	add := func(body string) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(offsets), body)
	}
	stream := func(dict, content string) string {
		return fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(content), content)
	}
	b.WriteString("%PDF-1.4\n")
	add("<</Type/Catalog/Pages 2 0 R>>")
	add("<</Type/Pages/Count 1/Kids[3 0 R]>>")
	add("<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 600]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>")
	add(stream("", strings.Repeat("/F Do\n", 1000)))
	for n := range 4 {
		add(stream(fmt.Sprintf("/Type/XObject/Subtype/Form/BBox[0 0 600 600]/Resources<</XObject<</F %d 0 R>>>>", 6+n), strings.Repeat("/F Do\n", 1000)))
	}
	add(stream("/Type/XObject/Subtype/Form/BBox[0 0 600 600]", "0 0 1 1 re f\n"))
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	if _, err := scan.Read(b.Bytes()); !errors.Is(err, scan.ErrNoCode) {
		t.Errorf("error is %v", err)
	}
}
