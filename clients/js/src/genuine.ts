import * as days from "./days.js";
import type { Agreement, IssuerEntry } from "./documents.js";
import type { Examination } from "./examination.js";
import type { License, Permit } from "./license.js";
import { isDirectoryStale, listFault, policyFault } from "./freshness.js";
import type { Publication } from "./publications.js";
import { agreementsOf, findAuthority, isCompetent, recognise, type Recognition } from "./recognition.js";
import type { LicenseState, Outcome, PermitState, Result, VerifiedLicense, VerifiedPermit } from "./result.js";
import type { Statement } from "./statement.js";
import { readStanding, type Act, type Standing } from "./standing.js";
import type { ListedKey, Trust } from "./trust.js";

/** Judges a license whose signature and issuer are good: status, freshness, days, recognition, and the outcome of it all. */
export function judgeGenuine(examination: Examination, license: License, { issuer, publication }: ListedKey, statement?: Statement): Result {
  const { conditions, clock } = examination;
  const copy = statement?.said.typ === "yz-copy" ? statement.said : undefined;
  const standing = readStanding(license, issuer, conditions, clock, copy?.at);
  const { moment } = conditions;
  const today = days.ofInstant(moment?.at ?? clock.now);
  checkStatus(examination, standing);
  checkFreshness(examination, issuer, publication);
  const beyond = moment === undefined && today > days.LAST;
  if (beyond) standing.gap ??= "clock_beyond";
  const early = moment !== undefined && (standing.gap === "not_issued_then" || moment.precedes(license, copy?.at));
  const future = early || days.parse(license.issueDate)! > today || (copy !== undefined && days.ofInstant(copy.at) > today);
  const ended = copy !== undefined && copy.until < today && !beyond;
  if (beyond) examination.check("validity", "not_done", "clock_beyond");
  else if (future) examination.check("validity", "failed", early ? "not_issued_then" : "issued_in_future");
  else if (ended) examination.check("validity", "failed", "derived_copy_expired");
  else checkValidity(examination, license, today);
  const directories = directoriesOf(conditions.trust, publication);
  const used = new Map<string, Agreement>();
  const permits = checkRecognition(examination, license, standing, today, directories, used);
  const outcome = conclude(examination, standing, permits, future || ended);
  if (standing.version !== undefined && standing.version !== "superseded" && permits.some((permit) => permit.state === "valid")) {
    examination.warn("permits_remain_in_force");
  }
  const authorities = new Set(license.permits.flatMap((permit) => findAuthority(directories, permit.authority) ?? []));
  return {
    ...examination.result(outcome, standing),
    license: describe(license, issuer, standing, permits, future),
    ...(used.size > 0 && { agreements: [...used.values()] }),
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
function checkFreshness(examination: Examination, issuer: IssuerEntry, publication: Publication): void {
  const today = days.ofInstant(examination.clock.now);
  const ended = today < issuer.validFrom || today > (issuer.validUntil ?? Infinity);
  if (ended && today <= days.LAST) examination.warn("issuer_entry_ended");
  const fault = listFault(publication, examination.clock.now, examination.conditions);
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
  if (today > days.LAST) return "valid"; // nobody can tell, which is a gap of the standing
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

/** The directories in which a license's authorities are looked up: of its issuer's signer, then of that one's root. */
function directoriesOf(trust: Trust, publication: Publication): Publication[] {
  const { root, speaker } = publication;
  return [publication, ...trust.publications.filter((other) => speaker !== root && other.speaker === root)];
}

/** One whose policy is asked, or why it cannot be. */
interface Asked {
  publication?: Publication;
  gap?: string;
}

function askPolicies(examination: Examination, region: string): Asked[] {
  const { conditions, clock } = examination;
  return conditions.trust.asked(region).map((speech): Asked => {
    if (typeof speech === "string") return { gap: "policy_missing" };
    const gap = speech.lacks.has("policy") ? "policy_missing" : policyFault(speech, clock.now, conditions);
    return { publication: speech, ...(gap !== undefined && { gap }) };
  });
}

/** What those who are asked decide on a permit; a gap where one of them cannot be asked and no other recognises it. */
function rule(asked: readonly Asked[], license: License, permit: Permit, region: string, today: number): Recognition & Asked {
  const known = asked.filter(({ gap }) => gap === undefined);
  const agreements = known.flatMap(({ publication }) => (publication ? agreementsOf(publication) : []));
  const decided = recognise(agreements, license, permit, region, today);
  let lost = decided.recognised ? undefined : asked.findLast(({ gap }) => gap !== undefined);
  if (lost === undefined && !decided.recognised && today > days.LAST) lost = { gap: "clock_beyond" };
  if (lost !== undefined) return { recognised: false, reason: lost.gap!, ...lost };
  const { agreement } = decided;
  const by = known.find(({ publication }) => publication?.policy && (!agreement || agreement.id.startsWith(`${publication.speaker.name}/`)));
  return { ...decided, ...(license.region !== region && by) };
}

function checkRecognition(
  examination: Examination, license: License, standing: Standing, today: number, directories: readonly Publication[],
  used: Map<string, Agreement>,
): VerifiedPermit[] {
  const { conditions, clock } = examination;
  const { trust, region = trust.region } = conditions;
  const asked = license.region === region ? [] : askPolicies(examination, region);
  let left: string | undefined;
  const permits = license.permits.map((permit, i): VerifiedPermit => {
    const [state, why] = permitState(standing.permits[i], permit, today, standing.gap);
    const authority = findAuthority(directories, permit.authority);
    if (authority === undefined) examination.warn("authority_not_listed");
    const competent = authority === undefined || isCompetent(authority.region, license.region);
    const ruling = competent ? rule(asked, license, permit, region, today) : { recognised: false, reason: "authority_of_other_region" };
    if (competent) examination.decideBy((ruling as Asked).publication);
    left = (ruling as Asked).gap ?? left;
    const { recognised, reason, mode, agreement } = ruling as Recognition;
    if (agreement !== undefined) used.set(agreement.id, agreement);
    if (recognised && agreement?.demonstration) examination.warn("demonstration_basis");
    const reasons = why === undefined ? [reason] : [reason, why];
    return { ...permit, state, recognised, ...(mode && { mode }), ...(agreement && { agreement: agreement.id }), reasons };
  });
  const recognised = permits.filter((permit) => permit.recognised);
  if (left !== undefined) examination.check("recognition", "not_done", left);
  else if (recognised.length === 0) examination.check("recognition", "failed", permits[0]!.reasons[0]);
  else if (recognised.length < permits.length) examination.check("recognition", "warned", "partly_recognised");
  else if (recognised.some(({ mode }) => mode !== "full")) examination.check("recognition", "warned", "recognised_display_only");
  else examination.check("recognition", "passed");
  if (isDirectoryStale(directories[0]!, clock.now, conditions)) examination.warn("directory_expired");
  return permits;
}

function conclude(examination: Examination, { version, gap }: Standing, permits: VerifiedPermit[], bad: boolean): Outcome {
  const perhapsInForce = permits.filter((permit) => permit.state === "valid" || permit.state === "unknown");
  const recognitionKnown = examination.checked("recognition") !== "not_done";
  if (version !== undefined || bad || perhapsInForce.length === 0) return "invalid";
  if (recognitionKnown && !perhapsInForce.some((permit) => permit.recognised)) return "not_recognised";
  if (gap !== undefined || !recognitionKnown || examination.checked("trust") !== "passed") return "unknown";
  return permits.every((permit) => permit.state === "valid" && permit.recognised && permit.mode === "full") ? "valid" : "partially_valid";
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
