// A hand-held scanner types what it reads and presses Enter. Its keys are
// taken wherever the focus is, but for a field that a person writes in.

const PAUSE = 500; // ms: a person is slower, every scanner is faster
const SHORTEST = 20; // no code of ours is near as short

export function wedge(scanned) {
  let typed = "";
  let at = 0;
  addEventListener("keydown", (event) => {
    if (event.target.closest?.("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const now = performance.now();
    if (now - at > PAUSE) typed = "";
    at = now;
    if (event.key === "Enter") {
      if (typed.length < SHORTEST) return void (typed = "");
      event.preventDefault();
      const text = typed;
      typed = "";
      scanned(text);
    } else if (event.key.length === 1) {
      // A space would press the button that has the focus.
      if (typed.length > 2) event.preventDefault();
      typed += event.key;
    }
  });
  addEventListener("paste", (event) => {
    if (event.target.closest?.("input, textarea")) return;
    const text = event.clipboardData?.getData("text") ?? "";
    if (text.length >= SHORTEST) scanned(text);
  });
}
