// Holds this verifier to the Go program: both get the same made-up situations — the vectors' codes, whole and damaged,
// under lists, trust bundles, bundles for going off line, regions and clocks of others — and their results must be the same document.
//
//   node compare.mjs PROGRAM [COUNT [SEED]]
import { deepStrictEqual } from "node:assert";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BundleError, Moment, openBundle, openTrust, Statuses, TrustError, verify } from "yizheng-verifier";
import { sm2 } from "yizheng-verifier/sm2";

const [, , program, count = "100", first = "1"] = process.argv;
const folder = fileURLToPath(new URL("../../testdata/vectors/", import.meta.url));
const read = (path) => readFileSync(folder + path, "utf8");
const files = (path) => readdirSync(folder + path).sort().map((name) => `${path}/${name}`);

const vectors = ["valid", "invalid", "as-of"].flatMap(files).map((path) => JSON.parse(read(path)));
const bundles = files("bundles").filter((path) => path.endsWith(".json")).map((path) => JSON.parse(read(path)));
const lists = files("lists");
const regions = [...new Set([...vectors.map((vector) => vector.region), "310000", "320500", "330402"])];
const DAY = 86_400_000;

// The same seed gives the same situations.
let state = Number(first);
const below = (n) => {
  state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
  return Math.floor(state / 65_536) % n;
};
const pick = (of) => of[below(of.length)];

function damaged(text, other) {
  const at = below(text.length);
  switch (below(8)) {
    case 0:
      return text.slice(0, at) + pick([..."0123456789AeyJ./v~"]) + text.slice(at + 1);
    case 1:
      return text.slice(at);
    case 2:
      return `${text} ${other}`;
    default:
      return text;
  }
}

/** Off line, by somebody's bundle and what somebody holds. */
function offline() {
  const [vector, other] = [pick(bundles), pick(bundles)];
  const at = Date.parse(vector.at) + pick([0, 0, 1, 2, 4, 6, -1]) * DAY;
  return {
    text: pick([vector.text, vector.text, other.text, pick(vectors).text]),
    bundle: vector.bundle,
    trust: pick([vector.trust, vector.trust, other.trust]),
    status: [],
    region: pick(regions),
    at: instant(at),
  };
}

function situation() {
  if (below(5) === 0) return offline();
  const [vector, other] = [pick(vectors), pick(vectors)];
  const given = [...vector.status.map(({ file }) => file), ...Array.from({ length: below(4) }, () => pick(lists))];
  const at = Date.parse(vector.at) + pick([0, 0, 0, 1, 3, 4, 8, 29, 31, 400, 2000, -1, -400]) * DAY + below(3) * 7 * 3_600_000;
  return {
    text: damaged(vector.text, other.text),
    trust: pick([vector.trust, vector.trust, other.trust]),
    // The program reads them in the order of their names.
    status: [...new Set(below(5) === 0 ? given.slice(1) : given)].sort(),
    region: below(2) === 0 ? vector.region : pick(regions),
    at: instant(at),
    // Now and then about another moment than the one that the lists are of.
    ...(vector.asOf && { asOf: below(4) === 0 ? instant(at + pick([-30, -1, 1]) * DAY) : vector.asOf }),
  };
}

const instant = (at) => new Date(at).toISOString().replace(".000", "");

async function oursOffline({ text, bundle, trust: held, region, at }) {
  try {
    const { trust, statuses, until } = await openBundle(read(bundle), { ...(held && { held: read(held) }), sm2 });
    return await verify(text, { trust, statuses, until, region, now: new Date(at) });
  } catch (error) {
    if (error instanceof BundleError || error instanceof TrustError) return { reason: error.reason };
    throw error;
  }
}

async function ours({ text, trust: bundle, status, region, at, asOf }) {
  const trust = await openTrust(read(bundle), { sm2 });
  const statuses = new Statuses(trust);
  // A chunk is taken after the list that names it, whatever they are called.
  const moment = asOf === undefined ? undefined : new Moment(trust, new Date(asOf));
  for (const file of [...status, ...status.filter((name) => name.endsWith(".bin"))]) {
    const given = readFileSync(folder + file);
    if (moment === undefined || (await moment.add(given)) === "other_moment") await statuses.add(given);
  }
  return verify(text, { trust, statuses, region, now: new Date(at), moment });
}

function theirs({ text, bundle, trust, status, region, at, asOf }) {
  const given = (flag, value) => (value === undefined ? [] : [flag, value]);
  const file = (name) => name && folder + name;
  const flags = [
    "--json", "--region", region, "--at", at, ...given("--bundle", file(bundle)), ...given("--trust", file(trust)),
    ...given("--as-of", asOf), ...status.flatMap((name) => ["--status", file(name)]),
  ];
  const { stdout, stderr } = spawnSync(program, ["verify", ...flags, "-"], { input: text, encoding: "utf8" });
  if (stdout === "") throw new Error(`${program}: ${stderr}`);
  const answer = JSON.parse(stdout);
  return answer.errors === undefined ? answer : { reason: answer.errors[0].reason };
}

// The order of warnings means nothing.
const comparable = (result) => JSON.parse(JSON.stringify({ ...result, warnings: [...(result.warnings ?? [])].sort() }));

let compared = 0;
while (compared < Number(count)) {
  const given = situation();
  let result;
  try {
    result = await (given.bundle === undefined ? ours : oursOffline)(given);
  } catch (error) {
    if (error instanceof TrustError) continue; // the vectors are about that
    throw error;
  }
  try {
    deepStrictEqual(comparable(result), comparable(theirs(given)));
  } catch (error) {
    console.error(JSON.stringify(given, undefined, 2));
    throw error;
  }
  compared++;
}
console.log(`${compared} results are the same`);
