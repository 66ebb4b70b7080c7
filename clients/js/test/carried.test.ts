import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { applyDelta, BundleError, openBundle, openTrust, readNotice, Statuses, TrustError, verify } from "yizheng-verifier";
import { sm2 } from "yizheng-verifier/sm2";

// What travels beside codes: testdata/vectors/README.md, section "What is carried".
const folder = new URL("../../../testdata/vectors/", import.meta.url);
const read = (path: string): Buffer => readFileSync(new URL(path, folder));

function each<T>(kind: string, run: (vector: T & { description: string }) => Promise<void>): void {
  const names = readdirSync(new URL(kind, folder)).filter((name) => name.endsWith(".json"));
  assert.ok(names.length >= 14, "vectors are missing");
  describe(`vectors, ${kind}`, () => {
    for (const name of names) {
      const vector = JSON.parse(read(`${kind}/${name}`).toString()) as T & { description: string };
      it(`${name.replace(".json", "")}: ${vector.description}`, () => run(vector));
    }
  });
}

interface BundleVector {
  bundle: string;
  trust?: string;
  region: string;
  at: string;
  text: string;
  expect: { bundle?: string; outcome?: string; check?: string; reason?: string; warnings?: string[]; refused?: string[]; without?: string[] };
}

each<BundleVector>("bundles", async ({ bundle, trust, region, at, text, expect }) => {
  const opened = openBundle(read(bundle), { ...(trust && { held: read(trust) }), sm2 });
  if (expect.bundle !== undefined) {
    return assert.rejects(opened, (error) => (error instanceof BundleError || error instanceof TrustError) && error.reason === expect.bundle);
  }
  const { refused, without, until, statuses, trust: believed, trustFile } = await opened;
  assert.deepEqual(refused, expect.refused ?? []);
  assert.deepEqual(without, expect.without ?? []);
  const result = await verify(text, { trust: believed, statuses, until, region, now: new Date(at) });
  assert.equal(result.outcome, expect.outcome);
  if (expect.check !== undefined) assert.equal(result.checks.find(({ name }) => name === expect.check)?.reason, expect.reason);
  for (const warning of expect.warnings ?? []) assert.ok(result.warnings?.includes(warning), warning);
  await openTrust(trustFile, { sm2 });
});

interface NoticeVector {
  trust: string;
  token: string;
  expect: { lists?: { uri: string; seq: number }[]; notice?: string };
}

each<NoticeVector>("notices", async ({ trust, token, expect }) => {
  const notice = await readNotice(token, await openTrust(read(trust), { sm2 }));
  if (expect.notice !== undefined) return assert.equal(notice, expect.notice);
  assert.deepEqual(notice, { lists: expect.lists!.map(({ uri, seq }) => ({ uri, sequence: seq })) });
});

interface DeltaVector {
  trust: string;
  held: string;
  delta: string;
  expect: { list?: string; refused?: string };
}

each<DeltaVector>("deltas", async ({ trust, held, delta, expect }) => {
  const token = applyDelta(read(held).toString(), delta);
  if (expect.refused === "delta") return assert.equal(token, undefined);
  const statuses = new Statuses(await openTrust(read(trust), { sm2 }));
  assert.equal(await statuses.add(token!), expect.refused);
  if (expect.list !== undefined) assert.equal(token, read(expect.list).toString());
});
