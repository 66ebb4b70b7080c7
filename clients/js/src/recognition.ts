import * as days from "./days.js";
import type { Agreement, Authority } from "./documents.js";
import type { License, Permit } from "./license.js";
import type { Publication } from "./publications.js";

/** How far an agreement recognises; of what is not recognised, what is agreed instead. */
export type Mode = Agreement["mode"];

/** Whether one permit is recognised where the verifier stands, why, and by which agreement. */
export interface Recognition {
  recognised: boolean;
  reason: string;
  mode?: Mode;
  agreement?: Agreement;
}

/** How far an agreement can get; the one that got furthest gives the answer. */
const REACH = [
  "agreement_handling_only", "agreement_not_in_force", "basis_not_in_force", "industry_not_covered", "matter_not_covered",
  "needs_local_filing", "recognised_display_only", "recognised_agreement",
];

/** Decides by the agreements of those who are asked in a region, on a day: docs/decisions/federation.md. */
export function recognise(agreements: readonly Agreement[], license: License, permit: Permit, region: string, today: number): Recognition {
  if (license.region === region) return { recognised: true, reason: "recognised_own_region", mode: "full" };
  let reach = -1;
  let best: Agreement | undefined;
  for (const agreement of agreements) {
    if (!joins(agreement, license.region) || !joins(agreement, region)) continue;
    const reached = REACH.indexOf(coverage(agreement, license, permit, today));
    if (reached > reach) [reach, best] = [reached, agreement];
  }
  if (best === undefined) return { recognised: false, reason: "no_agreement" };
  const reason = REACH[reach]!;
  const recognised = reason.startsWith("recognised_");
  const told = recognised || reason === "needs_local_filing" || reason === "agreement_handling_only";
  return { recognised, reason, agreement: best, ...(told && { mode: best.mode }) };
}

/** The agreements of a policy under the names that results give them. */
export function agreementsOf({ speaker, policy }: Publication): Agreement[] {
  return policy?.agreements.map((agreement) => ({ ...agreement, id: `${speaker.name}/${agreement.id}` })) ?? [];
}

/** An authority is looked up with the signer of the license's issuer, then with its root, and nowhere else. */
export function findAuthority(directories: readonly Publication[], name: string): Authority | undefined {
  for (const { authorities } of directories) {
    const found = authorities?.authorities.find((authority) => authority.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether an authority of one region can grant permits in another: its own, or one that lies within it. */
export function isCompetent(authority: string, region: string): boolean {
  return region.startsWith(authority.replace(/(00)+$/, "") || authority.slice(0, 2));
}

function coverage(agreement: Agreement, license: License, permit: Permit, today: number): string {
  if (agreement.mode === "handling_only") return "agreement_handling_only";
  if (!isInForce(agreement, today)) return "agreement_not_in_force";
  if (!isInForce(agreement.basis, today)) return "basis_not_in_force";
  if (!names(agreement.industries, license.industry)) return "industry_not_covered";
  if (!names(agreement.matters, permit.matter) || agreement.excluded?.includes(permit.matter)) return "matter_not_covered";
  if (agreement.mode === "needs_local_filing") return "needs_local_filing";
  return agreement.mode === "display_only" ? "recognised_display_only" : "recognised_agreement";
}

function joins({ members }: Agreement, region: string): boolean {
  return members.some((member) => region.startsWith(member));
}

function isInForce(term: { from?: string; until?: string }, today: number): boolean {
  const date = days.format(today);
  return (term.from === undefined || term.from <= date) && (term.until === undefined || date <= term.until);
}

function names(list: readonly string[], name: string): boolean {
  return list.includes("*") || list.includes(name);
}
