import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { deflateRawSync } from "node:zlib";
import { find } from "yizheng-verifier";
import { decodeClaims } from "../dist/claims.js";
import { header } from "../dist/code.js";
import { builtinDictionary } from "../dist/dictionaries.js";
import { format } from "../dist/days.js";
import { inflateRaw } from "../dist/inflate.js";
import { statementJws } from "../dist/statement.js";
import { decodeText, encodeText } from "../dist/text.js";

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../../payload/testdata/answers/${name}.json`, import.meta.url), "utf8")) as T;
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

interface Answer {
  license: Record<string, unknown> & { permits: Record<string, unknown>[] };
  dictionary: string;
  claims: string;
  payload: string;
  keyID: string;
  signature: string;
  header: string;
  digits: string;
}

describe("known answers", () => {
  it("texts are written and read in their one form", () => {
    const answers = read<{ text: string; hex: string }[]>("texts");
    assert.ok(answers.length > 10);
    for (const { text, hex } of answers) {
      assert.equal(Buffer.from(encodeText(text)!).toString("hex"), hex, text);
      assert.deepEqual(decodeText(bytes(hex), 0), { text, end: hex.length / 2 });
    }
  });

  for (const answer of read<Answer[]>("codes")) {
    it(`the code of ${answer.license["identifier"]}`, async () => {
      const found = find(answer.digits);
      assert.equal(found.kind, "code");
      const { code } = found as Extract<typeof found, { kind: "code" }>;
      assert.equal(header("ES256", code), answer.header);
      assert.equal(Buffer.from(code.signature).toString("hex"), answer.signature);
      assert.equal(Buffer.from(code.payload).toString("hex"), answer.payload);
      const inflated = inflateRaw(code.payload, (await builtinDictionary(code.dictionary))!, 16384);
      assert.ok("bytes" in inflated);
      assert.equal(Buffer.from(inflated.bytes).toString("hex"), answer.claims);
      const claims = decodeClaims(inflated.bytes);
      assert.ok("license" in claims);
      const { version: _version, issuerCode: _issuer, typeCode: _type, ...license } = claims.license;
      assert.deepEqual(license, answer.license);
    });
  }
});

interface StatementAnswer {
  license: string;
  kind: string;
  at: number;
  until?: string;
  maker?: string;
  recipient?: string;
  purpose?: string;
  nonce?: string;
  keyID: string;
  signature: string;
  signingInput: string;
  digits: string;
}

describe("statements", () => {
  for (const answer of read<StatementAnswer[]>("statements")) {
    it(`${answer.kind} ${answer.purpose ?? ""}`, async () => {
      const found = find(answer.digits);
      assert.equal(found.kind, "code");
      const { code } = found as Extract<typeof found, { kind: "code" }>;
      const { statement, ...alone } = code;
      assert.deepEqual(find(answer.license), { kind: "code", code: alone });
      const { said } = statement!;
      assert.equal(said.typ, answer.kind);
      assert.equal(said.at, answer.at);
      assert.equal(statement!.kid, answer.keyID);
      if (said.typ === "yz-copy") {
        const { maker = "", recipient, purpose, until } = answer;
        assert.deepEqual({ ...said, until: format(said.until) }, { typ: "yz-copy", at: answer.at, maker, recipient, purpose, until });
      } else assert.equal(Buffer.from(said.nonce, "base64url").toString("hex"), answer.nonce);
      const jws = await statementJws(statement!, "ES256");
      assert.equal(jws, `${answer.signingInput}.${Buffer.from(answer.signature, "hex").toString("base64url")}`);
    });
  }
});

describe("bytes that no issuer wrote", () => {
  it("never make the decoder throw; what remains a license is another one", () => {
    const [answer] = read<Answer[]>("codes");
    const claims = bytes(answer!.claims);
    let taken = 0;
    let cut = 0;
    for (let i = 0; i < claims.length; i++) {
      for (const change of [1, 0x80, 0xff]) {
        const changed = claims.slice();
        changed[i]! ^= change;
        const decoded = decodeClaims(changed);
        if ("license" in decoded) {
          taken++;
          assert.notDeepEqual(decoded, decodeClaims(claims));
        }
      }
      if ("license" in decodeClaims(claims.slice(0, i))) cut++;
    }
    assert.ok(taken > 0, "some changes make another license");
    assert.equal(cut, answer!.license.permits.length - 1, "cut off where a permit ends, the rest is a license; elsewhere it is none");
  });

  it("inflate no further than allowed, and to the last byte only", () => {
    const dictionary = new Uint8Array([0x41]);
    const deflate = (length: number): Buffer => deflateRawSync(Buffer.alloc(length), { dictionary });
    const inflate = (data: Uint8Array): unknown => {
      const inflated = inflateRaw(data, dictionary, 16384);
      return "fault" in inflated ? inflated.fault : inflated.bytes.length;
    };
    assert.equal(inflate(deflate(16384)), 16384);
    assert.equal(inflate(deflate(16385)), "size");
    assert.equal(inflate(deflate(100_000_000)), "size");
    assert.equal(inflate(Buffer.concat([deflate(10), Buffer.from([0])])), "trailing");
    assert.equal(inflate(deflate(1000).subarray(0, -1)), "deflate");
    assert.equal(inflate(new Uint8Array()), "deflate");
    assert.equal(inflate(Buffer.from("ffff", "hex")), "deflate");
  });
});
