import * as documents from "./documents.js";
import { TrustError, type TrustFault } from "./fault.js";
import type { Reader } from "./json.js";
import { readKey } from "./keys.js";
import { asTrustError, checkSigned, digestOf, readPayload, type By } from "./roles.js";
import type { Root, Speaker } from "./roots.js";
import type { Sm2 } from "./signature.js";
import { lies } from "./territory.js";

/** What one signer says, as far as it is believed. */
export interface Publication {
  root: Root;
  speaker: Speaker;
  freshness: By<documents.Freshness>;
  /** That of its root, on which all that its delegates say rests. */
  rootFreshness: documents.Freshness;
  list?: By<documents.TrustList>;
  policy?: By<documents.Policy>;
  authorities?: By<documents.Directory>;
  /** Documents that the statement names and that are not there, or not believed. */
  lacks: ReadonlySet<"list" | "policy" | "authorities">;
}

const YEAR = 366 * 86400;
const USES: readonly string[] = ["license", "status", "seal", "presentation", "record", "credential"];

export const PARTS = {
  list: { typ: "yz-trust-list", read: documents.trustList, check: checkList },
  policy: { typ: "yz-policy", read: documents.policy, check: checkPolicy },
  authorities: { typ: "yz-authorities", read: documents.directory, check: checkDirectory },
} as const;

/** Reads the statement of freshness of a signer. Throws a TrustError. */
export async function readFreshness(
  root: Root, speaker: Speaker, signed: documents.SignedDocument | undefined, sm2: Sm2 | undefined,
): Promise<By<documents.Freshness>> {
  if (signed === undefined) throw new TrustError("trust_missing", `${speaker.path} states nothing`);
  const by = await checkSigned(signed, "yz-freshness", speaker.online, sm2);
  const statement = readPayload(signed, documents.freshness, "yz-freshness");
  const { signer, issued, expires, documents: named } = statement;
  if (signer !== speaker.path) throw new TrustError("trust_inconsistent", `a statement of ${signer}`);
  if (expires <= issued || expires - issued > speaker.days * 86400) throw new TrustError("trust_inconsistent", "the term of a statement");
  if (new Set(named.map(({ typ }) => typ)).size < named.length) throw new TrustError("trust_inconsistent", "a typ twice");
  if (speaker === root) {
    const own = named.find(({ typ }) => typ === "yz-root");
    if (own?.sequence !== root.version || own.sha256 !== root.digest) throw new TrustError("trust_not_named", "the newest root document");
  }
  return { ...statement, by };
}

/** Reads the documents of a signer; what cannot be believed is left out and told. */
export async function readPublication(
  root: Root, speaker: Speaker, statements: Pick<Publication, "freshness" | "rootFreshness">, signed: documents.SignedPublication,
  sm2: Sm2 | undefined, faults: TrustFault[],
): Promise<Publication> {
  const lacks = new Set<"list" | "policy" | "authorities">();
  const read = async <T extends documents.Heading>(
    part: keyof typeof PARTS, reader: Reader<T>, check: (document: T, root: Root, speaker: Speaker) => void | Promise<void>,
  ): Promise<By<T> | undefined> => {
    const { typ } = PARTS[part];
    const jws = signed[part];
    const named = statements.freshness.documents.find((document) => document.typ === typ);
    if (jws === undefined && named === undefined) return undefined;
    try {
      if (jws === undefined) throw new TrustError("trust_missing", typ);
      const by = await checkSigned(jws, typ, speaker.role, sm2);
      const document = readPayload(jws, reader, typ);
      checkHeading(document, speaker);
      if (named?.sequence !== document.sequence || named.sha256 !== (await digestOf(jws))) throw new TrustError("trust_not_named", typ);
      await check(document, root, speaker);
      return { ...document, by };
    } catch (caught) {
      const error = asTrustError(caught);
      faults.push({ signer: speaker.path, part, reason: error.reason, error });
      lacks.add(part);
      return undefined;
    }
  };
  const list = await read("list", PARTS.list.read, PARTS.list.check);
  const policy = await read("policy", PARTS.policy.read, PARTS.policy.check);
  const authorities = await read("authorities", PARTS.authorities.read, PARTS.authorities.check);
  return { root, speaker, ...statements, ...(list && { list }), ...(policy && { policy }), ...(authorities && { authorities }), lacks };
}

