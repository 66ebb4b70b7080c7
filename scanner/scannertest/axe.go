package scannertest

import (
	"os"
	"path/filepath"
)

// Axe holds the page, as it stands, to the rules of axe-core (npm, which `make
// tools` installs) for WCAG 2.2, levels A and AA. root is the module's root.
func (b *Browser) Axe(root, what string) {
	b.t.Helper()
	source, err := os.ReadFile(filepath.Join(root, "scanner/scannertest/axe/node_modules/axe-core/axe.min.js"))
	if err != nil {
		b.t.Fatalf("%v: run make tools", err)
	}
	b.Run(string(source)+"; 0", nil)
	var faults []string
	b.Run(axe, &faults)
	for _, f := range faults {
		b.t.Errorf("%s: %s", what, f)
	}
}

const axe = `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then(({ violations }) =>
  violations.map((v) => v.id + ": " + v.help + " – " + v.nodes.map((n) => n.html.slice(0, 120)).slice(0, 3).join(" | ")))`

// Press presses a key by its name, such as Tab or Enter.
func (b *Browser) Press(key string) {
	b.t.Helper()
	codes := map[string]int{"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "ArrowDown": 40}
	event := map[string]any{"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": codes[key]}
	if key == "Enter" {
		event["text"] = "\r"
	}
	b.Call("Input.dispatchKeyEvent", event)
	b.Call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": codes[key]})
}

// Type types a text where the focus is.
func (b *Browser) Type(text string) {
	b.t.Helper()
	b.Call("Input.insertText", map[string]any{"text": text})
}

// TabTo presses Tab until the element has the focus, as somebody does who has
// no mouse, and fails where that does not come.
func (b *Browser) TabTo(selector string) {
	b.t.Helper()
	for range 200 {
		b.Press("Tab")
		var there bool
		b.Run("document.activeElement?.matches("+quoted(selector)+") ?? false", &there)
		if there {
			return
		}
	}
	b.t.Fatalf("no Tab leads to %s", selector)
}
