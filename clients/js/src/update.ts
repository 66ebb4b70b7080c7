import * as documents from "./documents.js";
import { TrustError, type TrustFault } from "./fault.js";
import { integer, object, parse, type Json, type Reader } from "./json.js";
import { PARTS, readFreshness, readPublication } from "./publications.js";
import { asTrustError, checkSigned, digestOf, readPayload } from "./roles.js";
import { followChain, type Root, type Speaker } from "./roots.js";
import type { Sm2 } from "./signature.js";

type Signed = documents.SignedPublication;

/** What became of a bundle. */
export interface Update {
  /** The bundle to keep from now on, as JSON. */
  bundle: string;
  /** What was offered and not taken in. */
  refused: Pick<TrustFault, "signer" | "part" | "error">[];
}

/**
 * Takes into a trust bundle what was published since (/.well-known/yizheng-trust.json, from whomever), signer by signer:
 * what is wrong or older than what is held stays out, and what is held stays. The anchor never changes. Throws a
 * TrustError only where one of the two files is none at all.
 */
export async function updateTrust(bundle: string | Uint8Array, published: string | Uint8Array, options: { sm2?: Sm2 } = {}): Promise<Update> {
  const { sm2 } = options;
  let held: documents.Bundle;
  let offered: Omit<documents.Bundle, "anchor">;
  try {
    held = documents.bundle(parse(bundle), "bundle");
    offered = object(documents.published)(parse(published), "published");
  } catch (error) {
    throw asTrustError(error);
  }
  const refused: Update["refused"] = [];
  const next: documents.Bundle = { anchor: held.anchor, roots: [], publications: [] };
  for (const anchor of held.anchor.roots) {
    const chain = (file: Pick<documents.Bundle, "roots">): documents.SignedDocument[] => file.roots.find(({ name }) => name === anchor.name)?.documents ?? [];
    const found = (file: Pick<documents.Bundle, "publications">, path: string): Signed | undefined => file.publications.find(({ signer }) => signer === path);
    let documents = chain(held);
    let publication = found(held, anchor.name);
    const refuse = (signer: string, part: TrustFault["part"]) => (caught: unknown) => {
      refused.push({ signer, part, error: asTrustError(caught) });
    };
    // A chain and what its root states go together, or the one would not speak for the other.
    await checkRoot(anchor, { documents, publication }, { documents: chain(offered), publication: found(offered, anchor.name) }, sm2).then(() => {
      documents = chain(offered);
      publication = found(offered, anchor.name);
    }, refuse(anchor.name, "root"));
    next.roots.push({ name: anchor.name, documents });
    if (publication !== undefined) next.publications.push(publication);
    const root = await followChain(anchor, documents, sm2).catch(() => undefined);
    const statement = root && (await readFreshness(root, root, publication?.freshness, sm2).catch(() => undefined));
    if (root === undefined || statement === undefined) {
      next.publications.push(...held.publications.filter(({ signer }) => signer.startsWith(`${anchor.name}/`)));
      continue;
    }
    for (const speaker of root.delegates) {
      let kept = found(held, speaker.path);
      const after = found(offered, speaker.path);
      if (after !== undefined) {
        await checkNewer(root, speaker, kept, after, statement, sm2).then(() => (kept = after), refuse(speaker.path, "freshness"));
      }
      if (kept !== undefined) next.publications.push(kept);
    }
  }
  return { bundle: JSON.stringify(next), refused };
}

/** What is held, or offered, of one root. */
interface OfRoot {
  documents: readonly documents.SignedDocument[];
  publication: Signed | undefined;
}

/** A chain goes on from the one that is held, or a thief of keys that were given up could make another branch. */
async function checkRoot(anchor: documents.AnchorRoot, held: OfRoot, offered: OfRoot, sm2: Sm2 | undefined): Promise<void> {
  const after = await followChain(anchor, offered.documents, sm2);
  if (offered.publication === undefined) throw new TrustError("trust_missing", `${anchor.name} states nothing`);
  await checkNewer(after, after, held.publication, offered.publication, undefined, sm2);
  const before = await followChain(anchor, held.documents, sm2).catch(() => undefined);
  if (before === undefined) return;
  for (const signed of offered.documents) {
    const { version } = readPayload(signed, documents.rootDocument, "yz-root");
    if (version === before.version && (await digestOf(signed)) === before.digest) return;
  }
  throw new TrustError("trust_chain", `version ${before.version} of ${anchor.name} is another, or is not there`);
}

/** Nothing of a publication is wrong, no number of it is lower than that of what is held, and nothing is gone. */
async function checkNewer(
  root: Root, speaker: Speaker, held: Signed | undefined, offered: Signed, rootStatement: documents.Freshness | undefined, sm2: Sm2 | undefined,
): Promise<void> {
  const freshness = await readFreshness(root, speaker, offered.freshness, sm2);
  const faults: TrustFault[] = [];
  await readPublication(root, speaker, { freshness, rootFreshness: rootStatement ?? freshness }, offered, sm2, faults);
  if (faults[0] !== undefined) throw faults[0].error;
  for (const part of ["freshness", "list", "policy", "authorities"] as const) {
    const [before, after] = [held?.[part], offered[part]];
    if (before === undefined) continue;
    // What other keys have signed than those that have the role now bars nothing: they may have been exchanged for a theft.
    const [typ, role] = part === "freshness" ? ["yz-freshness", speaker.online] as const : [PARTS[part].typ, speaker.role] as const;
    const counts = await checkSigned(before, typ, role, sm2).catch(() => undefined);
    if (counts === undefined) continue;
    const high = readPayload(before, sequenceOf, part);
    const now = after === undefined ? 0 : readPayload(after, sequenceOf, part);
    if (now < high) throw new TrustError("trust_rolled_back", `${part} ${high} was held already`);
  }
}

const sequenceOf: Reader<number> = (value, at) => {
  const { sequence } = (value ?? {}) as Record<string, Json>;
  return integer(1)(sequence, at);
};
