import * as base64url from "./base64url.js";
import { readStatement, type Statement } from "./statement.js";

/** A code that was found in a text, of the format version that this program knows. */
export interface Code {
  /** First 6 bytes of the thumbprint of the signing key, in base64url. */
  kid: string;
  /** First 8 bytes of the SHA-256 of the dictionary, in base64url. */
  dictionary: string;
  signature: Uint8Array;
  payload: Uint8Array;
  /** The algorithm that a compact JWS names; of digits there is none, as the key says it. */
  alg?: string;
  /** What travels with it, in a live code or a derived copy. */
  statement?: Statement;
  /** The address around the digits, to the end of its last "/v/". */
  address?: string;
}

/**
 * What a text turned out to hold. "other" is a signed thing that is no license; whether that is anything to us depends
 * on whether its key is known.
 */
export type Found =
  | { kind: "code"; code: Code }
  | { kind: "none" }
  | { kind: "exported" }
  | { kind: "unreadable" }
  | { kind: "version" }
  | { kind: "malformed"; fault: "range" | "jws" | "statement" }
  | { kind: "other"; typ: string; kid: string };

const MAX_TEXT = 65536;
const MAX_DIGITS = 7089;
const MIN_BYTES = 79;
const MAX_BYTES = 2940;
const CHECK = 5;
const SIGNATURE = 64;
const DIGITS_OF_A_BYTE = Math.log10(256);

const WHITE = /[\p{White_Space}\ufeff]+/gu;

/** Finds the code in what was scanned, typed or pasted: docs/format.md, sections 1 and 2. */
export function find(text: string): Found {
  if (text.length > MAX_TEXT || new TextEncoder().encode(text).length > MAX_TEXT) return { kind: "none" };
  const compact = text.replace(WHITE, "");
  if (isExported(compact)) return { kind: "exported" };
  if (/^eyJ[^.]*\.[^.]*\.[^.]*$/.test(compact)) return findJws(compact);
  if (compact.includes("/v/")) return findAddress(compact);
  return looksLikeDigits(compact, 20) ? readDigits(compact) : { kind: "none" };
}

/** Canonical protected header of a code: rebuilt, as it does not travel with the digits. */
export function header(alg: string, code: Code): string {
  return `{"alg":"${alg}","dict":"${code.dictionary}","kid":"${code.kid}","typ":"yz-license","zip":"DEF"}`;
}

/** Whether a text is a license in a form for the programs of others: a Verifiable Credential, or an SD-JWT with its disclosures. */
function isExported(text: string): boolean {
  const head = /^(eyJ[^.]*)\./.exec(text)?.[1];
  const typ = head === undefined ? undefined : headerMembers(head)["typ"];
  return typ === "vc+jwt" || typ === "dc+sd-jwt";
}

