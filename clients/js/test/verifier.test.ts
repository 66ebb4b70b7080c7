import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { openTrust, sources, Statuses, verify } from "yizheng-verifier";
import { sm2 } from "yizheng-verifier/sm2";

const folder = new URL("../../../testdata/vectors/", import.meta.url);
const file = (path: string): string => readFileSync(new URL(path, folder), "utf8");
const vector = (name: string): { text: string; trust: string; status: { file: string }[]; at: string; region: string } =>
  JSON.parse(file(`${name}.json`)) as ReturnType<typeof vector>;

describe("a verifier", () => {
  it("without SM2 says that it cannot tell, and calls nothing forged", async () => {
    const { text, trust: bundle, at } = vector("valid/sm2");
    const trust = await openTrust(file(bundle));
    const result = await verify(text, { trust, statuses: new Statuses(trust), now: new Date(at) });
    assert.equal(result.outcome, "unknown");
    assert.deepEqual(result.checks[1], { name: "signature", status: "not_done", reason: "algorithm_unsupported" });
  });

  it("warns of an address that is not the issuer's, and of no other", async () => {
    const { text, trust: bundle, at } = vector("valid/restaurant-3-permits");
    const trust = await openTrust(file(bundle));
    const digits = text.slice(text.lastIndexOf("/v/"));
    const warned = async (address: string): Promise<boolean> => {
      const { warnings = [] } = await verify(address + digits, { trust, statuses: new Statuses(trust), now: new Date(at) });
      return warnings.includes("host_not_issuers");
    };
    for (const own of ["HTTPS://310105.EXAMPLE", "310105.example", "310105.example:443", "https://310105.example:443"]) {
      assert.equal(await warned(own), false, own);
    }
    for (const other of ["http://310105.example", "310105.example:80", "https://310105.example.", "https://310105.example@evil.example", ""]) {
      assert.equal(await warned(other), true, other);
    }
  });

  it("says what to fetch", async () => {
    const { text, trust: bundle } = vector("valid/restaurant-3-permits");
    const trust = await openTrust(file(bundle));
    assert.deepEqual(await sources(text, trust), {
      closing: [],
      lists: ["https://310105.example/status/1"],
      record: "https://310105.example/status/records/1.2.156.3005.2.11310105MB0000001R001.11310105MB0000001R.3101052026000042",
    });
    assert.deepEqual(await sources("https://elsewhere.example/", trust), { closing: [], lists: [] });
  });

  it("remembers, and refuses what is older", async () => {
    const { text, trust: bundle, status, at } = vector("valid/restaurant-3-permits");
    const trust = await openTrust(file(bundle), { sm2 });
    const statuses = new Statuses(trust);
    for (const { file: path } of status) assert.equal(await statuses.add(file(path)), undefined);
    const sequences: Record<string, number> = statuses.sequences();
    const ofKey = (name: string): string => Object.keys(sequences).find((seen) => seen.startsWith(`${name} by `))!;
    const list = ofKey("310105 https://310105.example/status/1");
    assert.equal(sequences[list], 5);
    assert.equal(sequences["trust:delta:root"], 1);
    const now = new Date(at);
    assert.equal((await verify(text, { trust, statuses, now, sequences })).outcome, "valid");
    // What was remembered before keys were is told from what a key has signed.
    for (const name of [list, list.split(" by ")[0]!, "trust:delta:root", ofKey("trust:delta/shanghai:freshness"), "trust:delta/shanghai:freshness",
      "trust:delta/shanghai:list"]) {
      const later: Record<string, number> = { ...sequences, [name]: 100 };
      assert.equal((await verify(text, { trust, statuses, now, sequences: later })).outcome, "unknown", name);
    }
    // What was seen before stays, though less is held now.
    assert.deepEqual(new Statuses(trust).sequences(sequences), sequences);
    assert.equal(statuses.sequences({ [list]: 9 })[list], 9);
    assert.equal((await verify(text, { trust, statuses, now, maxAge: { status: 60 } })).outcome, "unknown");
  });

  it("answers whatever it is given", async () => {
    const { text, trust: bundle, at } = vector("valid/restaurant-3-permits");
    const trust = await openTrust(file(bundle));
    const statuses = new Statuses(trust);
    const texts = ["", "86", "8".repeat(65537), "86".padEnd(7090, "1"), "86".padEnd(200, "0"), "eyJ..", "eyJ.eyJ.eyJ", "eyJ9.e30.AA",
      "/v/", "https:///v/86111111111111111", "\ud800/v/86111111111111", `${text} ${text}`, "eyJhbGciOm51bGx9..", "eyJudWxsIjowfQ.e30.e30"];
    for (const input of texts) {
      const { outcome } = await verify(input, { trust, statuses, now: new Date(at) });
      assert.ok(["not_a_license", "unreadable", "not_genuine"].includes(outcome), `${input.slice(0, 40)}: ${outcome}`);
    }
    for (const junk of ["", "..", "a.b.c", "eyJ9.e30.AA", "\u0000"]) assert.notEqual(await statuses.add(junk), undefined);
  });

  it("calls no changed code genuine", async () => {
    const names = readdirSync(new URL("valid", folder)).filter((name) => name.startsWith("compact-"));
    assert.equal(names.length, 3);
    for (const name of names) {
      const { text, trust: bundle, at } = vector(`valid/${name.replace(".json", "")}`);
      const trust = await openTrust(file(bundle), { sm2 });
      const statuses = new Statuses(trust);
      for (let i = 0; i < text.length; i += 7) {
        const changed = text.slice(0, i) + (text[i] === "B" ? "C" : "B") + text.slice(i + 1);
        const { outcome } = await verify(changed, { trust, statuses, now: new Date(at) });
        assert.ok(["not_a_license", "unreadable", "not_genuine"].includes(outcome), `${name}, character ${i}: ${outcome}`);
      }
    }
  });
});
