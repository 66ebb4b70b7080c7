import { chunkDigests, hex, readClosing, sha256 } from "./closing.js";
import * as documents from "./documents.js";
import { DocumentError, integer, list, memberText, object, optional, parse, text } from "./json.js";
import * as days from "./days.js";
import { asTrustError } from "./roles.js";
import { parseToken, verify, type Sm2 } from "./signature.js";
import { Statuses, signs, signsOn, type StatusFault } from "./status.js";
import { openTrust, type Trust } from "./trust.js";
import { updateTrust } from "./update.js";

/** Why a bundle is not used; what is wrong with its trust documents is a TrustError. */
export type BundleReason = "bundle_malformed" | "bundle_signature" | "bundle_incomplete";

/** A bundle that is not used. */
export class BundleError extends Error {
  constructor(readonly reason: BundleReason, message: string, options?: ErrorOptions) {
    super(`${reason}: ${message}`, options);
  }
}

/** All that verifying takes for some regions, for whoever goes off line. */
export interface OfflineBundle {
  trust: Trust;
  statuses: Statuses;
  /** The trust bundle that counts, to be kept: the user's own, brought up to date. */
  trustFile: string;
  /** Region of the issuer that made it, whose word it is that it is whole. */
  by: string;
  regions: string[];
  made: Date;
  /** From then on nothing in it is known to be good: the condition `until` of verify. */
  until: Date;
  /** Why members were not taken: its maker is not believed in what they say. */
  refused: StatusFault[];
  /** Digests of the closing lists that are named for its regions and that it has not: too large for it. */
  without: string[];
}

const MAX_FILE = 96 << 20;
const MAX_CLOSING = 16 << 20;
const MAX_LIFE = 7 * 86400;

const readStatement = object({
  by: documents.region, made: documents.instant, expires: documents.instant, regions: list(documents.region, 64),
  trust: documents.digest, lists: integer(0), digest: documents.digest, closing: optional(list(documents.digest)),
});
type Statement = ReturnType<typeof readStatement>;
const ORDER = ["by", "made", "expires", "regions", "trust", "lists", "digest", "closing"];

const readFile = object({
  anchor: optional(documents.raw), statement: text(), trust: documents.raw, lists: list(text(), 65536), closing: optional(list(documents.base64, 65536)),
});
type File = ReturnType<typeof readFile>;

/**
 * Opens a bundle for going off line (docs/format.md, section 11). held is the user's trust.json, which it brings up to
 * date; a bundle that was kept with its roots needs none. Throws a BundleError where it is not whole or not by whom it
 * says, and a TrustError where its trust documents are not believed. Each member is verified like any other. Whether it
 * has ended is for verify to say, by the condition `until`.
 */
export async function openBundle(bundle: string | Uint8Array, options: { held?: string | Uint8Array; sm2?: Sm2 } = {}): Promise<OfflineBundle> {
  const { held, sm2 } = options;
  const source = read(bundle);
  const file = strictly(() => readFile(parse(source), "bundle"));
  const documentText = memberText(source, "trust");
  const trustFile = held === undefined ? withAnchor(file, source, documentText) : await brought(held, documentText, sm2);
  const trust = await openTrust(trustFile, { ...(sm2 && { sm2 }) });
  const statement = await openStatement(file.statement, trust);
  const digests = [await digest([documentText]), await digest(file.lists)];
  if (digests[0] !== statement.trust || digests[1] !== statement.digest || file.lists.length !== statement.lists) throw incomplete("a member");
  const statuses = new Statuses(trust);
  const refused: StatusFault[] = [];
  const note = (fault: StatusFault | undefined): void => void (fault !== undefined && refused.push(fault));
  for (const token of file.lists) note(await statuses.add(token));
  for (const parts of await closingLists(statement, file.closing ?? [])) {
    let fault: StatusFault | undefined;
    for (const part of parts) fault ??= await statuses.add(part);
    note(fault);
  }
  const named = trust.issuers.filter(({ region }) => statement.regions.includes(region)).flatMap(({ closing, keys }) => [closing, ...keys.map((key) => key.closing)]);
  return {
    trust, statuses, trustFile, by: statement.by, regions: statement.regions,
    made: new Date(statement.made * 1000), until: new Date(statement.expires * 1000), refused,
    without: named.filter((digest) => digest !== undefined && !statement.closing?.includes(digest)) as string[],
  };
}

