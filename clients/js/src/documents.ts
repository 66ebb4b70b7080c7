import * as base64url from "./base64url.js";
import * as days from "./days.js";
import { flag, integer, list, object, oneOf, optional, text, type Json, type Reader } from "./json.js";
import { isCreditCode, isRegion, isTypeCode, parseIdentifier } from "./license.js";

/** The members of the signed documents: docs/decisions/federation.md. */

const day: Reader<number> = (value, at) => days.parse(text((s) => days.parse(s) !== undefined)(value, at))!;
const instant: Reader<number> = (value, at) => days.parseInstant(text((s) => days.parseInstant(s) !== undefined)(value, at))!;
const date = text((s) => days.parse(s) !== undefined);
const region = text(isRegion);
const raw: Reader<Json> = (value) => value ?? null;
const base64: Reader<Uint8Array<ArrayBuffer>> = (value, at) => {
  const decode = (s: string): Uint8Array<ArrayBuffer> | undefined => {
    const plain = s.replace(/={1,2}$/, "").replaceAll("+", "-").replaceAll("/", "_");
    return s.length % 4 === 0 && !/[-_]/.test(s) ? base64url.decode(plain) : undefined;
  };
  return decode(text((s) => decode(s) !== undefined)(value, at))!;
};

const heading = { sequence: integer(1), issued: instant };
const MONTH = 30 * 86400;

const key = object({ key: raw, use: text(), notBefore: day, notAfter: optional(day) });

const issuer = object({
  region,
  name: text((s) => s !== ""),
  code: text(isCreditCode),
  typeCode: text(isTypeCode),
  formerNames: optional(list(text())),
  address: optional(text()),
  telephone: optional(text()),
  keys: list(key),
  seals: optional(list(base64)),
  timestamps: optional(list(base64)),
  dictionaries: optional(list(base64)),
  verifyURL: text(),
  statusBase: text(),
  validFrom: day,
  validUntil: optional(day),
  demonstration: optional(flag),
});

/** The trust list: who issues where, by which keys. */
export const trustList = object({ ...heading, expires: instant, issuers: list(issuer) });
export type IssuerEntry = ReturnType<typeof issuer>;

const basis = object({
  title: text(),
  number: optional(text()),
  source: optional(text()),
  from: optional(date),
  until: optional(date),
  note: optional(text()),
});

const agreement = object({
  id: text(),
  title: text(),
  scope: oneOf("district", "citywide", "yangtze-delta"),
  mode: oneOf("mutual-recognition", "cross-region"),
  members: list(text((s) => /^\d{1,6}$/.test(s))),
  industries: list(text()),
  matters: list(text()),
  excluded: optional(list(text())),
  from: date,
  until: optional(date),
  basis,
  demonstration: optional(flag),
});

/** The recognition policy: what is recognised between whom. */
export const policy = object({ ...heading, expires: instant, agreements: list(agreement) });
export type Agreement = ReturnType<typeof agreement>;

const remedy = object({
  kind: oneOf("reconsideration", "litigation"),
  organ: text(),
  term: text(),
  termEN: text(),
  basis: text(),
  address: optional(text()),
  telephone: optional(text()),
});

const authority = object({
  name: text(),
  code: text(),
  region,
  address: optional(text()),
  telephone: optional(text()),
  remedies: optional(list(remedy)),
  demonstration: optional(flag),
});

/** The directory of the organs that grant permits. */
export const directory = object({ ...heading, expires: instant, authorities: list(authority) });
export type Authority = ReturnType<typeof authority>;

/** The record of a license's versions. */
export const licenseRecord = object({
  license: text(),
  versions: list(object({ identifier: text((s) => parseIdentifier(s) !== undefined), issued: date }), 999),
  ...heading,
});
export type LicenseRecord = ReturnType<typeof licenseRecord>;

/** What a document says of its own time. */
export interface Heading {
  sequence: number;
  issued: number;
  expires: number;
}

/** Whether the time that a document gives itself is one that it may have. */
export function isTimely({ issued, expires }: Heading): boolean {
  return expires > issued && expires - issued <= MONTH;
}

const jws = object({
  payload: text(),
  signatures: list(object({ protected: text(), signature: text() }), 64),
});

const anchor = object({ roots: list(raw, 64), threshold: integer(1), region });

/** The local file of a verifier. */
export const bundle = object({ anchor, list: jws, policy: jws, authorities: jws });
export type SignedDocument = ReturnType<typeof jws>;
