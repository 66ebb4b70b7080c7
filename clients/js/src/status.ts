import * as base64url from "./base64url.js";
import { Closings } from "./closing.js";
import * as days from "./days.js";
import * as documents from "./documents.js";
import { inflateZlib } from "./inflate.js";
import { integer, object, oneOf, parse, text, type Json } from "./json.js";
import { identifierBase, parseIdentifier } from "./license.js";
import { least, signedName, type Sequences } from "./sequences.js";
import { parseToken, verify, type Token } from "./signature.js";
import type { ListedKey, Trust } from "./trust.js";

/** Why a status list or a record was not taken. */
export type StatusFault =
  | "status_list_signature" | "status_list_rolled_back" | "status_list_key" | "status_list_address" | "status_list_malformed"
  | "record_key" | "record_malformed" | "closing_list_refused";

/** A status list that was verified: one chunk of an issuer's. */
export interface StatusList {
  uri: string;
  /** Of the key that signed it. */
  kid: string;
  sequence: number;
  issued: number;
  expires: number;
  /** Two entries a byte, the lower half first. */
  entries: Uint8Array;
}

/** A license record that was verified. */
export interface HeldRecord {
  /** Of the key that signed it. */
  kid: string;
  sequence: number;
  issued: number;
  versions: documents.LicenseRecord["versions"];
  /** What the identifiers of all versions begin with. */
  uri: string;
}

/** The entries in a chunk. */
export const CHUNK = 32768;

const LONGEST = 31 * 86400;

/** The value of one entry. */
export function entry(list: StatusList, index: number): number {
  const at = index % CHUNK;
  return (list.entries[at >> 1]! >> (at % 2 === 0 ? 0 : 4)) & 15;
}

/** The address of the list that holds an entry. */
export function address(statusBase: string, index: number): string {
  return statusBase + String(Math.floor(index / CHUNK));
}

/**
 * The status lists and license records that a verifier holds. Each is verified when it is added, and only the one with
 * the highest sequence of an address or license is kept.
 */
export class Statuses {
  readonly #trust: Trust;
  // By region and address, or region and license: lists of other signers may name the same address.
  readonly #lists = new Map<string, StatusList>();
  readonly #records = new Map<string, HeldRecord>();
  readonly #refused = new Map<string, StatusFault>();
  /** What closed keys and entries are known to have signed. */
  readonly closings: Closings;

  constructor(trust: Trust) {
    this.#trust = trust;
    this.closings = new Closings(trust);
  }

  /**
   * Takes a status list or a license record (a compact JWS), or a part of a closing list: of these the list before its
   * chunks. The address is the one that it was fetched from, where it was fetched; a status list must say the same.
   * Gives why it was not taken, or undefined.
   */
  async add(given: string | Uint8Array, uri?: string): Promise<StatusFault | undefined> {
    const part = await this.closings.take(typeof given === "string" ? new TextEncoder().encode(given) : new Uint8Array(given));
    if (part !== undefined) return part === "taken" ? undefined : "closing_list_refused";
    const jws = typeof given === "string" ? given : new TextDecoder().decode(given);
    const token = parseToken(jws.trim());
    const claimed = uri ?? claimedAddress(token);
    const fault = token?.typ === "yz-record" ? await this.#addRecord(token) : await this.#addList(token, uri);
    if (fault !== undefined && claimed !== undefined) this.#refused.set(claimed, fault);
    return fault;
  }

  list(region: string, uri: string): StatusList | undefined {
    return this.#lists.get(`${region} ${uri}`);
  }

  /** By what the identifiers of all versions have in common. */
  record(region: string, license: string): HeldRecord | undefined {
    return this.#records.get(`${region} ${license}`);
  }

  /** Why the last list that was given for an address was not taken. */
  refused(uri: string): StatusFault | undefined {
    return this.#refused.get(uri);
  }

