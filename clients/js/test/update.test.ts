import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { openTrust, TrustError, updateTrust } from "yizheng-verifier";
import { sm2 } from "yizheng-verifier/sm2";

const folder = new URL("../../../testdata/vectors/", import.meta.url);
const file = (path: string): string => readFileSync(new URL(path, folder), "utf8");
const bundle = (vector: string): string => file((JSON.parse(file(`${vector}.json`)) as { trust: string }).trust);

function published(vector: string): string {
  const { anchor: _anchor, ...rest } = JSON.parse(bundle(vector)) as Record<string, unknown>;
  return JSON.stringify(rest);
}

async function update(held: string, offered: string): Promise<{ versions: Record<string, number>; refused: string[]; bundle: string }> {
  const { bundle: next, refused } = await updateTrust(held, offered, { sm2 });
  const { publications } = await openTrust(next, { sm2 });
  return {
    versions: Object.fromEntries(publications.map(({ speaker, root }) => [speaker.path, root.version])),
    refused: refused.map(({ signer, error }) => `${signer} ${error.reason}`),
    bundle: next,
  };
}

const usual = "valid/restaurant-3-permits";

describe("a trust bundle takes in what was published since", () => {
  it("a root that was rotated twice, and never back", async () => {
    const later = await update(bundle(usual), published("valid/root-rotated-twice"));
    assert.deepEqual(later.refused, []);
    assert.equal(later.versions["delta/shanghai"], 3);
    const back = await update(later.bundle, published(usual));
    assert.deepEqual(back.refused, ["delta trust_chain"]);
    assert.deepEqual(JSON.parse(back.bundle), JSON.parse(later.bundle));
  });

  it("nothing of a signer of whom anything is wrong, and the rest", async () => {
    for (const [vector, refused] of [
      ["invalid/list-not-named", "delta/shanghai trust_not_named"],
      ["invalid/freshness-missing", "delta/shanghai trust_missing"],
      ["invalid/list-by-the-online-key", "delta/shanghai trust_signature"],
      ["invalid/root-version-skipped", "delta trust_chain"],
      ["invalid/root-cross-signature-missing", "delta trust_signature"],
      ["invalid/root-other-keys-than-given", "delta trust_chain"],
    ] as const) {
      const result = await update(bundle(usual), published(vector));
      assert.deepEqual(result.refused, [refused], vector);
      const held = JSON.parse(bundle(usual)) as { publications: { signer: string }[] };
      const next = JSON.parse(result.bundle) as typeof held;
      const of = ({ publications }: typeof held): unknown => publications.find(({ signer }) => signer === "delta/shanghai");
      assert.deepEqual(of(next), of(held), vector);
    }
  });

  it("what is older only where nothing newer is held", async () => {
    const half = JSON.parse(bundle(usual)) as { publications: unknown[] };
    const first = await update(JSON.stringify({ ...half, publications: [] }), published(usual));
    assert.deepEqual(first.refused, []);
    assert.equal(Object.keys(first.versions).length, half.publications.length);
  });

  it("what is below a number that only a key signed which was exchanged since", async () => {
    type Signed = { payload: string; signatures: { protected: string }[] };
    const held = JSON.parse(bundle(usual)) as { publications: { signer: string; freshness: Signed }[] };
    const { freshness } = held.publications.find(({ signer }) => signer === "delta/shanghai")!;
    const coded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const decoded = (text: string): Record<string, unknown> => JSON.parse(Buffer.from(text, "base64url").toString()) as Record<string, unknown>;
    freshness.payload = coded({ ...decoded(freshness.payload), sequence: 2 ** 50 });
    freshness.signatures = freshness.signatures.map((part) => ({ ...part, protected: coded({ ...decoded(part.protected), kid: "AAAAAAAA" }) }));
    const result = await update(JSON.stringify(held), published(usual));
    assert.deepEqual(result.refused, []);
    assert.equal(result.versions["delta/shanghai"], 1);
  });

  it("no statement that leaves out what is held", async () => {
    const offered = JSON.parse(published("invalid/list-not-named")) as { publications: { signer: string; list?: unknown }[] };
    delete offered.publications.find(({ signer }) => signer === "delta/shanghai")!.list;
    const result = await update(bundle(usual), JSON.stringify(offered));
    assert.deepEqual(result.refused, ["delta/shanghai trust_rolled_back"]);
    assert.equal(result.bundle, JSON.stringify(JSON.parse(bundle(usual))));
  });

  it("no file that is none, and no anchor of anybody", async () => {
    for (const offered of ["", "{}", '{"roots":[]}', bundle(usual)]) {
      await assert.rejects(updateTrust(bundle(usual), offered), (error) => error instanceof TrustError && error.reason === "trust_malformed");
    }
  });
});
