import * as base64url from "./base64url.js";
import * as documents from "./documents.js";
import { TrustError, type TrustFault } from "./fault.js";
import { parse } from "./json.js";
import { readKey, type PublicKey } from "./keys.js";
import { readFreshness, readPublication, speaksFor, type Publication } from "./publications.js";
import { asTrustError, readRole } from "./roles.js";
import { followChain, type Root } from "./roots.js";
import type { Sm2 } from "./signature.js";
import { isTerritory, lies, overlap } from "./territory.js";

/** What one key of an issuer may sign. */
export type KeyUse = "license" | "status" | "seal" | "presentation" | "record" | "credential";

/** A key on a trust list, and whose it is. */
export interface ListedKey {
  key: PublicKey;
  use: KeyUse;
  notBefore: number;
  notAfter?: number;
  /** The digest of the list of what it may have signed, where it was closed. */
  closing?: string;
  issuer: documents.IssuerEntry;
  publication: Publication;
}

/**
 * Who speaks for a region: nobody; a root that cannot be followed; a signer whose statement is not believed, or of whom
 * nothing is held; or a publication.
 */
export type Speech = "nobody" | "lost" | "refused" | "missing" | Publication;

/** What a verifier believes: made by openTrust. */
export interface Trust {
  readonly region: string;
  /** In the order of the anchor's roots and of their delegates. */
  readonly publications: readonly Publication[];
  /** What was left out. */
  readonly faults: readonly TrustFault[];
  /** The entries of all lists that lie where the anchor believes their root. */
  readonly issuers: readonly documents.IssuerEntry[];
  /** By key id; more than one only where different lists have it. */
  readonly keys: ReadonlyMap<string, readonly ListedKey[]>;
  /** Those of all issuers, by the id that a code names. */
  readonly dictionaries: ReadonlyMap<string, Uint8Array>;
  /** Who speaks for a region. */
  speech(region: string): Speech;
  /** Those whose policies count in a region: its root, and the root's delegate for it. */
  asked(region: string): Speech[];
  readonly sm2: Sm2 | undefined;
}

const MAX_BUNDLE = 48 << 20;

/**
 * Opens a trust bundle (trust.json). Throws a TrustError where it breaks a rule, or nothing in it can be believed. What
 * cannot be believed of some signers is left out and stands in faults. Whether something has run out is for verify to say.
 */
export async function openTrust(bundle: string | Uint8Array, options: { sm2?: Sm2 } = {}): Promise<Trust> {
  const { sm2 } = options;
  if (bundle.length > MAX_BUNDLE) throw new TrustError("trust_malformed", "too large");
  const file = readBundle(bundle);
  await checkAnchor(file.anchor.roots);
  const faults: TrustFault[] = [];
  const roots = new Map<string, Root | undefined>();
  const publications: Publication[] = [];
  for (const anchor of file.anchor.roots) {
    const root = await openRoot(anchor, file, sm2, faults);
    roots.set(anchor.name, root);
    if (root !== undefined) publications.push(...(await openPublications(root, file, sm2, faults)));
  }
  if (publications.length === 0) throw faults[0]?.error ?? new TrustError("trust_missing", "there is no publication");
  const find = (path: string): Publication | undefined => publications.find(({ speaker }) => speaker.path === path);
  const held = (path: string): Speech => {
    const refused = faults.some(({ signer, part }) => signer === path && part === "freshness");
    return find(path) ?? (refused ? "refused" : "missing");
  };
  const believed = (region: string): Root | "nobody" | "lost" => {
    const anchor = file.anchor.roots.find(({ territory }) => lies(region, territory));
    return anchor === undefined ? "nobody" : (roots.get(anchor.name) ?? "lost");
  };
  const issuers = listedIssuers(publications, file.anchor.roots);
  return {
    region: file.anchor.region,
    publications,
    faults,
    issuers: issuers.map(({ issuer }) => issuer),
    keys: await indexKeys(issuers),
    dictionaries: await indexDictionaries(issuers),
    speech(region) {
      const root = believed(region);
      if (typeof root === "string") return root;
      const speaker = [root, ...root.delegates].find((candidate) => speaksFor(root, candidate, region));
      return speaker === undefined ? "nobody" : held(speaker.path);
    },
    asked(region) {
      const root = believed(region);
      if (root === "nobody") return [];
      if (root === "lost") return ["lost"];
      const delegate = root.delegates.find(({ territory }) => lies(region, territory));
      return [root, ...(delegate ? [delegate] : [])].map(({ path }) => held(path));
    },
    sm2,
  };
}