  /** The highest numbers of what is held and of those seen before, to be remembered and given to a later verification. */
  sequences(seen: Sequences = {}): Record<string, number> {
    const highest: Record<string, number> = { ...seen };
    const note = (name: string, sequence: number): void => {
      highest[name] = Math.max(highest[name] ?? 0, sequence);
    };
    for (const { root, speaker, freshness, list, policy, authorities } of this.#trust.publications) {
      note(`trust:${root.path}:root`, root.version);
      for (const [part, document] of Object.entries({ freshness, list, policy, authorities })) {
        for (const kid of document?.by ?? []) note(signedName(`trust:${speaker.path}:${part}`, kid), document!.sequence);
      }
    }
    for (const [name, { sequence, kid }] of [...this.#lists, ...this.#records]) note(signedName(name, kid), sequence);
    return highest;
  }

  /** What the number of a list (`status`) or a record may not be below, by what was seen before. */
  least(seen: Sequences, region: string, subject: string, use: "status" | "record"): number {
    const kids = [...this.#trust.keys].filter(([, listed]) => listed.some((key) => key.issuer.region === region && signs(key, use)));
    return least(seen, `${region} ${subject}`, kids.map(([kid]) => kid));
  }

  async #addList(token: Token | undefined, uri: string | undefined): Promise<StatusFault | undefined> {
    const opened = await openList(this.#trust, token, uri);
    if (typeof opened === "string") return opened;
    const ours = opened.signers.filter((signer) => signsOn(signer, opened.list.issued));
    if (ours.length === 0) return "status_list_key";
    return this.#keep(this.#lists, ours, opened.list);
  }

  async #addRecord(token: Token): Promise<StatusFault | undefined> {
    const listed = listedFor(this.#trust, token, "record");
    if (listed.length === 0) return "record_key";
    const signers = await signersOf(this.#trust, listed, token);
    const record = readRecord(token);
    if (signers.length === 0 || record === undefined) return "record_malformed";
    const ours = signers.filter(
      (signer) => record.uri.startsWith(identifierBase(signer.issuer.typeCode, signer.issuer.code, "")) && signsOn(signer, record.issued),
    );
    if (ours.length === 0) return "record_key";
    return this.#keep(this.#records, ours, record);
  }

  /** Keeps the newest; of two with the same sequence the one that was signed later, or was given last. */
  #keep<T extends { uri: string; sequence: number; issued: number }>(
    kept: Map<string, T>, signers: readonly ListedKey[], item: T,
  ): StatusFault | undefined {
    let fault: StatusFault | undefined;
    for (const { issuer } of signers) {
      const name = `${issuer.region} ${item.uri}`;
      const held = kept.get(name);
      if (held !== undefined && held.sequence > item.sequence) fault = "status_list_rolled_back";
      else if (held?.sequence !== item.sequence || held.issued <= item.issued) kept.set(name, item);
    }
    return fault;
  }
}

/** Verifies a status list by a key of the entry that keeps the list of its address. On which day the key signs is for the caller to ask. */
export async function openList(
  trust: Trust, token: Token | undefined, uri?: string,
): Promise<StatusFault | { list: StatusList; signers: ListedKey[] }> {
  if (token?.typ !== "statuslist+jwt") return "status_list_malformed";
  const claimed = claimedAddress(token);
  if (claimed === undefined) return "status_list_malformed";
  if (uri !== undefined && uri !== claimed) return "status_list_address";
  const listed = listedFor(trust, token, "status");
  if (listed.length === 0) return "status_list_key";
  const signers = await signersOf(trust, listed, token);
  if (signers.length === 0) return "status_list_signature";
  const list = readList(token);
  if (list === undefined) return "status_list_malformed";
  const ours = signers.filter(({ issuer }) => isChunk(list.uri, issuer.statusBase));
  return ours.length === 0 ? "status_list_key" : { list, signers: ours };
}

function listedFor(trust: Trust, token: Token, use: "status" | "record"): ListedKey[] {
  return trust.keys.get(token.kid)?.filter((listed) => signs(listed, use)) ?? [];
}

/** Those of the keys of one id whose signature it is. */
async function signersOf(trust: Trust, listed: readonly ListedKey[], token: Token): Promise<ListedKey[]> {
  const signers: ListedKey[] = [];
  for (const candidate of listed) {
    const { key } = candidate;
    if (key.alg === token.alg && (await verify(key, token.jws, trust.sm2)) === "good") signers.push(candidate);
  }
  return signers;
}

/** Whether lists or records by a key count. One that bears a closing list signs neither: what stands there are licenses. */
export function signs({ use, closing }: ListedKey, as: "status" | "record"): boolean {
  return use === as && closing === undefined;
}

/** Whether a key may sign at an instant. */
export function signsOn({ notBefore, notAfter = Infinity }: ListedKey, instant: number): boolean {
  const day = days.ofInstant(instant);
  return notBefore <= day && day <= notAfter;
}

function claimedAddress(token: Token | undefined): string | undefined {
  if (token?.typ !== "statuslist+jwt") return undefined;
  try {
    const { sub } = parse(token.payload) as Record<string, Json>;
    return typeof sub === "string" ? sub : undefined;
  } catch {
    return undefined;
  }
}

/** Whether an address is that of one of an issuer's chunks: its base and a decimal number. */
function isChunk(uri: string, statusBase: string): boolean {
  const chunk = uri.startsWith(statusBase) ? uri.slice(statusBase.length) : "";
  return /^(0|[1-9]\d{0,9})$/.test(chunk);
}

const bits: (value: Json | undefined, at: string) => number = (value, at) => {
  const n = integer(4)(value, at);
  return Number(oneOf("4")(String(n), at));
};

const claims = object({
  exp: integer(0),
  iat: integer(0),
  seq: integer(1),
  status_list: object({ bits, lst: text() }),
  sub: text(),
  ttl: integer(1),
});

/** Reads the claims of a list, verified or not. */
export function readList(token: Token): StatusList | undefined {
  try {
    const read = claims(parse(token.payload), "list");
    // One form: members in the order above, no white space.
    if (JSON.stringify(read) !== new TextDecoder().decode(token.payload)) return undefined;
    if (read.exp <= read.iat || read.exp - read.iat > LONGEST) return undefined;
    const packed = base64url.decode(read.status_list.lst);
    const inflated = packed && inflateZlib(packed, CHUNK / 2);
    if (inflated === undefined || !("bytes" in inflated) || inflated.bytes.length !== CHUNK / 2) return undefined;
    return { uri: read.sub, kid: token.kid, sequence: read.seq, issued: read.iat, expires: read.exp, entries: inflated.bytes };
  } catch {
    return undefined;
  }
}

function readRecord(token: Token): HeldRecord | undefined {
  try {
    const { license, ...record } = documents.licenseRecord(parse(token.payload), "record");
    const versions = record.versions.map((version) => parseIdentifier(version.identifier)!);
    const own = versions.every(({ base, version }, i) => base === license && version > (versions[i - 1]?.version ?? 0));
    return own && versions.length > 0 ? { ...record, uri: license, kid: token.kid } : undefined;
  } catch {
    return undefined;
  }
}
