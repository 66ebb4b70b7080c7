import { compactVerify } from "jose";
import * as base64url from "./base64url.js";
import { parse, type Json } from "./json.js";
import { P256, toBigInt, type PublicKey } from "./keys.js";

/** How SM2 with SM3 is verified; see sm2.ts, which brings it. */
export interface Sm2 {
  verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean;
}

/** What a signature turned out to be. */
export type Verdict = "good" | "bad" | "high_s" | "unsupported";

/** Verifies the signature of a compact JWS by a key. The algorithm is the key's; what the header names must be the same. */
export async function verify(key: PublicKey, jws: string, sm2?: Sm2): Promise<Verdict> {
  const end = jws.lastIndexOf(".");
  const signature = base64url.decode(jws.slice(end + 1));
  if (signature?.length !== 64) return "bad";
  if (key.alg === "SM2-SM3") {
    if (sm2 === undefined) return "unsupported";
    return sm2.verify(key, new TextEncoder().encode(jws.slice(0, end)), signature) ? "good" : "bad";
  }
  if (key.alg === "ES256" && toBigInt(signature.subarray(32)) > P256.n >> 1n) return "high_s";
  try {
    await compactVerify(jws, publicJwk(key), { algorithms: [key.alg] });
    return "good";
  } catch {
    return "bad";
  }
}

function publicJwk(key: PublicKey): Record<string, string> & { kty: string } {
  const x = base64url.encode(key.x);
  if (key.alg === "EdDSA") return { alg: key.alg, kty: "OKP", crv: "Ed25519", x };
  return { alg: key.alg, kty: "EC", crv: "P-256", x, y: base64url.encode(key.y!) };
}

/** A signed thing other than a code, taken apart and not yet verified. */
export interface Token {
  alg: string;
  kid: string;
  typ: string;
  payload: Uint8Array;
  /** The compact JWS. */
  jws: string;
}

/** Takes a compact JWS apart, whose protected header is the one text for alg, kid and typ. */
export function parseToken(jws: string): Token | undefined {
  const parts = jws.split(".");
  if (parts.length !== 3) return undefined;
  const [head, payload, signature] = parts.map((part) => base64url.decode(part));
  if (head === undefined || payload === undefined || signature === undefined) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(head);
    const { alg, kid, typ } = parse(text) as Record<string, Json>;
    if (typeof alg !== "string" || typeof kid !== "string" || typeof typ !== "string") return undefined;
    return JSON.stringify({ alg, kid, typ }) === text ? { alg, kid, typ, payload, jws } : undefined;
  } catch {
    return undefined;
  }
}
