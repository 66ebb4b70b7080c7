// Closing lists: what a closed key has signed. A part has a digest for a name,
// so that it never changes: once it is on the device it stays, and the verifier
// holds it to its digest each time that it is taken from there.

import { call, fetched } from "./verifier.js";
import { value, keep } from "./store.js";
import { preferred } from "./preferences.js";

// bringPart has the verifier take a part, as it is kept, or fetched where that
// is allowed. What has not the digest is refused, and fetched again another day.
export async function bringPart(digest, online, within) {
  const name = `closing/${digest}`;
  const kept = await value(name);
  if (kept && (await call("closing", digest, kept)) === "") return;
  if (!online) return;
  const answer = await fetched(`/status/closing/${digest}`, { cache: "no-store" }, within);
  const part = new Uint8Array(await answer.arrayBuffer());
  if ((await call("closing", digest, part)) === "") await keep(name, part);
}

// bringAhead has the verifier take what is to be at hand for some regions: their
// closing lists, and the chunks of those that are not too large, or of all where
// the user wants that. What this origin does not have keeps nothing else back,
// and is told in the end.
export async function bringAhead(regions, online) {
  const all = await preferred("largeClosings");
  const tried = new Set();
  let failed;
  for (;;) {
    const wanted = JSON.parse(await call("wanted", JSON.stringify(regions), all)).filter((digest) => !tried.has(digest));
    if (wanted.length === 0) break;
    for (const digest of wanted) {
      tried.add(digest);
      await bringPart(digest, online).catch((error) => {
        if (!error.status) throw error;
        failed ??= error;
      });
    }
  }
  if (failed) throw failed;
}