function read(bundle: string | Uint8Array): string {
  if (bundle.length > MAX_FILE) throw new BundleError("bundle_malformed", "too large");
  if (typeof bundle === "string") return bundle;
  return strictly(() => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bundle));
}

function strictly<T>(reader: () => T): T {
  try {
    return reader();
  } catch (error) {
    throw new BundleError("bundle_malformed", "not of its form", { cause: error });
  }
}

function incomplete(what: string): BundleError {
  return new BundleError("bundle_incomplete", `${what} is missing, or another`);
}

/** The trust bundle of one that was kept with the roots by which it was found good. */
function withAnchor(file: File, source: string, documentText: string): string {
  if (file.anchor === undefined) throw new BundleError("bundle_malformed", "it says not by which roots it is to be believed");
  return `{"anchor":${memberText(source, "anchor")},${documentText.trim().slice(1)}`;
}

/** What is held, brought up to date. Documents older than those change nothing; others that are wrong, all of them, are an error. */
async function brought(held: string | Uint8Array, offered: string, sm2: Sm2 | undefined): Promise<string> {
  const { bundle, refused } = await updateTrust(held, offered, { ...(sm2 && { sm2 }) });
  const first = refused[0]?.error;
  if (first !== undefined && first.reason !== "trust_rolled_back" && sorted(bundle) === sorted(held)) throw first;
  return bundle;
}

/** The documents of a trust bundle in one order, to compare. */
function sorted(bundle: string | Uint8Array): string {
  try {
    const { roots, publications } = documents.bundle(parse(bundle), "bundle");
    return JSON.stringify([...roots.map((root) => JSON.stringify(root)), ...publications.map((of) => JSON.stringify(of))].sort());
  } catch (error) {
    throw asTrustError(error);
  }
}

/** Verifies the statement by a status key of the issuer that it says to be by. */
async function openStatement(jws: string, trust: Trust): Promise<Statement> {
  const token = parseToken(jws);
  if (token === undefined) throw new BundleError("bundle_malformed", "its statement is no token");
  const statement = strictly(() => {
    const written = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(token.payload);
    const value = parse(written);
    const s = readStatement(value, "statement");
    const members = Object.keys(value as object).join();
    if (JSON.stringify(value) !== written || members !== ORDER.filter((name) => name in s).join()) throw new DocumentError("not in its one form");
    checkStatement(s);
    return s;
  });
  const own = (trust.keys.get(token.kid) ?? []).find((listed) => listed.issuer.region === statement.by);
  const counts = own !== undefined && signs(own, "status") && signsOn(own, statement.made) && own.key.alg === token.alg && token.typ === "yz-bundle";
  if (!counts || (await verify(own.key, token.jws, trust.sm2)) !== "good") throw new BundleError("bundle_signature", `not by ${statement.by}`);
  return statement;
}

function checkStatement({ made, expires, regions, closing = [] }: Statement): void {
  const ascends = (list: string[]): boolean => list.every((value, i) => i === 0 || list[i - 1]! < value);
  if (expires <= made || expires - made > MAX_LIFE || days.ofInstant(made) < 1) throw new DocumentError("its time");
  if (regions.length === 0 || !ascends(regions) || !ascends(closing)) throw new DocumentError("not in order");
}

/** The parts of each closing list of the statement: just those, each list and then its chunks. */
async function closingLists({ closing = [] }: Statement, parts: Uint8Array<ArrayBuffer>[]): Promise<Uint8Array[][]> {
  if (parts.reduce((size, part) => size + part.length, 0) > MAX_CLOSING) throw new BundleError("bundle_malformed", "closing lists are too large");
  const lists: Uint8Array[][] = [];
  let at = 0;
  const next = async (wanted: string): Promise<Uint8Array<ArrayBuffer>> => {
    const part = parts[at++];
    if (part === undefined || hex(await sha256(part)) !== wanted) throw incomplete(`part ${wanted} of a closing list`);
    return part;
  };
  for (const digest of closing) {
    const first = await next(digest);
    const read = readClosing(first);
    if (read === undefined) throw new BundleError("bundle_malformed", `closing list ${digest}`);
    const chunks: Uint8Array[] = [];
    for (const chunk of chunkDigests(read)) chunks.push(await next(chunk));
    lists.push([first, ...chunks]);
  }
  if (at < parts.length) throw incomplete("the name of a part");
  return lists;
}

async function digest(parts: readonly string[]): Promise<string> {
  return hex(await sha256(new TextEncoder().encode(parts.map((part) => `${part}\n`).join(""))));
}
