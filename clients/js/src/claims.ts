import * as days from "./days.js";
import { creditCheck, identifier, isCreditCode, isRegion, isSerial, isText, isTypeCode, type License, type Permit } from "./license.js";
import { decodeText, encodeText } from "./text.js";

/** What is wrong with claims: the reasons of docs/format.md, section 7. */
export type Fault =
  | "truncated" | "number" | "canonical" | "credit_code" | "permits" | "date" | "region" | "identifier" | "text";

const DEMONSTRATION = 0x01;
const NUMBER = 0x02;
const COMMITMENT = 0x80;
const MORE = 0x40;
const CONDITIONS = 0x01;
const PREMISES = 0x02;
const SAME_PREMISES = 0x04;
const MAX_PERMITS = 64;
const MAX_INDEX = 2 ** 32 - 1;

/** The license that claims stand for, or what is wrong with them. */
export function decodeClaims(bytes: Uint8Array): { license: License } | { fault: Fault } {
  try {
    const license = read(new Reader(bytes));
    check(license);
    if (!same(encodeClaims(license), bytes)) throw new ClaimsError("canonical");
    return { license };
  } catch (error) {
    if (error instanceof ClaimsError) return { fault: error.fault };
    throw error;
  }
}

class ClaimsError extends Error {
  constructor(readonly fault: Fault) {
    super(fault);
  }
}

class Reader {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at === this.bytes.length;
  }

  byte(): number {
    const b = this.bytes[this.at++];
    if (b === undefined) throw new ClaimsError("truncated");
    return b;
  }

  /** Numbers above 2^35 stand nowhere in claims. */
  uvarint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 35; scale *= 128) {
      const b = this.byte();
      value += (b & 0x7f) * scale;
      if (b < 0x80) return value;
    }
    throw new ClaimsError("number");
  }

  varint(): number {
    const u = this.uvarint();
    return u % 2 === 0 ? u / 2 : -(u + 1) / 2;
  }

  text(): string {
    const read = decodeText(this.bytes, this.at);
    if (read === undefined) throw new ClaimsError("truncated");
    this.at = read.end;
    return read.text;
  }
}

function read(r: Reader): License {
  const flags = r.byte();
  if ((flags & ~(DEMONSTRATION | NUMBER)) !== 0) throw new ClaimsError("canonical");
  const region = r.text();
  const issuer = r.text();
  const issuerCode = r.text();
  const typeCode = r.text();
  const catalogue = r.text();
  const industry = r.text();
  const serial = r.text();
  const number = (flags & NUMBER) !== 0 ? r.text() : region + serial;
  const version = r.uvarint();
  const statusIndex = r.uvarint();
  const issued = day(r.byte() * 256 + r.byte());
  const representative = r.text();
  const name = r.text();
  const code17 = r.text();
  const last = creditCheck(code17);
  if (last === undefined) throw new ClaimsError("credit_code");
  const premises = r.text();
  if (version < 1 || version > 999 || statusIndex > MAX_INDEX) throw new ClaimsError("number");
  if (!isRegion(region)) throw new ClaimsError("region");
  if (!isCreditCode(issuerCode) || !isTypeCode(typeCode) || !isSerial(serial)) throw new ClaimsError("identifier");
  return {
    identifier: identifier(typeCode, issuerCode, serial, version),
    number,
    version,
    region,
    issuer,
    issuerCode,
    typeCode,
    industry,
    catalogue,
    holder: { name, creditCode: code17 + last, representative, premises },
    permits: readPermits(r, issued, premises),
    issueDate: days.format(issued),
    statusIndex,
    ...((flags & DEMONSTRATION) !== 0 && { demonstration: true }),
  };
}

function readPermits(r: Reader, issued: number, premises: string): Permit[] {
  const permits: Permit[] = [];
  let before = issued;
  while (!r.done) {
    if (permits.length === MAX_PERMITS) throw new ClaimsError("permits");
    const terms = r.byte();
    const permit: Permit = { matter: r.text(), authority: r.text(), number: r.text(), scope: r.text(), validFrom: "" };
    const first = day(before + r.varint());
    before = first;
    permit.validFrom = days.format(first);
    const end = lastDay(first, terms & 0x3f, r);
    if (end !== undefined) permit.validUntil = days.format(end);
    if ((terms & COMMITMENT) !== 0) permit.commitment = true;
    if ((terms & MORE) !== 0) readMore(r, permit, premises);
    permits.push(permit);
  }
  if (permits.length === 0) throw new ClaimsError("permits");
  return permits;
}

