import * as days from "./days.js";
import type { Agreement } from "./documents.js";
import type { License, Permit } from "./license.js";
import type { Trust } from "./trust.js";

/** Whether one permit is recognised where the verifier stands, why, and by which agreement. */
export interface Recognition {
  recognised: boolean;
  reason: string;
  agreement?: Agreement;
}

const DELTA = ["31", "32", "33", "34"];

/** How near an agreement comes to covering a permit; the nearest one gives the reason. */
const NEARNESS = [
  "no_agreement", "agreement_handling_only", "agreement_not_in_force", "basis_not_in_force",
  "industry_not_covered", "matter_not_covered", "recognised_agreement",
];

/** Decides by the policy on a day: docs/decisions/federation.md. */
export function recognise(trust: Trust, license: License, permit: Permit, region: string, today: number): Recognition {
  const authority = trust.authorities.get(permit.authority);
  if (authority !== undefined && !isWithin(license.region, authority.region)) {
    return { recognised: false, reason: "authority_of_other_region" };
  }
  if (license.region === region) return { recognised: true, reason: "recognised_own_region" };
  let nearest: Recognition = { recognised: false, reason: "no_agreement" };
  for (const agreement of trust.policy.agreements) {
    const reason = coverage(agreement, license, permit, region, today);
    if (reason === "recognised_agreement") return { recognised: true, reason, agreement };
    if (NEARNESS.indexOf(reason) > NEARNESS.indexOf(nearest.reason)) nearest = { recognised: false, reason, agreement };
  }
  return nearest;
}

/** Whether a region is another or lies within it: 310105 within 310000. */
function isWithin(region: string, outer: string): boolean {
  return region === outer || (outer.endsWith("00") && region.startsWith(outer.replace(/(00)+$/, "")));
}

function coverage(agreement: Agreement, license: License, permit: Permit, region: string, today: number): string {
  if (!joins(agreement, license.region) || !joins(agreement, region)) return "no_agreement";
  if (agreement.mode === "cross-region") return "agreement_handling_only";
  if (!isInForce(agreement, today)) return "agreement_not_in_force";
  if (!isInForce(agreement.basis, today)) return "basis_not_in_force";
  if (!names(agreement.industries, license.industry)) return "industry_not_covered";
  if (!names(agreement.matters, permit.matter) || names(agreement.excluded ?? [], permit.matter)) return "matter_not_covered";
  return "recognised_agreement";
}

function joins({ scope, members }: Agreement, region: string): boolean {
  if (scope === "yangtze-delta" && !DELTA.includes(region.slice(0, 2))) return false;
  return members.some((member) => region.startsWith(member));
}

function isInForce(term: { from?: string; until?: string }, today: number): boolean {
  const date = days.format(today);
  return (term.from === undefined || term.from <= date) && (term.until === undefined || date <= term.until);
}

function names(list: readonly string[], name: string): boolean {
  return list.includes("*") || list.includes(name);
}