function readBundle(bundle: string | Uint8Array): documents.Bundle {
  try {
    return documents.bundle(parse(bundle), "bundle");
  } catch (error) {
    throw asTrustError(error);
  }
}

async function checkAnchor(roots: readonly documents.AnchorRoot[]): Promise<void> {
  if (roots.length === 0) throw new TrustError("trust_inconsistent", "the anchor has no root");
  for (const [i, { name, territory, keys, threshold }] of roots.entries()) {
    if (!isTerritory(territory)) throw new TrustError("trust_inconsistent", `the territory of ${name}`);
    for (const other of roots.slice(0, i)) {
      if (other.name === name || overlap(other.territory, territory)) throw new TrustError("trust_inconsistent", `two roots like ${name}`);
    }
    await readRole(keys, threshold, name).catch((error: unknown) => {
      throw asTrustError(error);
    });
  }
}

async function openRoot(
  anchor: documents.AnchorRoot, file: documents.Bundle, sm2: Sm2 | undefined, faults: TrustFault[],
): Promise<Root | undefined> {
  const chains = file.roots.filter(({ name }) => name === anchor.name);
  if (chains.length > 1) throw new TrustError("trust_inconsistent", `two chains of ${anchor.name}`);
  try {
    return await followChain(anchor, chains[0]?.documents ?? [], sm2);
  } catch (caught) {
    const error = asTrustError(caught);
    faults.push({ signer: anchor.name, part: "root", reason: error.reason, error });
    return undefined;
  }
}

async function openPublications(root: Root, file: documents.Bundle, sm2: Sm2 | undefined, faults: TrustFault[]): Promise<Publication[]> {
  const publications: Publication[] = [];
  let rootFreshness: documents.Freshness | undefined;
  let refusal = new TrustError("trust_missing", `${root.path} states nothing`);
  for (const speaker of [root, ...root.delegates]) {
    const all = file.publications.filter(({ signer }) => signer === speaker.path);
    if (all.length > 1) throw new TrustError("trust_inconsistent", `two publications of ${speaker.path}`);
    const [signed] = all;
    if (signed === undefined) continue;
    try {
      if (speaker !== root && rootFreshness === undefined) throw refusal;
      const freshness = await readFreshness(root, speaker, signed.freshness, sm2);
      rootFreshness ??= freshness;
      publications.push(await readPublication(root, speaker, { freshness, rootFreshness }, signed, sm2, faults));
    } catch (caught) {
      const error = asTrustError(caught);
      if (speaker === root) refusal = error;
      faults.push({ signer: speaker.path, part: "freshness", reason: error.reason, error });
    }
  }
  return publications;
}

interface Listed {
  issuer: documents.IssuerEntry;
  publication: Publication;
}

function listedIssuers(publications: readonly Publication[], anchors: readonly documents.AnchorRoot[]): Listed[] {
  return publications.flatMap((publication) => {
    const believed = anchors.find(({ name }) => name === publication.root.name)!.territory;
    const issuers = publication.list?.issuers.filter(({ region }) => lies(region, believed)) ?? [];
    return issuers.map((issuer) => ({ issuer, publication }));
  });
}

async function indexKeys(issuers: readonly Listed[]): Promise<Map<string, ListedKey[]>> {
  const index = new Map<string, ListedKey[]>();
  for (const { issuer, publication } of issuers) {
    for (const { key: jwk, use, ...rest } of issuer.keys) {
      const key = await readKey(jwk, issuer.region);
      const listed = { ...rest, key, use: use as KeyUse, issuer, publication };
      index.set(key.kid, [...(index.get(key.kid) ?? []), listed]);
    }
  }
  return index;
}

async function indexDictionaries(issuers: readonly Listed[]): Promise<Map<string, Uint8Array>> {
  const index = new Map<string, Uint8Array>();
  for (const dictionary of issuers.flatMap(({ issuer }) => issuer.dictionaries ?? [])) index.set(await dictionaryId(dictionary), dictionary);
  return index;
}

/** By what a code names a dictionary: the first 8 bytes of its SHA-256, in base64url. */
async function dictionaryId(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).subarray(0, 8));
}