function findAddress(text: string): Found {
  const path = text.replace(/[?#].*$/u, "");
  const at = path.lastIndexOf("/v/");
  if (at < 0) return looksLikeDigits(path, 20) ? { kind: "unreadable" } : { kind: "none" };
  const digits = path.slice(at + 3).replace(/\/+$/, "");
  if (!looksLikeDigits(digits, 12)) return { kind: "none" };
  const before = path.slice(0, at);
  if (before.split("/v/").some((part) => looksLikeDigits(part, 20))) return { kind: "unreadable" };
  const scheme = before.split("://")[0]!;
  if (scheme !== before && !/^https?$/i.test(scheme)) return { kind: "none" };
  const found = readDigits(digits);
  if (found.kind === "code") found.code.address = path.slice(0, at + 3);
  return found;
}

function looksLikeDigits(text: string, fewest: number): boolean {
  const digits = /^[0-9]*/.exec(text)![0].length;
  return digits >= 100 || (digits >= fewest && text.startsWith("86"));
}

function readDigits(digits: string): Found {
  if (!/^[0-9]+$/.test(digits) || digits.length > MAX_DIGITS) return { kind: "unreadable" };
  const body = digits.slice(0, -CHECK);
  if (!digits.startsWith("86") || body.length < 3 || checkOf(body) !== digits.slice(-CHECK)) return { kind: "unreadable" };
  const version = body[2];
  if (version !== "1" && version !== "2") return { kind: "version" };
  const integer = body.slice(3);
  const n = Math.floor(integer.length / DIGITS_OF_A_BYTE);
  if (n < 1 || n > MAX_BYTES || Math.ceil(n * DIGITS_OF_A_BYTE) !== integer.length) {
    return { kind: "unreadable" };
  }
  const hex = BigInt(integer).toString(16);
  if (hex.length > 2 * n) return { kind: "malformed", fault: "range" };
  const bytes = fromHex(hex.padStart(2 * n, "0"));
  if (version === "1") return readBytes(bytes);
  const statement = readStatement(bytes);
  if (statement === "malformed") return { kind: "malformed", fault: "statement" };
  return typeof statement === "string" ? { kind: statement } : readBytes(statement.license, statement);
}

/** The bytes of a license code, apart from what travels with it. */
function readBytes(bytes: Uint8Array, statement?: Statement): Found {
  if (bytes.length < MIN_BYTES) return { kind: "unreadable" };
  return {
    kind: "code",
    code: {
      kid: base64url.encode(bytes.subarray(0, 6)),
      dictionary: base64url.encode(bytes.subarray(6, 14)),
      signature: bytes.slice(14, 78),
      payload: bytes.slice(78),
      ...(statement && { statement }),
    },
  };
}

function checkOf(body: string): string {
  let r = body.length;
  for (let i = 0; i < body.length; i++) r = (10 * r + body.charCodeAt(i) - 0x30) % 99991;
  return String(r).padStart(CHECK, "0");
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

function findJws(text: string): Found {
  const [head, payload, signature] = text.split(".") as [string, string, string];
  const { alg, dict, kid, typ } = headerMembers(head);
  if (!headerText(head).includes('"yz-license"')) {
    const whole = base64url.decode(signature)?.length === SIGNATURE && base64url.decode(payload) !== undefined;
    const plain = whole && typeof typ === "string" && typeof kid === "string" && head === encodeHeader(JSON.stringify({ alg, kid, typ }));
    return plain ? { kind: "other", typ, kid } : { kind: "none" };
  }
  if (signature.length < 86) return { kind: "unreadable" };
  const signatureBytes = base64url.decode(signature);
  const payloadBytes = base64url.decode(payload);
  if (signatureBytes?.length !== SIGNATURE || payloadBytes === undefined || typeof alg !== "string") {
    return { kind: "malformed", fault: "jws" };
  }
  const code: Code = { kid: String(kid), dictionary: String(dict), signature: signatureBytes, payload: payloadBytes, alg };
  const size = 14 + SIGNATURE + payloadBytes.length;
  if (head !== encodeHeader(header(alg, code)) || !named(kid, 6) || !named(dict, 8) || size < MIN_BYTES || size > MAX_BYTES) {
    return { kind: "malformed", fault: "jws" };
  }
  return { kind: "code", code };
}

function named(value: unknown, length: number): boolean {
  return typeof value === "string" && base64url.decode(value)?.length === length;
}

function encodeHeader(text: string): string {
  return base64url.encode(new TextEncoder().encode(text));
}

/** What a protected header says, however badly it is encoded: enough to tell whether it is one of ours. */
function headerText(head: string): string {
  const loose = head.replace(/=+$/, "");
  // The last character may have spare bits; what matters stands before it.
  const bytes = base64url.decode(loose) ?? (loose.length % 4 === 1 ? undefined : base64url.decode(loose.slice(0, loose.length & ~3)));
  return new TextDecoder().decode(bytes);
}

function headerMembers(head: string): Record<string, unknown> {
  try {
    const members: unknown = JSON.parse(headerText(head));
    return typeof members === "object" && members !== null ? (members as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
