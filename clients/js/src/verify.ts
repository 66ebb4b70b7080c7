import { decodeClaims } from "./claims.js";
import type { Closed } from "./closing.js";
import { find, header, type Code } from "./code.js";
import * as base64url from "./base64url.js";
import { builtinDictionary } from "./dictionaries.js";
import { Examination } from "./examination.js";
import { listFault } from "./freshness.js";
import { judgeGenuine } from "./genuine.js";
import { judgeCopy, judgePresentation } from "./presence.js";
import { inflateRaw } from "./inflate.js";
import type { IssuerEntry } from "./documents.js";
import type { PublicKey } from "./keys.js";
import { parseIdentifier, type License } from "./license.js";
import type { Publication } from "./publications.js";
import type { Moment } from "./moment.js";
import type { Result } from "./result.js";
import { verify as verifySignature } from "./signature.js";
import type { Sequences } from "./sequences.js";
import { setClock } from "./standing.js";
import { address, type Statuses } from "./status.js";
import type { ListedKey, Trust } from "./trust.js";
import * as days from "./days.js";

/** What a verification is given beside the text. Only the first three are needed. */
export interface Conditions {
  trust: Trust;
  statuses: Statuses;
  /** The verifier's clock. */
  now: Date;
  /** Where the verifier stands, if not where the trust bundle says. */
  region?: string;
  /** How old things may be, in seconds: 72 hours for a status list, 30 days for the statement that trust list and policy count. */
  maxAge?: { status?: number; trust?: number };
  /** When a bundle that the lists came in ends: from then on nothing in it is known to be good. */
  until?: Date;
  /** The moment of the past that is asked about, with its lists; now, if there is none. */
  moment?: Moment;
  /** The highest numbers seen before, as Statuses.sequences gives them. */
  sequences?: Sequences;
}

const MAX_CLAIMS = 16384;

/** Regions that exist no more, merged into others: docs/decisions/verifier-outcomes.md. */
const ABOLISHED = ["310103", "310108", "310119", "310230"];

/**
 * Verifies what was scanned, typed or pasted. It fetches nothing, and no text makes it throw: bad input is an outcome.
 * The order of the work is that of docs/decisions/verifier-outcomes.md.
 */
export async function verify(text: string, conditions: Conditions): Promise<Result> {
  const { trust } = conditions;
  const examination = new Examination(conditions);
  const found = find(text);
  switch (found.kind) {
    case "none":
      return examination.stop("not_a_license", "format", "no_code");
    case "exported":
      return examination.stop("not_a_license", "format", "exported_credential");
    case "unreadable":
      return examination.stop("unreadable", "format", "check_digits");
    case "version":
      return examination.stop("unknown", "format", "version_unknown");
    case "malformed":
      return examination.stop("not_genuine", "format", "code_malformed");
    case "other":
      if (!trust.keys.has(found.kid)) return examination.stop("not_a_license", "format", "no_code");
      examination.check("format", "passed");
      return examination.stop("not_genuine", "signature", "type_mismatch");
  }
  examination.check("format", "passed");
  examination.live = found.code.statement?.said.typ === "yz-presentation";
  const listed = trust.keys.get(found.code.kid);
  return listed === undefined ? judgeStranger(examination, found.code) : judgeSigned(examination, found.code, listed);
}

/** A code whose key nobody lists is decoded to see whom it claims to be from; nothing of that is shown. */
async function judgeStranger(examination: Examination, code: Code): Promise<Result> {
  const { trust } = examination.conditions;
  examination.check("signature", "not_done", "key_unknown");
  const read = await readClaims(code, trust);
  if (read === undefined) return examination.stop("unknown", "trust", "issuer_unknown");
  if (read === "malformed") return examination.stop("not_genuine", "format", "claims_malformed");
  const speech = trust.speech(read.region);
  if (speech !== "nobody" && speech !== "lost") examination.about(typeof speech === "string" ? undefined : speech);
  if (speech === "lost" || speech === "refused") return examination.stop("unknown", "trust", "trust_list_refused");
  if (speech === "missing") return examination.stop("unknown", "trust", "trust_list_missing");
  const abolished = ABOLISHED.includes(read.region);
  const known = trust.issuers.some(
    (issuer) => issuer.region === read.region || issuer.code === read.issuerCode || names(issuer).includes(read.issuer),
  );
  if (speech !== "nobody" && speech.list === undefined) return examination.stop("unknown", "trust", "trust_list_refused");
  if (!known && !abolished) return examination.stop("unknown", "trust", "issuer_unknown");
  if (speech !== "nobody") {
    examination.restOn(speech);
    // A newer list may well name the key.
    const stale = listFault(speech, examination.clock.now, examination.conditions);
    if (stale !== undefined) return examination.stop("unknown", "trust", stale);
  }
  return examination.stop("not_genuine", "trust", abolished ? "region_abolished" : "key_not_of_issuer");
}

