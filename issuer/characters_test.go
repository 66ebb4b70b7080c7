package issuer_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
)

// oneFont prints everything but a single character.
type oneFont struct{ lacks rune }

func (f oneFont) Missing(text string) []rune {
	if strings.ContainsRune(text, f.lacks) {
		return []rune{f.lacks}
	}
	return nil
}

// TestCharactersAtPreview holds what an operator is told of a character that
// cannot be on a document, before anything is issued: where it stands, which
// it is, by its code point too, and what to do.
func TestCharactersAtPreview(t *testing.T) {
	name := func(s string) func(*catalog.Application) {
		return func(app *catalog.Application) { app.Holder.Name = s }
	}
	for _, c := range []struct {
		title  string
		change func(*catalog.Application)
		field  string
		reason string
		says   []string // of the English and of the Chinese message
	}{
		{"no font", name("上海\U0002B740菜馆"), "holder.name", "character_without_font", []string{"U+2B740", "name a font", "补充含有该字的字体", "营业执照"}},
		{"no font, scope", func(app *catalog.Application) { app.Permits[1].Scope = "烹\U0002B740" }, "permits[1].scope", "character_without_font", []string{"U+2B740"}},
		{"control", name("上海\u0007菜馆"), "holder.name", "text_control", []string{"U+0007", "Character 3", "第3个字符"}},
		{"line break", name("上海\n菜馆"), "holder.name", "text_control", []string{"U+000A"}},
		{"right to left", name("上海\u202e菜馆"), "holder.name", "text_bidi", []string{"U+202E"}},
		{"isolate", name("上海\u2066菜馆"), "holder.name", "text_bidi", []string{"U+2066"}},
		{"zero-width space", name("上海\u200b菜馆"), "holder.name", "text_invisible", []string{"U+200B"}},
		{"zero-width joiner", name("上海\u200d菜馆"), "holder.name", "text_invisible", []string{"U+200D"}},
		{"byte order mark", name("上海\ufeff菜馆"), "holder.name", "text_invisible", []string{"U+FEFF"}},
		{"variation selector", name("上海\U000E0100菜馆"), "holder.name", "text_invisible", []string{"U+E0100"}},
		{"private use", name("上海\ue000菜馆"), "holder.name", "text_private_use", []string{"U+E000"}},
		{"premises", func(app *catalog.Application) { app.Holder.Premises += "\u2028二层" }, "holder.premises", "text_control", []string{"U+2028"}},
		{"conditions", func(app *catalog.Application) { app.Permits[0].Conditions = "不\u061c超" }, "permits[0].conditions", "text_bidi", []string{"U+061C"}},
	} {
		t.Run(c.title, func(t *testing.T) {
			config := issuertest.Config(t, open(t), issuertest.NewClock())
			config.Printer = oneFont{lacks: '\U0002B740'}
			i, err := issuer.New(config)
			if err != nil {
				t.Fatal(err)
			}
			app := issuertest.Application(t, issuertest.Restaurant)
			c.change(&app)
			_, err = i.Preview(context.Background(), app)
			var faults license.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("Preview: %v", err)
			}
			for _, f := range faults {
				if f.Field != c.field || f.Reason != c.reason {
					continue
				}
				for _, want := range c.says {
					if !strings.Contains(f.Message+f.MessageZH, want) {
						t.Errorf("it is told %q, %q, and not %q", f.Message, f.MessageZH, want)
					}
				}
				return
			}
			t.Errorf("Preview: %v, want %s at %s", err, c.reason, c.field)
		})
	}
}
