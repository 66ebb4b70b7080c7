/** What a license is, and the rules of the field that bind its members: docs/format.md, section 5. */

/** One permit (单项许可) as a license carries it; days are YYYY-MM-DD. */
export interface Permit {
  matter: string;
  number: string;
  authority: string;
  scope: string;
  conditions?: string;
  premises?: string;
  /** Granted on a commitment (告知承诺). */
  commitment?: boolean;
  validFrom: string;
  /** The last day in force; absent where there is none. */
  validUntil?: string;
}

/** An integrated industry license (行业综合许可证). */
export interface License {
  /** GB/T 36904-2018, with the version and the check character. */
  identifier: string;
  number: string;
  version: number;
  /** GB/T 2260, of the issuing authority. */
  region: string;
  issuer: string;
  issuerCode: string;
  typeCode: string;
  industry: string;
  /** The version of the industry catalogue. */
  catalogue: string;
  holder: { name: string; creditCode: string; representative: string; premises: string };
  permits: Permit[];
  issueDate: string;
  /** The place of its entry in the issuer's status lists; those of its permits follow. */
  statusIndex: number;
  demonstration?: boolean;
}

const ROOT = "1.2.156.3005.2";
const CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The 18th character that follows from the first 17 of a credit code (GB 32100-2015); undefined where one is none. */
export function creditCheck(code17: string): string | undefined {
  let sum = 0;
  let weight = 1;
  for (const c of code17) {
    const value = CREDIT.indexOf(c);
    if (value < 0) return undefined;
    sum += value * weight;
    weight = (weight * 3) % 31;
  }
  return code17.length === 17 ? CREDIT[(31 - (sum % 31)) % 31] : undefined;
}

/** Whether a text is a credit code with the right check character. */
export function isCreditCode(code: string): boolean {
  return code.length === 18 && creditCheck(code.slice(0, 17)) === code[17];
}

/** Whether a text is a type code: the credit code of who defined the type, and three digits. */
export function isTypeCode(code: string): boolean {
  return /^\d{3}$/.test(code.slice(18)) && isCreditCode(code.slice(0, 18));
}

/** ISO 7064 MOD 37,36. */
export function mod37(text: string): string {
  let p = 36;
  for (const c of text) {
    p += BASE36.indexOf(c);
    p = ((p % 36 || 36) * 2) % 37;
  }
  return BASE36[(37 - p) % 36]!;
}

/** What the identifiers of all versions of a license begin with. */
export function identifierBase(typeCode: string, issuerCode: string, serial: string): string {
  return `${ROOT}.${typeCode}.${issuerCode}.${serial}`;
}

/** The identifier of a license. */
export function identifier(typeCode: string, issuerCode: string, serial: string, version: number): string {
  const digits = String(version).padStart(3, "0");
  return `${identifierBase(typeCode, issuerCode, serial)}.${digits}.${mod37(typeCode + issuerCode + serial + digits)}`;
}

/** The parts of an identifier that is well formed and whose check character fits; or undefined. */
export function parseIdentifier(text: string): { base: string; version: number } | undefined {
  if (!text.startsWith(ROOT + ".")) return undefined;
  const parts = text.slice(ROOT.length + 1).split(".");
  const [type, issuer, serial, version, check] = parts;
  if (parts.length !== 5 || !isTypeCode(type!) || !isCreditCode(issuer!) || !isSerial(serial!)) return undefined;
  if (!/^\d{3}$/.test(version!) || version === "000" || mod37(type! + issuer! + serial! + version!) !== check) return undefined;
  return { base: identifierBase(type!, issuer!, serial!), version: Number(version) };
}

/** 1 to 32 digits and capital letters. */
export function isSerial(text: string): boolean {
  return /^[0-9A-Z]{1,32}$/.test(text);
}

/** Six digits. */
export function isRegion(text: string): boolean {
  return /^\d{6}$/.test(text);
}

// What would let two texts look alike, or one look like less than it is. Planes 2 and 3 are Han's: what is added there
// after this program was built must pass.
const FORBIDDEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\ufffd\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]|(?![ \u3000])\p{Zs}|(?![\u{20000}-\u{3ffff}])\p{Cn}/u;
const EDGES = /^[\p{White_Space}\p{M}]|\p{White_Space}$/u;

/** Whether a text may stand in a license: what people read is all that there is. */
export function isText(text: string, longest: number): boolean {
  return [...text].length <= longest && text.normalize("NFC") === text && !EDGES.test(text) && !FORBIDDEN.test(text);
}