async function judgeSigned(examination: Examination, code: Code, candidates: readonly ListedKey[]): Promise<Result> {
  const { trust } = examination.conditions;
  const forLicenses = candidates.filter(({ use }) => use === "license");
  if (forLicenses.length === 0) {
    examination.check("signature", "not_done", "key_use");
    return examination.stop("not_genuine", "trust", "key_use");
  }
  const faults = await Promise.all(forLicenses.map((candidate) => signatureFault(code, candidate, trust)));
  const signers = forLicenses.filter((_, i) => faults[i] === undefined);
  if (signers.length === 0) {
    const [fault] = faults as [string];
    return examination.stop(fault === "algorithm_unsupported" ? "unknown" : "not_genuine", "signature", fault);
  }
  examination.check("signature", "passed");
  const license = await readClaims(code, trust);
  if (license === undefined) return examination.stop("unknown", "format", "dictionary_unknown");
  if (license === "malformed") return examination.stop("unknown", "format", "claims_malformed");
  const listed = signers.find(({ issuer }) => issuer.region === license.region) ?? signers[0]!;
  const { issuer, publication } = listed;
  examination.restOn(publication);
  setClock(license, issuer, examination.conditions, examination.clock);
  const distrust = issuerFault(license, listed);
  if (distrust === "region_abolished" || distrust === "issuer_region") return examination.stop("not_genuine", "trust", distrust);
  if (distrust !== undefined) return disown(examination, publication, distrust);
  for (const found of await closingLists(code, license, listed, examination.conditions.statuses)) {
    if (typeof found === "object") return examination.stop("unknown", "trust", "closing_list_missing");
    if (found === "closing_list_refused") return examination.stop("unknown", "trust", found);
    if (found !== "listed") return disown(examination, publication, found);
    examination.warn("key_closed");
  }
  if (license.demonstration || issuer.demonstration) examination.warn("demonstration");
  if (code.address !== undefined && !sameHost(code.address, issuer.verifyURL)) examination.warn("host_not_issuers");
  const { statement } = code;
  if (statement === undefined) return judgeGenuine(examination, license, listed);
  const copy = await judgeCopy(examination, statement, license, listed);
  if ("outcome" in copy) return copy;
  const result = judgeGenuine(examination, license, listed, statement);
  const shown = examination.conditions.moment === undefined ? await judgePresentation(examination, statement, listed) : {};
  return { ...result, ...copy, ...shown, checks: examination.checks() };
}

/**
 * The addresses of what a verification of a text will ask for: one or two status lists and the license's record. Whoever
 * is on line fetches them, and gives them to Statuses.add; a record is there only once a license has a second version.
 * Where key or issuer were closed and statuses are given, closing has the addresses of the parts of closing lists that
 * are not held: once a list was added, ask again for its chunk.
 */
export async function sources(text: string, trust: Trust, statuses?: Statuses): Promise<{ lists: string[]; record?: string; closing: string[] }> {
  const found = find(text);
  const candidates = (found.kind === "code" && trust.keys.get(found.code.kid)?.filter(({ use }) => use === "license")) || [];
  const license = found.kind === "code" && candidates.length > 0 ? await readClaims(found.code, trust) : undefined;
  if (found.kind !== "code" || license === undefined || license === "malformed") return { lists: [], closing: [] };
  const listed = candidates.find(({ issuer }) => issuer.region === license.region) ?? candidates[0]!;
  const { statusBase } = listed.issuer;
  const closed = statuses === undefined ? [] : await closingLists(found.code, license, listed, statuses);
  const closing = closed.flatMap((part) => (typeof part === "object" ? [`${statusBase}closing/${part.missing}`] : []));
  const ends = [license.statusIndex, license.statusIndex + license.permits.length];
  const lists = new Set(ends.map((index) => address(statusBase, index)));
  return { lists: [...lists], record: `${statusBase}records/${parseIdentifier(license.identifier)!.base}`, closing };
}

