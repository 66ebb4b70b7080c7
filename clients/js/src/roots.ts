import { rootDocument, type AnchorRoot, type RoleEntry, type RootDocument, type SignedDocument } from "./documents.js";
import { TrustError } from "./fault.js";
import { checkSigned, digestOf, readPayload, readRole, sameRole, type Role } from "./roles.js";
import type { Sm2 } from "./signature.js";
import { isTerritory, lies, overlap } from "./territory.js";

/** One who signs: a root, or a delegate of it. */
export interface Speaker {
  path: string;
  name: string;
  territory: readonly string[];
  role: Role;
  online: Role;
  /** The longest term of a statement of freshness, in days. */
  days: number;
}

/** A root that was followed to its newest document. */
export interface Root extends Speaker {
  version: number;
  issued: number;
  expires: number;
  digest: string;
  delegates: Speaker[];
}

const YEAR = 366 * 86400;

/** Follows the documents of a root from the version that was given by hand. Throws a TrustError where one breaks the chain. */
export async function followChain(anchor: AnchorRoot, documents: readonly SignedDocument[], sm2: Sm2 | undefined): Promise<Root> {
  let role = await readRole(anchor.keys, anchor.threshold, "anchor");
  let version = anchor.version;
  let root: Root | undefined;
  for (const signed of documents) {
    const document = readPayload(signed, rootDocument, "yz-root");
    if (root === undefined && document.version < anchor.version) continue;
    if (document.version !== version || document.name !== anchor.name) throw new TrustError("trust_chain", `version ${version} is asked for`);
    await checkSigned(signed, "yz-root", role, sm2);
    const next = await readRoot(document, await digestOf(signed));
    if (root === undefined && !sameRole(next.role, role)) throw new TrustError("trust_chain", "other keys than were given by hand");
    await checkSigned(signed, "yz-root", next.role, sm2);
    root = next;
    role = next.role;
    version++;
  }
  if (root === undefined) throw new TrustError("trust_chain", `version ${version} is not there`);
  return root;
}

async function readRoot(document: RootDocument, digest: string): Promise<Root> {
  const { version, issued, expires, delegates = [] } = document;
  const own = await readSpeaker(document, document.name);
  const named = await Promise.all(delegates.map((delegate) => readSpeaker(delegate, `${document.name}/${delegate.name}`)));
  if (expires <= issued || expires - issued > YEAR) throw new TrustError("trust_inconsistent", "the term of a root");
  checkSpeakers([own, ...named]);
  for (const [i, { name, territory }] of named.entries()) {
    if (!territory.every((prefix) => lies(prefix, own.territory))) throw new TrustError("trust_territory", `${name} beyond its root`);
    if (named.slice(0, i).some((other) => overlap(territory, other.territory))) {
      throw new TrustError("trust_inconsistent", `${name} and another speak for the same region`);
    }
  }
  return { ...own, version, issued, expires, digest, delegates: named };
}

async function readSpeaker({ name, territory, keys, threshold, online }: RoleEntry, path: string): Promise<Speaker> {
  if (!isTerritory(territory)) throw new TrustError("trust_inconsistent", `the territory of ${path}`);
  if (online.days > 30) throw new TrustError("trust_inconsistent", `the term of statements of ${path}`);
  const role = await readRole(keys, threshold, path);
  return { path, name, territory, role, online: await readRole(online.keys, online.threshold, `${path} online`), days: online.days };
}

/** No two of one name, and no key in two roles. */
function checkSpeakers(speakers: readonly Speaker[]): void {
  const names = speakers.map(({ name }) => name);
  const kids = speakers.flatMap(({ role, online }) => [...role.keys.keys(), ...online.keys.keys()]);
  for (const all of [names, kids]) {
    if (new Set(all).size < all.length) throw new TrustError("trust_inconsistent", "two signers of one name, or a key in two roles");
  }
}
