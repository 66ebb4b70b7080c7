import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { getListFromStatusListJWT } from "@sd-jwt/jwt-status-list";
import { compactVerify, createLocalJWKSet, importJWK, jwtVerify, type JSONWebKeySet, type JWK } from "jose";
import { openTrust, Statuses, verify } from "yizheng-verifier";

/**
 * The exports of a license, made by the Go program, are verified by libraries that know nothing of licenses, with no
 * more than what the issuer publishes.
 */

const repository = new URL("../../../", import.meta.url);
const file = (path: string): string => readFileSync(new URL(path, repository), "utf8");
const exported = (name: string): string => file(`credential/testdata/${name}`);
const metadata = JSON.parse(exported("jwt-vc-issuer.json")) as { issuer: string; jwks: JSONWebKeySet };
const keys = createLocalJWKSet(metadata.jwks);
const vector = JSON.parse(file("testdata/vectors/valid/restaurant-3-permits.json")) as {
  trust: string; status: { file: string }[]; at: string; license: { permits: { number: string }[]; holder: { representative: string } };
};
const list = file(`testdata/vectors/${vector.status[0]!.file}`);
const { publications } = JSON.parse(file(`testdata/vectors/${vector.trust}`)) as { publications: { signer: string; list: { payload: string } }[] };
const listed = publications.find(({ signer }) => signer === "delta/shanghai")!.list;
const { issuers } = JSON.parse(Buffer.from(listed.payload, "base64url").toString()) as {
  issuers: { region: string; keys: { use: string; key: JWK }[] }[];
};
const statusKey = issuers.find(({ region }) => region === "310105")!.keys.find(({ use }) => use === "status")!.key;
const now = new Date(vector.at);

interface Permit {
  number: string;
  status: { status_list: { idx: number; uri: string } };
}

async function verifySdJwt(text: string, statusList = list): Promise<Record<string, unknown>> {
  const instance = new SDJwtVcInstance({
    hasher: (data, alg) => {
      assert.equal(alg, "sha-256");
      return createHash("sha256").update(typeof data === "string" ? data : new Uint8Array(data)).digest();
    },
    hashAlg: "sha-256",
    verifier: async (data, signature) => {
      await compactVerify(`${data}.${signature}`, keys);
      return true;
    },
    statusListFetcher: (uri) => {
      assert.equal(uri, "https://310105.example/status/1");
      return Promise.resolve(statusList);
    },
    statusVerifier: async (data, signature) => {
      await compactVerify(`${data}.${signature}`, await importJWK(statusKey));
      return true;
    },
  });
  const { payload } = await instance.verify(text, { currentDate: now.getTime() / 1000 });
  return payload;
}

describe("exports, verified by public libraries", () => {
  it("the Verifiable Credential, by jose", async () => {
    const { payload, protectedHeader } = await jwtVerify(exported("restaurant.vc.jwt"), keys, {
      issuer: metadata.issuer, typ: "vc+jwt", algorithms: ["ES256"], currentDate: now,
    });
    assert.equal(protectedHeader.kid, metadata.jwks.keys[0]!.kid);
    assert.deepEqual((payload["@context"] as unknown[])[0], "https://www.w3.org/ns/credentials/v2");
    assert.ok((payload["type"] as string[]).includes("VerifiableCredential"));
    assert.equal((payload["issuer"] as { id: string }).id, metadata.issuer);
    assert.equal(payload["vc"], undefined, "VC-JOSE-COSE: the payload is the credential");
    const { permits, demonstration } = payload["credentialSubject"] as { permits: Permit[]; demonstration: boolean };
    assert.deepEqual(permits.map((permit) => permit.number), vector.license.permits.map((permit) => permit.number));
    assert.equal(demonstration, true);
  });

  it("the SD-JWT VC with all disclosures, by @sd-jwt/sd-jwt-vc", async () => {
    const payload = await verifySdJwt(exported("restaurant.sd-jwt"));
    assert.equal(payload["iss"], metadata.issuer);
    assert.equal(payload["vct"], "urn:yizheng:industry-license:1");
    assert.equal((payload["holder"] as { representative: string }).representative, vector.license.holder.representative);
    assert.deepEqual((payload["permits"] as Permit[]).map((permit) => permit.number), vector.license.permits.map((permit) => permit.number));
  });

  it("the SD-JWT VC with one permit disclosed, and with one that its holder chose", async () => {
    const whole = exported("restaurant.sd-jwt").split("~");
    const chosen = [whole[0], whole[3], ""].join("~");
    for (const [text, index] of [[exported("restaurant.one.sd-jwt"), 0], [chosen, 1]] as const) {
      const payload = await verifySdJwt(text);
      assert.deepEqual((payload["permits"] as Permit[]).map((permit) => permit.number), [vector.license.permits[index]!.number]);
      assert.equal((payload["holder"] as { representative?: string }).representative, undefined);
    }
  });

  it("not when anything is changed, nor when its status is bad", async () => {
    const text = exported("restaurant.sd-jwt");
    const disclosure = text.split("~")[2]!;
    const forged = Buffer.from(Buffer.from(disclosure, "base64url").toString().replace("2030-06-08", "2040-06-08")).toString("base64url");
    assert.notEqual(forged, disclosure);
    const cut = text.indexOf(".") + 20;
    const changed = text.slice(0, cut) + (text[cut] === "A" ? "B" : "A") + text.slice(cut + 1);
    await assert.rejects(verifySdJwt(changed));
    const payload = await verifySdJwt(text.replace(disclosure, forged)).catch(() => ({ permits: [] }));
    assert.ok(!JSON.stringify(payload).includes("2040-06-08"), "a disclosure that is not signed");
    const withdrawn = JSON.parse(file("testdata/vectors/invalid/withdrawn.json")) as typeof vector;
    await assert.rejects(verifySdJwt(text, file(`testdata/vectors/${withdrawn.status[0]!.file}`)), /Status/i);
  });

  it("each permit has its own entry in a status list that others can read", async () => {
    const { payload } = await jwtVerify(exported("restaurant.vc.jwt"), keys, { currentDate: now });
    const { permits } = payload["credentialSubject"] as { permits: Permit[] };
    const suspended = JSON.parse(file("testdata/vectors/valid/one-suspended.json")) as typeof vector;
    const read = getListFromStatusListJWT(file(`testdata/vectors/${suspended.status[0]!.file}`));
    assert.equal(read.getBitsPerStatus(), 4);
    assert.deepEqual(permits.map(({ status }) => read.getStatus(status.status_list.idx)), [2, 0, 0]);
    const { idx } = (payload["status"] as Permit["status"]).status_list;
    assert.equal(read.getStatus(idx), 0);
  });

  it("are no licenses to a verifier of licenses", async () => {
    const trust = await openTrust(file(`testdata/vectors/${vector.trust}`));
    for (const name of ["restaurant.vc.jwt", "restaurant.sd-jwt", "restaurant.one.sd-jwt"]) {
      const result = await verify(exported(name), { trust, statuses: new Statuses(trust), now });
      assert.equal(result.outcome, "not_a_license");
      assert.equal(result.checks[0]!.reason, "exported_credential");
    }
  });
});
