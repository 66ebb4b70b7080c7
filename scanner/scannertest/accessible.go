package scannertest

// Accessible holds the page, as it stands, to what people need who see little
// or nothing: contrast of level AA for every text in sight, a name for every
// control, room for a finger, and headings without gaps.
func (b *Browser) Accessible(what string) {
	b.t.Helper()
	for _, f := range b.Faults() {
		b.t.Errorf("%s: %s", what, f)
	}
}

// Faults are what [Browser.Accessible] complains of.
func (b *Browser) Faults() []string {
	b.t.Helper()
	var faults []string
	b.Run(accessible, &faults)
	return faults
}

const accessible = `(() => {
  const faults = [];
  const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest(".unseen");
  const rgba = (text) => { const n = text.match(/[\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1]; };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const ground = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      const c = rgba(getComputedStyle(at).backgroundColor);
      if (c[3] > 0) layers.push(c);
      if (c[3] === 1) break;
    }
    let colour = [255, 255, 255, 1];
    for (const layer of layers.reverse()) colour = over(layer, colour);
    return colour;
  };
  const light = (c) => {
    const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const reported = new Set();
  for (let node; (node = texts.nextNode()); ) {
    const e = node.parentElement;
    if (!node.data.trim() || !seen(e) || e.closest("noscript, script, style, svg, .over, option, :disabled")) continue;
    const style = getComputedStyle(e);
    const below = ground(e);
    const a = light(over(rgba(style.color), below)), b = light(below);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    if (ratio < least && !reported.has(e)) {
      reported.add(e);
      faults.push("contrast " + ratio.toFixed(2) + " of \"" + node.data.trim().slice(0, 30) + "\"");
    }
  }
  for (const e of document.querySelectorAll("button, a[href], input, textarea, select, summary")) {
    if (!seen(e)) continue;
    const label = e.getAttribute("aria-label") || e.labels?.[0]?.innerText || e.innerText;
    if (!label?.trim()) faults.push("a " + e.tagName + " without a name: " + e.outerHTML.slice(0, 80));
    const box = (e.type === "checkbox" ? e.closest("label") ?? e : e).getBoundingClientRect();
    if (e.tagName === "BUTTON" && (box.height < 38 || box.width < 38)) faults.push("no room for a finger: " + label);
  }
  let level = 1;
  for (const e of document.querySelectorAll("h1, h2, h3, h4")) {
    if (!seen(e)) continue;
    const here = Number(e.tagName[1]);
    if (here > level + 1) faults.push("heading " + e.innerText.slice(0, 20) + " of level " + here + " follows level " + level);
    level = here;
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page is wider than the window: " + document.documentElement.scrollWidth);
  if (document.documentElement.lang !== "zh-CN") faults.push("the page names no language");
  return faults;
})()`
