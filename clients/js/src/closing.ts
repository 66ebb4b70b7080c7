import * as days from "./days.js";
import * as documents from "./documents.js";
import { parse } from "./json.js";
import type { License } from "./license.js";
import type { Trust } from "./trust.js";

/** What a closing list says of a license; where a part of it is not held, its digest. */
export type Closed = "listed" | "closing_list_refused" | "backdated" | "not_on_closing_list" | { missing: string };

/** An entry of a chunk: bytes 3 to 18 of what it stands for. */
const ENTRY = 16;
const MAX_CHUNK = 262_144;

/** The closing lists that the trust lists name, as far as they are held: docs/decisions/closing-lists.md. */
export class Closings {
  readonly #named: ReadonlySet<string>;
  // By digest; what has the digest and not the form is "refused".
  readonly #lists = new Map<string, documents.ClosingList | "refused">();
  readonly #chunks = new Map<string, Uint8Array | "refused">();

  constructor({ issuers }: Trust) {
    const digests = issuers.flatMap(({ closing, keys }) => [closing, ...keys.map((key) => key.closing)]);
    this.#named = new Set(digests.filter((digest) => digest !== undefined));
  }

  /** Takes a list that is named, or a chunk that a held list names. Undefined where it is neither. */
  async take(bytes: Uint8Array<ArrayBuffer>): Promise<"taken" | "refused" | undefined> {
    if (this.#named.size === 0) return undefined;
    const digest = hex(await sha256(bytes));
    if (this.#named.has(digest)) {
      const list = readClosing(bytes) ?? "refused";
      this.#lists.set(digest, list);
      return list === "refused" ? list : "taken";
    }
    const lists = [...this.#lists.values()].filter((list) => list !== "refused");
    if (!lists.some((list) => chunkDigests(list).includes(digest))) return undefined;
    this.#chunks.set(digest, isChunk(bytes) ? bytes : "refused");
    return isChunk(bytes) ? "taken" : "refused";
  }

  /** Looks up what was signed, by its signing input, on the list of a digest: that of a key, or of an entry as a whole. */
  async find(digest: string, { signed, license, key }: { signed: string; license: License; key: string | undefined }): Promise<Closed> {
    const list = this.#lists.get(digest);
    if (list === undefined) return { missing: digest };
    if (list === "refused") return "closing_list_refused";
    const sum = await sha256(new TextEncoder().encode(signed));
    const digests = chunkDigests(list);
    const wanted = digests[(((sum[0]! << 8) | sum[1]!) * digests.length) >>> 16]!;
    const chunk = this.#chunks.get(wanted);
    if (chunk === undefined) return { missing: wanted };
    if (chunk === "refused" || list.region !== license.region || list.key !== key) return "closing_list_refused";
    if (has(chunk, sum.subarray(2, 2 + ENTRY))) return "listed";
    const before = list.since !== undefined && days.parse(license.issueDate)! < days.ofInstant(list.since);
    return before ? "backdated" : "not_on_closing_list";
  }
}

/** Reads a closing list, whoever names it. */
export function readClosing(bytes: Uint8Array): documents.ClosingList | undefined {
  try {
    if (bytes.length > 1 << 20) return undefined;
    return documents.closingList(parse(bytes), "closing");
  } catch {
    return undefined;
  }
}

/** The digests of the chunks of a list, in their order. */
export function chunkDigests({ chunks }: documents.ClosingList): string[] {
  return Array.from({ length: chunks.length / 32 }, (_, i) => hex(chunks.subarray(i * 32, i * 32 + 32)));
}

/** Whether the entries ascend, none twice. */
function isChunk(bytes: Uint8Array): boolean {
  if (bytes.length > MAX_CHUNK || bytes.length % ENTRY !== 0) return false;
  for (let at = ENTRY; at < bytes.length; at += ENTRY) {
    if (compare(bytes.subarray(at - ENTRY, at), bytes.subarray(at, at + ENTRY)) >= 0) return false;
  }
  return true;
}

function has(chunk: Uint8Array, entry: Uint8Array): boolean {
  let [low, high] = [0, chunk.length / ENTRY];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = compare(chunk.subarray(middle * ENTRY, (middle + 1) * ENTRY), entry);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return false;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Small hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