async function signatureFault(code: Code, { key }: ListedKey, trust: Trust): Promise<string | undefined> {
  if (code.alg !== undefined && code.alg !== key.alg) return "algorithm_mismatch";
  switch (await verifySignature(key, `${signingInput(code, key.alg)}.${base64url.encode(code.signature)}`, trust.sm2)) {
    case "good":
      return undefined;
    case "high_s":
      return "signature_high_s";
    case "unsupported":
      return "algorithm_unsupported";
    case "bad":
      return "signature_invalid";
  }
}

/** What is signed: RFC 7515, 5.1. */
function signingInput(code: Code, alg: PublicKey["alg"]): string {
  return [new TextEncoder().encode(header(alg, code)), code.payload].map(base64url.encode).join(".");
}

/** What the closing lists say, that of the key and that of the entry, as far as they were closed. */
async function closingLists(code: Code, license: License, listed: ListedKey, { closings }: Statuses): Promise<Closed[]> {
  const { key, issuer, closing } = listed;
  const signed = signingInput(code, key.alg);
  const found: Closed[] = [];
  if (closing !== undefined) found.push(await closings.find(closing, { signed, license, key: key.kid }));
  if (issuer.closing !== undefined) found.push(await closings.find(issuer.closing, { signed, license, key: undefined }));
  return found;
}

/** The license, "malformed", or undefined where the dictionary is not at hand. */
async function readClaims(code: Code, trust: Trust): Promise<License | "malformed" | undefined> {
  const dictionary = trust.dictionaries.get(code.dictionary) ?? (await builtinDictionary(code.dictionary));
  if (dictionary === undefined) return undefined;
  const inflated = inflateRaw(code.payload, dictionary, MAX_CLAIMS);
  if (!("bytes" in inflated)) return "malformed";
  const claims = decodeClaims(inflated.bytes);
  return "license" in claims ? claims.license : "malformed";
}

/** Forged by what the list says, unless that list counts no more: a newer one may have another name, a longer term or closing list. */
function disown(examination: Examination, publication: Publication, reason: string): Result {
  const stale = listFault(publication, examination.clock.now, examination.conditions);
  return stale === undefined ? examination.stop("not_genuine", "trust", reason) : examination.stop("unknown", "trust", stale);
}

/** Whether the issuer that the key belongs to may have issued this. */
function issuerFault(license: License, { issuer, notBefore, notAfter }: ListedKey): string | undefined {
  if (ABOLISHED.includes(issuer.region) && issuer.closing === undefined) return "region_abolished";
  if (license.region !== issuer.region) return "issuer_region";
  if (!names(issuer).includes(license.issuer) || license.issuerCode !== issuer.code || license.typeCode !== issuer.typeCode) {
    return "issuer_mismatch";
  }
  const issued = days.parse(license.issueDate)!;
  const from = Math.max(notBefore, issuer.validFrom);
  const until = Math.min(notAfter ?? Infinity, issuer.validUntil ?? Infinity);
  if (issued < from || issued > until) return "key_not_valid_then";
  return undefined;
}

function names({ name, formerNames = [] }: IssuerEntry): string[] {
  return [name, ...formerNames];
}

/** Whether two addresses have the same scheme, host and port; the one around a code may have no scheme. */
function sameHost(address: string, own: string): boolean {
  const { scheme, host } = origin(own);
  const given = origin(address);
  return (given.scheme ?? scheme) === scheme && withoutPort(given.host, scheme) === withoutPort(host, scheme);
}

function origin(address: string): { scheme?: string; host: string } {
  const [, scheme, host = ""] = /^(?:(.*?):\/\/)?([^/]*)/su.exec(address.toLowerCase())!;
  return { ...(scheme !== undefined && { scheme }), host };
}

/** The port that a scheme has anyway is left out. */
function withoutPort(host: string, scheme = ""): string {
  return host.replace(scheme === "https" ? /:443$/ : /:80$/, "");
}
