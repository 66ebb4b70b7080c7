import * as base64url from "./base64url.js";
import * as days from "./days.js";
import { DocumentError, flag, integer, list, object, oneOf, optional, text, type Json, type Reader } from "./json.js";
import { isCreditCode, isRegion, isTypeCode, parseIdentifier } from "./license.js";

/** The members of the signed documents: docs/decisions/federation.md. */

const day: Reader<number> = (value, at) => days.parse(text((s) => days.parse(s) !== undefined)(value, at))!;
export const instant: Reader<number> = (value, at) => days.parseInstant(text((s) => days.parseInstant(s) !== undefined)(value, at))!;
const date = text((s) => days.parse(s) !== undefined);
export const region = text(isRegion);
export const raw: Reader<Json> = (value, at) => {
  if (value === undefined || value === null) throw new DocumentError(`${at}: missing`);
  return value;
};
export const base64: Reader<Uint8Array<ArrayBuffer>> = (value, at) => {
  const decode = (s: string): Uint8Array<ArrayBuffer> | undefined => {
    const plain = s.replace(/={1,2}$/, "").replaceAll("+", "-").replaceAll("/", "_");
    return s.length % 4 === 0 && !/[-_]/.test(s) ? base64url.decode(plain) : undefined;
  };
  return decode(text((s) => decode(s) !== undefined)(value, at))!;
};

/** SHA-256 digests in a row: 1, 2, 4 … 2048 of them. */
const digests: Reader<Uint8Array<ArrayBuffer>> = (value, at) => {
  const bytes = base64(value, at);
  if (!Array.from({ length: 12 }, (_, n) => 32 << n).includes(bytes.length)) throw new DocumentError(`${at}: not so many digests`);
  return bytes;
};

export const digest = text((s) => /^[0-9a-f]{64}$/.test(s));
const term = { issued: instant, expires: instant };
const heading = { signer: text(), sequence: integer(1), ...term };

const key = object({ key: raw, use: text(), notBefore: day, notAfter: optional(day), closing: optional(digest) });

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
  disputes: optional(text()),
  validFrom: day,
  validUntil: optional(day),
  closing: optional(digest),
  demonstration: optional(flag),
});

/** A trust list: who issues where, by which keys. */
export const trustList = object({ ...heading, issuers: list(issuer, 4096) });
export type TrustList = ReturnType<typeof trustList>;
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
  mode: oneOf("full", "display_only", "needs_local_filing", "handling_only"),
  members: list(text((s) => /^(\d{2}){1,3}$/.test(s))),
  industries: list(text()),
  matters: list(text()),
  excluded: optional(list(text())),
  from: date,
  until: optional(date),
  basis,
  demonstration: optional(flag),
});

/** A recognition policy: what its signer recognises, and from whom. */
export const policy = object({ ...heading, agreements: list(agreement, 1024) });
export type Policy = ReturnType<typeof policy>;
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

/** A directory of the organs that grant permits. */
export const directory = object({ ...heading, authorities: list(authority, 65_536) });
export type Directory = ReturnType<typeof directory>;
export type Authority = ReturnType<typeof authority>;

/** A closing list: what a closed key or entry is known to have signed. */
export const closingList = object({
  region,
  key: optional(text()),
  since: optional(instant),
  issued: instant,
  entries: integer(0),
  chunks: digests,
});
export type ClosingList = ReturnType<typeof closingList>;

/** The record of a license's versions. */
export const licenseRecord = object({
  license: text(),
  versions: list(object({ identifier: text((s) => parseIdentifier(s) !== undefined), issued: date }), 999),
  sequence: integer(1),
  issued: instant,
});
export type LicenseRecord = ReturnType<typeof licenseRecord>;

const name = text((s) => /^[a-z0-9-]{1,32}$/.test(s));
const prefixes = list(text(), 512);
const keys = list(raw, 16);
const threshold = integer(1);

const role = { name, title: text(), territory: prefixes, keys, threshold, online: object({ keys, threshold, days: integer(1) }) };
const delegate = object(role);
export type RoleEntry = ReturnType<typeof delegate>;

/** A version of a root: who signs for it, and for whom it lets others speak. */
export const rootDocument = object({ version: integer(1), ...term, ...role, delegates: optional(list(delegate, 512)) });
export type RootDocument = ReturnType<typeof rootDocument>;

/** A statement of freshness: which documents of a signer count still. */
export const freshness = object({ ...heading, documents: list(object({ typ: text(), sequence: integer(1), sha256: digest }), 16) });
export type Freshness = ReturnType<typeof freshness>;

/** What every document says of itself. */
export interface Heading {
  signer: string;
  sequence: number;
  issued: number;
  expires: number;
}

const jwsMembers = object({
  payload: text(),
  signatures: list(object({ protected: text(), signature: text() }), 32),
});
export type SignedDocument = ReturnType<typeof jwsMembers>;

/** A JWS with several signatures, whose members have one order. */
const jws: Reader<SignedDocument> = (value, at) => {
  const read = jwsMembers(value, at);
  const canonical = (object: object, names: string): boolean => Object.keys(object).join() === names;
  const { signatures } = value as { signatures: object[] };
  if (!canonical(value as object, "payload,signatures") || !signatures.every((s) => canonical(s, "protected,signature"))) {
    throw new DocumentError(`${at}: members out of order`);
  }
  return read;
};

const anchorRoot = object({ name, territory: prefixes, version: integer(1), keys, threshold });
export type AnchorRoot = ReturnType<typeof anchorRoot>;

const publication = object({
  signer: text(),
  freshness: optional(jws),
  list: optional(jws),
  policy: optional(jws),
  authorities: optional(jws),
});
export type SignedPublication = ReturnType<typeof publication>;

/** The members of what is published. */
export const published = {
  roots: list(object({ name, documents: list(jws, 256) }), 1024),
  publications: list(publication, 8192),
};

/** The local file of a verifier. */
export const bundle = object({ anchor: object({ region, roots: list(anchorRoot, 16) }), ...published });
export type Bundle = ReturnType<typeof bundle>;
