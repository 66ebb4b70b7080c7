import * as base64url from "./base64url.js";
import type { SignedDocument } from "./documents.js";
import { TrustError, type TrustReason } from "./fault.js";
import { DocumentError, parse, type Json, type Reader } from "./json.js";
import { readKey, type PublicKey } from "./keys.js";
import { parseToken, verify, type Sm2 } from "./signature.js";

/** Keys of which so many must sign. */
export interface Role {
  keys: ReadonlyMap<string, PublicKey>;
  threshold: number;
}

const MAX_DOCUMENT = 8 << 20;

/** Reads a role. */
export async function readRole(keys: readonly Json[], threshold: number, at: string): Promise<Role> {
  const read = new Map<string, PublicKey>();
  for (const [i, jwk] of keys.entries()) {
    const key = await readKey(jwk, `${at}.keys[${i}]`);
    if (read.has(key.kid)) throw new TrustError("trust_inconsistent", `${at}: a key twice`);
    read.set(key.kid, key);
  }
  if (threshold > read.size) throw new TrustError("trust_inconsistent", `${at}: a threshold beyond its keys`);
  return { keys: read, threshold };
}

/** Whether two roles are the same. */
export function sameRole(a: Role, b: Role): boolean {
  return a.threshold === b.threshold && a.keys.size === b.keys.size && [...a.keys.keys()].every((kid) => b.keys.has(kid));
}

/** What was signed, and the ids of the keys of a role that have signed it. */
export type By<T> = T & { by: readonly string[] };

/**
 * Gives the ids of the keys of the role that have signed the document as one of this typ. Throws a TrustError unless they
 * are enough.
 */
export async function checkSigned(signed: SignedDocument, typ: string, role: Role, sm2: Sm2 | undefined): Promise<string[]> {
  let before = "";
  const by: string[] = [];
  if (signed.signatures.length === 0) throw new TrustError("trust_malformed", `${typ}: no signature`);
  for (const { protected: head, signature } of signed.signatures) {
    const token = parseToken(`${head}.${signed.payload}.${signature}`);
    if (token === undefined || !(before < token.kid)) throw new TrustError("trust_malformed", `${typ}: the form of a signature`);
    before = token.kid;
    const key = role.keys.get(token.kid);
    if (key === undefined) continue;
    const verdict = token.typ === typ && token.alg === key.alg ? await verify(key, token.jws, sm2) : "bad";
    if (verdict === "good") by.push(key.kid);
    else if (verdict !== "unsupported") throw new TrustError("trust_signature", `${typ}: a false signature by ${token.kid}`);
  }
  if (by.length < role.threshold) throw new TrustError("trust_signature", `${typ}: ${by.length} of ${role.threshold} have signed it`);
  return by;
}

/** The payload of a document, whatever its signatures are. */
export function readPayload<T>(signed: SignedDocument, read: Reader<T>, at: string): T {
  const payload = base64url.decode(signed.payload);
  if (payload === undefined || payload.length > MAX_DOCUMENT) throw new TrustError("trust_malformed", `${at}: its payload`);
  return read(parse(payload), at);
}

/** By what a statement of freshness names a document. */
export async function digestOf(signed: SignedDocument): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", base64url.decode(signed.payload)!));
  return [...digest].map((b) => b.toString(16).padStart(2, "0")).join("");
}

/** Makes a TrustError of whatever went wrong with a document. */
export function asTrustError(error: unknown, reason: TrustReason = "trust_malformed"): TrustError {
  if (error instanceof TrustError) return error;
  if (error instanceof DocumentError) return new TrustError(reason, error.message, { cause: error });
  throw error;
}