function readMore(r: Reader, permit: Permit, premises: string): void {
  const more = r.byte();
  if (more === 0 || more > 7 || (more & 6) === 6) throw new ClaimsError("canonical");
  if ((more & CONDITIONS) !== 0) permit.conditions = r.text();
  if ((more & PREMISES) !== 0) permit.premises = r.text();
  if ((more & SAME_PREMISES) !== 0) permit.premises = premises;
}

function day(value: number): number {
  if (value < 1 || value > days.LAST) throw new ClaimsError("date");
  return value;
}

function lastDay(first: number, code: number, r: Reader): number | undefined {
  if (code === 0) return undefined;
  if (code === 63) throw new ClaimsError("canonical");
  return day(code === 62 ? first + r.uvarint() : codedDay(first, code));
}

/** The last day that a term code from 1 to 61 says. */
function codedDay(first: number, code: number): number {
  const [year, month, date] = days.split(first);
  return code <= 30 ? days.make(year + code, month, date) - 1 : days.make(year + code - 31, 12, 31);
}

/** The least code that gives the last day. */
function termCode(first: number, last: number | undefined): number {
  if (last === undefined) return 0;
  for (let code = 1; code <= 61; code++) if (codedDay(first, code) === last) return code;
  return 62;
}

function check(license: License): void {
  const { holder } = license;
  const texts: [string | undefined, number, boolean][] = [
    [license.issuer, 80, true],
    [license.catalogue, 40, true],
    [license.industry, 80, true],
    [license.number, 60, true],
    [holder.name, 80, true],
    [holder.representative, 80, false],
    [holder.premises, 200, false],
  ];
  for (const permit of license.permits) {
    texts.push(
      [permit.matter, 80, true],
      [permit.authority, 80, true],
      [permit.number, 60, true],
      [permit.scope, 1000, false],
      [permit.conditions, 500, permit.conditions !== undefined],
      [permit.premises, 200, permit.premises !== undefined],
    );
  }
  for (const [text = "", longest, required] of texts) {
    if (!isText(text, longest) || (required && text === "")) throw new ClaimsError("text");
  }
}

/** The one form in which a license is written. */
function encodeClaims(license: License): number[] {
  const out: number[] = [];
  const text = (s: string): void => void out.push(...(encodeText(s) ?? fail("text")));
  const { holder } = license;
  const serial = license.identifier.split(".").at(-3) ?? "";
  const ownNumber = license.number !== license.region + serial;
  out.push((license.demonstration === true ? DEMONSTRATION : 0) | (ownNumber ? NUMBER : 0));
  for (const s of [license.region, license.issuer, license.issuerCode, license.typeCode, license.catalogue, license.industry, serial]) text(s);
  if (ownNumber) text(license.number);
  uvarint(out, license.version);
  uvarint(out, license.statusIndex);
  const issued = days.parse(license.issueDate)!;
  out.push(issued >> 8, issued & 255);
  for (const s of [holder.representative, holder.name, holder.creditCode.slice(0, 17), holder.premises]) text(s);
  let before = issued;
  for (const permit of license.permits) before = encodePermit(out, permit, before, holder.premises);
  return out;
}

function encodePermit(out: number[], permit: Permit, before: number, premises: string): number {
  const text = (s: string): void => void out.push(...(encodeText(s) ?? fail("text")));
  const first = days.parse(permit.validFrom)!;
  const last = permit.validUntil === undefined ? undefined : days.parse(permit.validUntil)!;
  const code = termCode(first, last);
  const same = permit.premises !== undefined && permit.premises === premises;
  const more =
    (permit.conditions !== undefined ? CONDITIONS : 0) |
    (same ? SAME_PREMISES : permit.premises !== undefined ? PREMISES : 0);
  out.push((permit.commitment === true ? COMMITMENT : 0) | (more !== 0 ? MORE : 0) | code);
  for (const s of [permit.matter, permit.authority, permit.number, permit.scope]) text(s);
  const delta = first - before;
  uvarint(out, delta >= 0 ? 2 * delta : -2 * delta - 1);
  if (code === 62) uvarint(out, last! - first);
  if (more !== 0) out.push(more);
  if (permit.conditions !== undefined) text(permit.conditions);
  if (permit.premises !== undefined && !same) text(permit.premises);
  return first;
}

function uvarint(out: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}

function fail(fault: Fault): never {
  throw new ClaimsError(fault);
}

function same(a: number[], b: Uint8Array): boolean {
  return a.length === b.length && a.every((v, i) => v === b[i]);
}
