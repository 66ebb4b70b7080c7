import * as base64url from "./base64url.js";
import { DocumentError, object, oneOf, optional, text, type Json } from "./json.js";

/** A public key in the one form that is accepted: docs/decisions/signature-low-s.md. */
export interface PublicKey {
  alg: "ES256" | "EdDSA" | "SM2-SM3";
  kid: string;
  x: Uint8Array<ArrayBuffer>;
  /** Absent for EdDSA. */
  y?: Uint8Array<ArrayBuffer>;
}

/** Bytes in a key id. */
const ID = 6;

const CURVES = { ES256: "P-256", EdDSA: "Ed25519", "SM2-SM3": "SM2" } as const;

const jwk = object({
  alg: oneOf("ES256", "EdDSA", "SM2-SM3"),
  crv: text(),
  kid: text(),
  kty: text(),
  x: text(),
  y: optional(text()),
});

/** Reads a public JWK whose key id is that of its thumbprint (RFC 7638) and whose point lies on its curve. */
export async function readKey(value: Json | undefined, at: string): Promise<PublicKey> {
  const { alg, crv, kid, kty, x, y } = jwk(value, at);
  const edwards = alg === "EdDSA";
  if (crv !== CURVES[alg] || kty !== (edwards ? "OKP" : "EC") || (y === undefined) !== edwards) {
    throw new DocumentError(`${at}: not a key for ${alg}`);
  }
  if (Object.keys(value as object).join() !== Object.keys(value as object).sort().join()) {
    throw new DocumentError(`${at}: members out of order`);
  }
  const thumbprint = JSON.stringify(edwards ? { crv, kty, x } : { crv, kty, x, y });
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(thumbprint));
  if (base64url.encode(new Uint8Array(digest).subarray(0, ID)) !== kid) throw new DocumentError(`${at}: not its key id`);
  const key: PublicKey = { alg, kid, x: coordinate(x, at), ...(y !== undefined && { y: coordinate(y, at) }) };
  if (edwards ? !isEdwardsPoint(key.x) : !isWeierstrassPoint(alg === "ES256" ? P256 : SM2, key)) {
    throw new DocumentError(`${at}: not a point of the curve`);
  }
  return key;
}

function coordinate(value: string, at: string): Uint8Array<ArrayBuffer> {
  const bytes = base64url.decode(value);
  if (bytes?.length !== 32) throw new DocumentError(`${at}: not a coordinate`);
  return bytes;
}

/** A curve y² = x³ − 3x + b. */
interface Curve {
  p: bigint;
  b: bigint;
  /** The order of its group. */
  n: bigint;
}

export const P256: Curve = {
  p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};

export const SM2: Curve = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
};

/** The number that bytes stand for, the highest first. */
export function toBigInt(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function isWeierstrassPoint({ p, b }: Curve, key: PublicKey): boolean {
  const x = toBigInt(key.x);
  const y = toBigInt(key.y!);
  return x < p && y < p && (y * y - (x * x * x - 3n * x + b)) % p === 0n;
}

const P25519 = 2n ** 255n - 19n;
const D25519 = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const SQRT_MINUS_1 = 19681161376707505956807079304988542015446066515923890162744021073123829784752n;

/** Canonical, on the curve, and not one of the eight points of small order: what RFC 8032 leaves to whoever verifies. */
function isEdwardsPoint(bytes: Uint8Array): boolean {
  const little = toBigInt(bytes.slice().reverse());
  const sign = little >> 255n;
  const y = little & (2n ** 255n - 1n);
  if (y >= P25519) return false;
  const u = mod(y * y - 1n);
  const v = mod(D25519 * y * y + 1n);
  const x = root(u, v);
  if (x === undefined || (x === 0n && sign === 1n)) return false;
  return !hasSmallOrder(x, y);
}

/** A square root of u/v, or undefined. */
function root(u: bigint, v: bigint): bigint | undefined {
  const candidate = mod(u * v ** 3n * power(mod(u * v ** 7n), (P25519 - 5n) / 8n));
  const square = mod(v * candidate * candidate);
  if (square === u) return candidate;
  return square === mod(-u) ? mod(candidate * SQRT_MINUS_1) : undefined;
}

/** Whether eight times a point is the neutral one. */
function hasSmallOrder(x: bigint, y: bigint): boolean {
  let point: [bigint, bigint, bigint] = [x, y, 1n];
  for (let i = 0; i < 3; i++) point = double(point);
  return mod(point[0]) === 0n && mod(point[1]) === mod(point[2]);
}

function double([x, y, z]: [bigint, bigint, bigint]): [bigint, bigint, bigint] {
  const a = mod(x * x);
  const b = mod(y * y);
  const e = mod((x + y) ** 2n - a - b);
  const g = mod(b - a);
  const f = mod(g - 2n * z * z);
  return [mod(e * f), mod(g * (-a - b)), mod(f * g)];
}

function mod(value: bigint): bigint {
  const rest = value % P25519;
  return rest < 0n ? rest + P25519 : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let bit = exponent; bit > 0n; bit >>= 1n) {
    if ((bit & 1n) === 1n) result = mod(result * base);
    base = mod(base * base);
  }
  return result;
}
