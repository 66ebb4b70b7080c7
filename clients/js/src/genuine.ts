import * as days from "./days.js";
import type { Agreement, IssuerEntry } from "./documents.js";
import type { Examination } from "./examination.js";
import type { License, Permit } from "./license.js";
import { recognise } from "./recognition.js";
import type { LicenseState, Outcome, PermitState, Result, VerifiedLicense, VerifiedPermit } from "./result.js";
import type { Statement } from "./statement.js";
import { readStanding, type Act, type Standing } from "./standing.js";

/** Judges a license whose signature and issuer are good: status, freshness, days, recognition, and the outcome of it all. */
export function judgeGenuine(examination: Examination, license: License, issuer: IssuerEntry, statement?: Statement): Result {
  const { conditions, clock } = examination;
  const { trust } = conditions;
  const standing = readStanding(license, issuer, conditions.statuses, conditions, clock);
  const today = days.ofInstant(clock.now);
  checkStatus(examination, standing);
  checkFreshness(examination, issuer, today);
  const copy = statement?.said.typ === "yz-copy" ? statement.said : undefined;
  const future = days.parse(license.issueDate)! > today || (copy !== undefined && days.ofInstant(copy.at) > today);
  const ended = copy !== undefined && copy.until < today;
  if (future) examination.check("validity", "failed", "issued_in_future");
  else if (ended) examination.check("validity", "failed", "derived_copy_expired");
  else checkValidity(examination, license, today);
  const used = new Set<Agreement>();
  const permits = checkRecognition(examination, license, standing, today, used);
  const outcome = conclude(examination, standing, permits, future || ended);
  if (standing.version !== undefined && standing.version !== "superseded" && permits.some((permit) => permit.state === "valid")) {
    examination.warn("permits_remain_in_force");
  }
  const authorities = new Set(license.permits.flatMap((permit) => trust.authorities.get(permit.authority) ?? []));
  return {
    ...examination.result(outcome, standing),
    license: describe(license, issuer, standing, permits, future),
    ...(used.size > 0 && { agreements: [...used] }),
    ...(authorities.size > 0 && { authorities: [...authorities] }),
  };
}

function checkStatus(examination: Examination, { version, permits, gap }: Standing): void {
  const acts = permits.filter((act) => act !== undefined).length;
  if (version !== undefined) examination.check("status", "failed", version);
  else if (acts === permits.length) examination.check("status", "failed", "permits_not_in_force");
  else if (gap !== undefined) examination.check("status", "not_done", gap);
  else if (acts > 0) examination.check("status", "warned", "permits_not_in_force");
  else examination.check("status", "passed");
}

/** Whether the trust list counts still, now that every signed list has set the clock. */
function checkFreshness(examination: Examination, issuer: IssuerEntry, today: number): void {
  if (today < issuer.validFrom || today > (issuer.validUntil ?? Infinity)) examination.warn("issuer_entry_ended");
  const fault = examination.trustListFault();
  if (fault !== undefined) examination.check("trust", "not_done", fault);
  else examination.check("trust", "passed");
}

function checkValidity(examination: Examination, license: License, today: number): void {
  const states = license.permits.map((permit) => stateByDays(permit, today));
  const reasons = new Set(states.filter((state) => state !== "valid"));
  const [reason] = reasons.size === 1 ? reasons : ["permits_not_in_force"];
  if (reasons.size === 0) examination.check("validity", "passed");
  else examination.check("validity", states.includes("valid") ? "warned" : "failed", reason);
}

function stateByDays(permit: Permit, today: number): "valid" | "not_yet_valid" | "expired" {
  if (days.parse(permit.validFrom)! > today) return "not_yet_valid";
  return permit.validUntil !== undefined && days.parse(permit.validUntil)! < today ? "expired" : "valid";
}

/** An act is told before the lapse of time; without one, what nobody vouches for is unknown. */
function permitState(act: Act | undefined, permit: Permit, today: number, gap: string | undefined): [PermitState, string | undefined] {
  if (act !== undefined) return [act, act];
  const state = stateByDays(permit, today);
  if (state !== "valid") return [state, state];
  return gap === undefined ? ["valid", undefined] : ["unknown", gap];
}

function checkRecognition(
  examination: Examination, license: License, standing: Standing, today: number, used: Set<Agreement>,
): VerifiedPermit[] {
  const { trust, region = trust.region, sequences = {} } = examination.conditions;
  const stale = examination.policyFault();
  const permits = license.permits.map((permit, i): VerifiedPermit => {
    const [state, why] = permitState(standing.permits[i], permit, today, standing.gap);
    if (stale === undefined && !trust.authorities.has(permit.authority)) examination.warn("authority_not_listed");
    const { recognised, reason, agreement } =
      stale === undefined ? recognise(trust, license, permit, region, today) : { recognised: false, reason: stale };
    if (agreement !== undefined) used.add(agreement);
    if (recognised && agreement?.demonstration) examination.warn("demonstration_basis");
    const reasons = why === undefined ? [reason] : [reason, why];
    return { ...permit, state, recognised, ...(agreement && { agreement: agreement.id }), reasons };
  });
  const recognised = permits.filter((permit) => permit.recognised).length;
  if (stale !== undefined) examination.check("recognition", "not_done", stale);
  else if (recognised === permits.length) examination.check("recognition", "passed");
  else if (recognised > 0) examination.check("recognition", "warned", "partly_recognised");
  else examination.check("recognition", "failed", permits[0]!.reasons[0]);
  const rolledBack = trust.directory.sequence < (sequences["trust:authorities"] ?? 0);
  if (rolledBack || examination.clock.now >= trust.directory.expires) examination.warn("directory_expired");
  return permits;
}

function conclude(examination: Examination, { version, gap }: Standing, permits: VerifiedPermit[], bad: boolean): Outcome {
  const perhapsInForce = permits.filter((permit) => permit.state === "valid" || permit.state === "unknown");
  const recognitionKnown = examination.checked("recognition") !== "not_done";
  if (version !== undefined || bad || perhapsInForce.length === 0) return "invalid";
  if (recognitionKnown && !perhapsInForce.some((permit) => permit.recognised)) return "not_recognised";
  if (gap !== undefined || !recognitionKnown || examination.checked("trust") !== "passed") return "unknown";
  return permits.every((permit) => permit.state === "valid" && permit.recognised) ? "valid" : "partially_valid";
}

function describe(
  license: License, issuer: IssuerEntry, { version, supersededBy }: Standing, permits: VerifiedPermit[], future: boolean,
): VerifiedLicense {
  const { issuerCode, typeCode: _type, statusIndex: _index, demonstration, ...shown } = license;
  const { address, telephone, verifyURL } = issuer;
  return {
    ...shown,
    contact: { code: issuerCode, ...(address && { address }), ...(telephone && { telephone }), verifyURL },
    state: version ?? (future ? "not_yet_valid" : summary(permits.map((permit) => permit.state))),
    ...(supersededBy !== undefined && { supersededBy }),
    ...((demonstration || issuer.demonstration) && { demonstration: true }),
    permits,
  };
}

function summary(states: PermitState[]): LicenseState {
  if (states.includes("unknown")) return "unknown";
  if (!states.includes("valid")) return "invalid";
  return states.every((state) => state === "valid") ? "valid" : "partially_valid";
}