function checkHeading({ signer, issued, expires }: documents.Heading, speaker: Speaker): void {
  if (signer !== speaker.path) throw new TrustError("trust_inconsistent", `a document of ${signer}`);
  if (expires <= issued || expires - issued > YEAR) throw new TrustError("trust_inconsistent", "the term of a document");
}

/** Whether a signer speaks for a region: a delegate for all of its territory, a root for what it has delegated to nobody. */
export function speaksFor(root: Root, speaker: Speaker, region: string): boolean {
  if (!lies(region, speaker.territory)) return false;
  return speaker !== root || !root.delegates.some((delegate) => lies(region, delegate.territory));
}

const HOST = "[a-z0-9.-]+(:[0-9]+)?";
const ADDRESS = new RegExp(`^(https://${HOST}|http://(localhost|127\\.0\\.0\\.1)(:[0-9]+)?)/[A-Za-z0-9._~%+/-]*$`);

async function checkList({ issuers }: documents.TrustList, root: Root, speaker: Speaker): Promise<void> {
  const regions = new Set<string>();
  const kids = new Set<string>();
  for (const { region, keys, dictionaries = [], verifyURL, statusBase, disputes } of issuers) {
    if (!speaksFor(root, speaker, region)) throw new TrustError("trust_territory", `${speaker.path} lists ${region}`);
    if (regions.has(region)) throw new TrustError("trust_inconsistent", `region ${region} twice`);
    regions.add(region);
    for (const { key, use } of keys) {
      if (!USES.includes(use)) throw new TrustError("trust_inconsistent", `the use ${use}`);
      const { kid } = await readKey(key, `a key of ${region}`);
      if (kids.has(kid)) throw new TrustError("trust_inconsistent", `key ${kid} twice`);
      kids.add(kid);
    }
    if (dictionaries.some(({ length }) => length < 1 || length > 32768)) throw new TrustError("trust_inconsistent", "a dictionary's size");
    const addresses: [string, string][] = [[verifyURL, "/v/"], [statusBase, "/"], ...(disputes === undefined ? [] : [[disputes, "/disputes"] as [string, string]])];
    if (!addresses.every(([address, ending]) => ADDRESS.test(address) && address.endsWith(ending))) {
      throw new TrustError("trust_inconsistent", `the addresses of ${region}`);
    }
  }
  for (const { region, statusBase } of issuers) {
    const within = issuers.some((other) => other.region !== region && statusBase.startsWith(other.statusBase));
    if (within) throw new TrustError("trust_inconsistent", `${statusBase} within another`);
  }
}

function checkPolicy({ agreements }: documents.Policy): void {
  if (new Set(agreements.map(({ id }) => id)).size < agreements.length) throw new TrustError("trust_inconsistent", "an agreement twice");
  for (const { id, scope, members, from, until, basis } of agreements) {
    const fits =
      scope === "district" ? members.length >= 2 : scope === "citywide" ? members.length === 1 : members.every((m) => lies(m, ["31", "32", "33", "34"]));
    const ordered = (until === undefined || from <= until) && (basis.from ?? "") <= (basis.until ?? "9");
    if (members.length === 0 || !fits || !ordered) throw new TrustError("trust_inconsistent", `agreement ${id}`);
  }
}

function checkDirectory({ authorities }: documents.Directory, _root: Root, speaker: Speaker): void {
  const names = new Set<string>();
  for (const { name, region } of authorities) {
    if (!lies(region, speaker.territory)) throw new TrustError("trust_territory", `${name} of ${region}`);
    if (names.has(name)) throw new TrustError("trust_inconsistent", `${name} twice`);
    names.add(name);
  }
}
