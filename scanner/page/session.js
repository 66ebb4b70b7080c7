// The verifier with what it goes by: the anchor, the trust documents and the
// status lists, fetched ahead from this origin, checked by the verifier itself,
// and kept on the device. What the device does not take counts all the same,
// until the page is closed.

import { call, fetched } from "./verifier.js";
import { value, keep, keepTogether, keepAgain } from "./store.js";
import { bringPart, bringAhead } from "./closing.js";

let opened = false;

export const ready = () => opened;
export const state = async () => (opened ? JSON.parse(await call("state")) : null);
export const words = async (result) => JSON.parse(await call("say", result));

// verify says what a text is. Where the answer hangs on a part of a closing list
// that is not at hand, that is taken from the device, or fetched on line.
export async function verify(text) {
  const at = now();
  let answer = JSON.parse(await call("verify", text, at));
  for (let before = ""; answer.wanted && answer.wanted !== before; ) {
    before = answer.wanted;
    await bringPart(before, navigator.onLine, 5000).catch(() => {}); // then the answer says what is missing
    answer = JSON.parse(await call("verify", text, at));
  }
  return answer;
}

// open brings back what was kept, and says whether there was anything.
export async function open() {
  const [bundle, region, highest, lists] = await Promise.all(["bundle", "region", "highest", "lists"].map(value));
  if (!bundle) return false;
  const refused = await call("open", bundle, region ?? "", JSON.stringify(highest ?? {}));
  if (refused) throw new Error(refused);
  for (const { tokens } of Object.values(lists ?? {})) for (const token of tokens) await call("add", "", token);
  await bringAhead(await regions(), false);
  opened = true;
  return true;
}

// sync fetches what is newer. It throws when this origin cannot be reached or
// gives what the verifier refuses; what was held before then stays.
export async function sync() {
  const answer = await fetched("/.well-known/yizheng-trust.json");
  await noteClock(answer);
  const published = await answer.text();
  const offered = await (await fetched("/scan/anchor.json")).text();
  const anchor = (await value("anchor")) ?? offered;
  const refused = opened ? await call("update", published) : await first(anchor, published);
  if (refused) throw new Error(refused);
  opened = true;
  await keep("otherAnchor", offered !== anchor ? offered : null);
  await keepTogether({ anchor, bundle: await call("bundle") });
  for (const region of await regions()) await syncRegion(region);
  await keep("highest", (await state()).highest);
  await keep("synced", Date.now());
  await keepAgain();
  await bringAhead(await regions(), true);
}

// first believes an anchor, once: that which was kept, or else that which this
// origin gives. From now on it counts, whatever is served. It gives why the
// verifier refuses what is published, if it does.
async function first(anchor, published) {
  const bundle = JSON.stringify({ anchor: JSON.parse(anchor), ...JSON.parse(published) });
  return call("open", bundle, (await value("region")) ?? "", JSON.stringify((await value("highest")) ?? {}));
}

// regions are those whose lists are fetched ahead: the chosen ones, and at
// first that of the anchor alone.
export async function regions() {
  return (await value("regions")) ?? [JSON.parse(await call("state")).region];
}

// syncRegion asks for what has changed in the lists of a region. A list that a
// change does not fit is asked for whole.
async function syncRegion(region) {
  const have = JSON.parse(await call("have", region));
  for (;;) {
    const body = JSON.stringify({ regions: [region], have });
    const answer = await fetched("/status/lists", { method: "POST", body, headers: { "Content-Type": "application/json" } });
    const taken = await call("take", await answer.text());
    if (!taken) throw new Error("/status/lists: no lists");
    const { regions, whole } = JSON.parse(taken);
    if (regions.includes(region)) {
      const tokens = JSON.parse(await call("tokens", region));
      await keep("lists", { ...(await value("lists")), [region]: { tokens } });
    }
    const again = whole.filter((address) => address in have);
    if (again.length === 0) return;
    for (const address of again) delete have[address];
  }
}

// record fetches the record of a superseded license, which names its
// successor, where this origin has it.
export async function record(identifier) {
  const base = identifier.split(".").slice(0, -2).join(".");
  return (await call("add", "", await (await fetched(`/status/records/${base}`)).text())) === "";
}

// stand opens the session again for a verifier that stands elsewhere.
export async function stand(region) {
  await keep("region", region);
  await open();
}

// compared is when the server told the time in this session, by its clock and
// by the two of the device: the one that can be set, and the one that cannot.
let compared;

async function noteClock(answer) {
  const theirs = Date.parse(answer.headers.get("Date") ?? "") + Number(answer.headers.get("Age") ?? 0) * 1000;
  if (!theirs) return;
  compared = { theirs, wall: Date.now(), steady: performance.now() };
  await keep("clock", Math.round((compared.wall - theirs) / 1000));
}

// now is the device's clock, set right by the server's where the two were
// compared in this session: a live code counts for seconds, and a clock that is
// a minute fast would make every one look like a copy. Where the device's two
// clocks have gone on differently since, it slept or was set, and its own
// counts, with what the verifier makes of it.
export function now() {
  const own = Date.now();
  if (!compared) return own;
  const gone = performance.now() - compared.steady;
  const apart = compared.wall - compared.theirs;
  const steady = Math.abs(own - compared.wall - gone) < 2000;
  return steady && Math.abs(apart) > 2000 ? own - apart : own;
}

// clockFault gives by how many seconds the device's clock is fast, or slow
// where negative: by what the server said last, or by a list that was signed
// later than the clock shows. Zero where it is right within two minutes.
export async function clockFault() {
  const held = await state();
  const behind = held ? (Date.now() - Date.parse(held.newest)) / 1000 : 0;
  if (behind < -120) return Math.round(behind);
  const fast = (await value("clock")) ?? 0;
  return Math.abs(fast) > 120 ? fast : 0;
}
