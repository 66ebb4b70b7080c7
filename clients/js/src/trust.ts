import * as base64url from "./base64url.js";
import * as documents from "./documents.js";
import { DocumentError, parse, type Reader } from "./json.js";
import { readKey, type PublicKey } from "./keys.js";
import { parseToken, verify, type Sm2 } from "./signature.js";

/** What one key of an issuer may sign. */
export type KeyUse = "license" | "status" | "seal" | "presentation" | "record" | "credential";

const USES: readonly string[] = ["license", "status", "seal", "presentation", "record", "credential"];

/** A key on the trust list, and whose it is. */
export interface ListedKey {
  key: PublicKey;
  use: KeyUse;
  notBefore: number;
  notAfter?: number;
  issuer: documents.IssuerEntry;
}

/** Why a trust bundle is not believed. */
export type TrustFault = "trust_malformed" | "trust_signature" | "trust_inconsistent";

/** A trust bundle that is not believed: a fault of whoever set the verifier up, not of any license. */
export class TrustError extends Error {
  constructor(readonly reason: TrustFault, message: string, options?: ErrorOptions) {
    super(`${reason}: ${message}`, options);
  }
}

/** What a verifier believes: made by openTrust. */
export interface Trust {
  readonly region: string;
  readonly list: documents.Heading & { readonly issuers: readonly documents.IssuerEntry[] };
  readonly policy: documents.Heading & { readonly agreements: readonly documents.Agreement[] };
  readonly directory: documents.Heading & { readonly authorities: readonly documents.Authority[] };
  /** By key id. */
  readonly keys: ReadonlyMap<string, ListedKey>;
  /** Those of the issuers, by the id that a code names. */
  readonly dictionaries: ReadonlyMap<string, Uint8Array>;
  readonly authorities: ReadonlyMap<string, documents.Authority>;
  readonly sm2: Sm2 | undefined;
}

const MAX_BUNDLE = 64 << 20;

/**
 * Opens a trust bundle (trust.json). Throws a TrustError where it is not signed by enough of the roots in its anchor
 * or is not what it should be. Whether it has run out is for verify to say.
 */
export async function openTrust(bundle: string | Uint8Array, options: { sm2?: Sm2 } = {}): Promise<Trust> {
  if (bundle.length > MAX_BUNDLE) throw new TrustError("trust_malformed", "too large");
  const { anchor, list, policy, authorities } = readOr("trust_malformed", () => documents.bundle(parse(bundle), "bundle"));
  const roots = new Map<string, PublicKey>();
  for (const [i, root] of anchor.roots.entries()) {
    const key = await readKey(root, `anchor.roots[${i}]`).catch(rethrow("trust_malformed"));
    if (roots.has(key.kid)) throw new TrustError("trust_inconsistent", "a root twice");
    roots.set(key.kid, key);
  }
  if (anchor.threshold > roots.size) throw new TrustError("trust_inconsistent", "a threshold beyond the roots");
  const open = async <T extends documents.Heading>(signed: documents.SignedDocument, typ: string, read: Reader<T>): Promise<T> => {
    await checkSignatures(signed, typ, roots, anchor.threshold, options.sm2);
    const document = readOr("trust_malformed", () => read(parse(base64url.decode(signed.payload)!), typ));
    if (!documents.isTimely(document)) throw new TrustError("trust_malformed", `${typ}: its days`);
    return document;
  };
  const trustList = await open(list, "yz-trust-list", documents.trustList);
  const recognition = await open(policy, "yz-policy", documents.policy);
  const directory = await open(authorities, "yz-authorities", documents.directory);
  return {
    region: anchor.region,
    list: trustList,
    policy: recognition,
    directory,
    keys: await indexKeys(trustList.issuers),
    dictionaries: await indexDictionaries(trustList.issuers),
    authorities: indexAuthorities(directory.authorities),
    sm2: options.sm2,
  };
}

function readOr<T>(fault: TrustFault, read: () => T): T {
  try {
    return read();
  } catch (error) {
    return rethrow(fault)(error);
  }
}

function rethrow(fault: TrustFault): (error: unknown) => never {
  return (error) => {
    throw error instanceof DocumentError ? new TrustError(fault, error.message, { cause: error }) : error;
  };
}

async function checkSignatures(
  signed: documents.SignedDocument, typ: string, roots: Map<string, PublicKey>, threshold: number, sm2?: Sm2,
): Promise<void> {
  const good = new Set<string>();
  for (const { protected: head, signature } of signed.signatures) {
    const token = parseToken(`${head}.${signed.payload}.${signature}`);
    if (token === undefined) throw new TrustError("trust_malformed", `${typ}: a signature's form`);
    const root = roots.get(token.kid);
    if (token.typ !== typ || root === undefined || root.alg !== token.alg) continue;
    if ((await verify(root, token.jws, sm2)) === "good") good.add(root.kid);
  }
  if (good.size < threshold) throw new TrustError("trust_signature", `${typ}: ${good.size} of ${threshold} roots have signed it`);
}

async function indexKeys(issuers: readonly documents.IssuerEntry[]): Promise<Map<string, ListedKey>> {
  const keys = new Map<string, ListedKey>();
  const regions = new Set<string>();
  for (const issuer of issuers) {
    if (regions.has(issuer.region)) throw new TrustError("trust_inconsistent", `region ${issuer.region} twice`);
    regions.add(issuer.region);
    const { statusBase } = issuer;
    const within = issuers.some((other) => other !== issuer && statusBase.startsWith(other.statusBase));
    if (within) throw new TrustError("trust_inconsistent", `${statusBase} within another`);
    for (const { key, use, notBefore, notAfter } of issuer.keys) {
      if (!USES.includes(use)) throw new TrustError("trust_inconsistent", `the use ${use}`);
      const read = await readKey(key, `key of ${issuer.region}`).catch(rethrow("trust_malformed"));
      if (keys.has(read.kid)) throw new TrustError("trust_inconsistent", `key ${read.kid} twice`);
      keys.set(read.kid, { key: read, use: use as KeyUse, notBefore, issuer, ...(notAfter !== undefined && { notAfter }) });
    }
  }
  return keys;
}

async function indexDictionaries(issuers: readonly documents.IssuerEntry[]): Promise<Map<string, Uint8Array>> {
  const dictionaries = new Map<string, Uint8Array>();
  for (const issuer of issuers) {
    for (const bytes of issuer.dictionaries ?? []) {
      if (bytes.length < 1 || bytes.length > 32768) throw new TrustError("trust_malformed", "a dictionary's size");
      dictionaries.set(await dictionaryId(bytes), bytes);
    }
  }
  return dictionaries;
}

/** By what a code names a dictionary: the first 8 bytes of its SHA-256, in base64url. */
export async function dictionaryId(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).subarray(0, 8));
}

function indexAuthorities(authorities: readonly documents.Authority[]): Map<string, documents.Authority> {
  const index = new Map<string, documents.Authority>();
  for (const authority of authorities) {
    if (index.has(authority.name)) throw new TrustError("trust_inconsistent", `authority ${authority.name} twice`);
    index.set(authority.name, authority);
  }
  return index;
}
