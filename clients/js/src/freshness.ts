import type { Heading } from "./documents.js";
import type { Publication } from "./publications.js";
import type { Role } from "./roles.js";
import { least } from "./sequences.js";
import type { Conditions } from "./verify.js";

const DAY = 86400;
const MONTH = 30 * DAY;

/** Why a signer's list counts no more, if it does not. */
export function listFault(publication: Publication, now: number, conditions: Conditions): string | undefined {
  return fault("list", publication, now, conditions);
}

/** The same of its policy. */
export function policyFault(publication: Publication, now: number, conditions: Conditions): string | undefined {
  return fault("policy", publication, now, conditions);
}

/** Whether its directory counts no more. */
export function isDirectoryStale(publication: Publication, now: number, conditions: Conditions): boolean {
  return fault("authorities", publication, now, conditions) !== undefined;
}

/** When a document of a signer counts no more: with its own end, or that of what it rests on. */
export function ends({ root, freshness, rootFreshness }: Publication, document: Heading): number {
  return Math.min(document.expires, freshness.expires, rootFreshness.expires, root.expires);
}

const WORDS = {
  list: { expired: "trust_list_expired", old: "trust_list_too_old", back: "trust_rolled_back" },
  policy: { expired: "policy_expired", old: "policy_too_old", back: "policy_rolled_back" },
  authorities: { expired: "directory_expired", old: "directory_expired", back: "directory_expired" },
} as const;

function fault(part: keyof typeof WORDS, publication: Publication, now: number, conditions: Conditions): string | undefined {
  const { root, speaker, freshness, rootFreshness } = publication;
  const document = publication[part];
  if (document === undefined) return undefined;
  const seen = (name: string, role: Role): number => least(conditions.sequences ?? {}, `trust:${name}`, role.keys.keys(), role.threshold);
  const words = WORDS[part];
  if (
    root.version < seen(`${root.path}:root`, root.role) || freshness.sequence < seen(`${speaker.path}:freshness`, speaker.online) ||
    document.sequence < seen(`${speaker.path}:${part}`, speaker.role)
  ) {
    return words.back;
  }
  // The first to end gives the reason; of equal ends the first in this order.
  const terms: [number, string][] = [
    [document.expires, words.expired], [freshness.expires, "freshness_expired"], [rootFreshness.expires, "freshness_expired"],
    [root.expires, "root_expired"],
  ];
  const [end, reason] = terms.reduce((first, next) => (next[0] < first[0] ? next : first));
  if (now >= end) return reason;
  // One use of an on-line key must not keep a list in force for longer than its days.
  if (Math.max(freshness.issued, rootFreshness.issued) - now > DAY) return "freshness_ahead";
  return now - freshness.issued > (conditions.maxAge?.trust ?? MONTH) ? words.old : undefined;
}
