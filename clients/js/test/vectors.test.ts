import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Moment, openTrust, Statuses, TrustError, verify, type Result } from "yizheng-verifier";
import { sm2 } from "yizheng-verifier/sm2";

const folder = new URL("../../../testdata/vectors/", import.meta.url);

interface Vector {
  description: string;
  text: string;
  trust: string;
  status?: { file: string; uri?: string }[];
  region: string;
  at: string;
  asOf?: string;
  state?: Record<string, number>;
  expect: {
    outcome?: string;
    check?: string;
    reason?: string;
    permits?: { state: string; recognised: boolean; mode?: string }[];
    faults?: { signer: string; part: string; reason: string }[];
    warnings?: string[];
    presentation?: { status: string; reason?: string };
    trust?: string;
  };
  license?: Record<string, unknown>;
}

const schemas = new URL("../../../api/schemas/", import.meta.url);
const ajv = new Ajv2020({ validateFormats: false, allErrors: true });
for (const name of readdirSync(schemas).filter((name) => name.endsWith(".json"))) {
  ajv.addSchema(JSON.parse(readFileSync(new URL(name, schemas), "utf8")) as object, name);
}
const isResult = ajv.getSchema("result.json")!;

async function run(vector: Vector): Promise<Result> {
  const trust = await openTrust(readFileSync(new URL(vector.trust, folder)), { sm2 });
  const faults = trust.faults.map(({ signer, part, reason }) => ({ signer, part, reason }));
  for (const fault of vector.expect.faults ?? []) assert.ok(faults.some((f) => isDeepStrictEqual(f, fault)), JSON.stringify(faults));
  if (vector.expect.faults === undefined) assert.deepEqual(faults, []);
  const statuses = new Statuses(trust);
  const moment = vector.asOf === undefined ? undefined : new Moment(trust, new Date(vector.asOf));
  for (const { file, uri } of vector.status ?? []) {
    const given = readFileSync(new URL(file, folder));
    if (moment === undefined || (await moment.add(given)) === "other_moment") await statuses.add(given, uri);
  }
  const { region, state = {} } = vector;
  return verify(vector.text, { trust, statuses, now: new Date(vector.at), region, sequences: state, ...(moment && { moment }) });
}

function compare(result: Result, vector: Vector): void {
  const { expect } = vector;
  assert.ok(isResult(result), ajv.errorsText(isResult.errors));
  assert.equal(result.outcome, expect.outcome);
  assert.equal(result.asOf, vector.asOf);
  if (expect.check === undefined) {
    for (const { name, status } of result.checks) if (name !== "presentation") assert.equal(status, "passed", name);
  } else {
    assert.equal(result.checks.find((check) => check.name === expect.check)?.reason, expect.reason);
  }
  const { presentation = { status: "not_done", reason: "static_code" } } = expect;
  assert.deepEqual(result.checks.find((check) => check.name === "presentation"), { name: "presentation", ...presentation });
  if (expect.permits !== undefined) {
    const permits = result.license!.permits.map(({ state, recognised, mode }, i) => ({
      state, recognised, ...(expect.permits![i]?.mode !== undefined && { mode }),
    }));
    assert.deepEqual(permits, expect.permits);
  }
  for (const warning of expect.warnings ?? []) assert.ok(result.warnings?.includes(warning), warning);
  if (vector.license !== undefined) compareLicense(result, vector.license);
}

function compareLicense(result: Result, license: Record<string, unknown>): void {
  const { contact: _contact, state: _state, supersededBy: _newer, version: _version, permits, ...shown } = result.license!;
  const { statusIndex: _index, permits: wanted, ...rest } = license;
  assert.deepEqual(shown, rest);
  assert.deepEqual(permits.map(({ state, recognised, mode, agreement, reasons, ...permit }) => permit), wanted);
}

for (const kind of ["valid", "invalid", "as-of"]) {
  const names = readdirSync(new URL(kind, folder)).filter((name) => name.endsWith(".json"));
  assert.ok(names.length > 30, "vectors are missing");
  describe(`vectors, ${kind}`, () => {
    for (const name of names) {
      const vector = JSON.parse(readFileSync(new URL(`${kind}/${name}`, folder), "utf8")) as Vector;
      it(`${name.replace(".json", "")}: ${vector.description}`, async () => {
        if (vector.expect.trust === undefined) return compare(await run(vector), vector);
        await assert.rejects(run(vector), (error) => error instanceof TrustError && error.reason === vector.expect.trust);
      });
    }
  });
}
