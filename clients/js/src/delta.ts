import * as base64url from "./base64url.js";
import { parse, type Json } from "./json.js";
import { compress } from "./compress.js";
import { parseToken } from "./signature.js";
import { CHUNK, readList } from "./status.js";

/** The media type of what has changed in a status list. */
export const DELTA = "application/vnd.yizheng.statuslist-delta+json";

/**
 * Writes the newer status list from the one that is held and what has changed since (docs/format.md, section 12). What
 * comes of it proves nothing yet: it is to be given to Statuses.add like any list. Undefined where nothing can be made of
 * it; then, and where add refuses what was made, the whole list is to be fetched.
 */
export function applyDelta(held: string, delta: string | Uint8Array): string | undefined {
  const token = parseToken(held.trim());
  const list = token && readList(token);
  const change = readDelta(delta);
  if (list === undefined || change?.since !== list.sequence) return undefined;
  const entries = list.entries.slice();
  for (const [offset, value] of change.entries) {
    const shift = offset % 2 === 0 ? 0 : 4;
    entries[offset >> 1] = (entries[offset >> 1]! & ~(15 << shift)) | (value << shift);
  }
  const lst = compress(entries);
  if (lst === undefined) return undefined;
  const { exp, iat, seq, ttl } = change;
  const claims = { exp, iat, seq, status_list: { bits: 4, lst: base64url.encode(lst) }, sub: list.uri, ttl };
  return `${change.protected}.${base64url.encode(new TextEncoder().encode(JSON.stringify(claims)))}.${change.signature}`;
}

interface Delta {
  since: number;
  protected: string;
  exp: number;
  iat: number;
  seq: number;
  ttl: number;
  entries: [offset: number, value: number][];
  signature: string;
}

function readDelta(text: string | Uint8Array): Delta | undefined {
  let read: Record<string, Json>;
  try {
    read = parse(text) as Record<string, Json>;
  } catch {
    return undefined;
  }
  const { since, protected: head, exp, iat, seq, ttl, entries, signature } = read ?? {};
  if (![since, exp, iat, seq, ttl].every(Number.isSafeInteger) || typeof head !== "string" || typeof signature !== "string") return undefined;
  if (!Array.isArray(entries) || entries.length % 2 !== 0) return undefined;
  const pairs: Delta["entries"] = [];
  for (let i = 0; i < entries.length; i += 2) {
    const [offset, value] = [entries[i] as number, entries[i + 1] as number];
    if (!isBelow(offset, CHUNK) || !isBelow(value, 16)) return undefined;
    pairs.push([offset, value]);
  }
  const [from, end, begin, sequence, keep] = [since, exp, iat, seq, ttl] as number[];
  return { since: from!, protected: head, exp: end!, iat: begin!, seq: sequence!, ttl: keep!, entries: pairs, signature };
}

function isBelow(value: unknown, bound: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < bound;
}
