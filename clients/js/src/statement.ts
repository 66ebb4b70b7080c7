import * as base64url from "./base64url.js";
import * as days from "./days.js";
import { isText } from "./license.js";
import { decodeText, encodeText } from "./text.js";

/** What travels with a code of version 2: docs/format.md, section 9. */
export interface Statement {
  /** First 6 bytes of the thumbprint of the key that signed it, in base64url. */
  kid: string;
  signature: Uint8Array;
  /** The bytes of the content, as they are signed. */
  content: Uint8Array;
  /** The bytes of the license code that it is about. */
  license: Uint8Array;
  said: Presentation | DerivedCopy;
}

/** A live code: seconds since 1970, and a number in base64url that no two have. */
export interface Presentation {
  typ: "yz-presentation";
  at: number;
  nonce: string;
}

/** A derived copy: seconds since 1970, and a day. An empty maker is the holder. */
export interface DerivedCopy {
  typ: "yz-copy";
  at: number;
  until: number;
  maker: string;
  recipient: string;
  purpose: string;
}

const PREFIX = 1 + 6 + 64;
const INSTANT = 4;
const NONCE = 8;
const LONGEST = 60;

/** Takes the statement off the beginning of the bytes of a code. */
export function readStatement(bytes: Uint8Array): Statement | "unreadable" | "version" | "malformed" {
  if (bytes.length < PREFIX) return "unreadable";
  if (bytes[0] !== 1 && bytes[0] !== 2) return "version";
  const read = bytes[0] === 1 ? readPresentation(bytes) : readCopy(bytes);
  if (read === undefined) return "malformed";
  return {
    kid: base64url.encode(bytes.subarray(1, 7)),
    signature: bytes.slice(7, PREFIX),
    content: bytes.slice(PREFIX, read.end),
    license: bytes.slice(read.end),
    said: read.said,
  };
}

interface Read<T> {
  said: T;
  end: number;
}

function readPresentation(bytes: Uint8Array): Read<Presentation> | undefined {
  const end = PREFIX + INSTANT + NONCE;
  if (bytes.length < end) return undefined;
  return { said: { typ: "yz-presentation", at: instant(bytes), nonce: base64url.encode(bytes.subarray(end - NONCE, end)) }, end };
}

function readCopy(bytes: Uint8Array): Read<DerivedCopy> | undefined {
  let end = PREFIX + INSTANT + 2;
  if (bytes.length < end) return undefined;
  const at = instant(bytes);
  const until = bytes[end - 2]! * 256 + bytes[end - 1]!;
  if (until === 0 || until < days.ofInstant(at)) return undefined;
  const texts: string[] = [];
  for (let i = 0; i < 3; i++) {
    const read = decodeText(bytes, end);
    if (read === undefined || !isText(read.text, LONGEST) || !same(encodeText(read.text), bytes.subarray(end, read.end))) return undefined;
    texts.push(read.text);
    end = read.end;
  }
  const [maker, recipient, purpose] = texts as [string, string, string];
  if (recipient === "" || purpose === "") return undefined;
  return { said: { typ: "yz-copy", at, until, maker, recipient, purpose }, end };
}

function instant(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(PREFIX);
}

function same(a: number[] | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && a.every((v, i) => v === b[i]);
}

/** The compact JWS that the statement's signature belongs to, for a key of an algorithm. */
export async function statementJws({ kid, signature, content, license, said }: Statement, alg: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(license)));
  const head = new TextEncoder().encode(`{"alg":"${alg}","kid":"${kid}","typ":"${said.typ}"}`);
  return [head, Uint8Array.from([...digest, ...content]), signature].map(base64url.encode).join(".");
}
