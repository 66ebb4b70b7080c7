import type { Clock } from "./clock.js";
import * as days from "./days.js";
import type { IssuerEntry } from "./documents.js";
import { parseIdentifier, type License } from "./license.js";
import type { Moment } from "./moment.js";
import { address, entry, type HeldRecord, type StatusList } from "./status.js";
import type { Conditions } from "./verify.js";

/** An act against a permit, or against a license as a whole. */
export type Act = "revoked" | "suspended" | "withdrawn" | "cancelled";

const VALUES: Readonly<Record<number, Act | "valid" | "superseded">> = {
  0: "valid", 1: "revoked", 2: "suspended", 0xb: "superseded", 0xc: "withdrawn", 0xd: "cancelled",
};
const REVOKED = 1;
const LAST_INDEX = 2 ** 32 - 1;
const THREE_DAYS = 72 * 3600;

/** What the issuer's lists and record say of a license. What they say is bad stays bad, however old they are. */
export interface Standing {
  /** Why this version stands no more. */
  version?: Act | "superseded";
  /** The same of each permit. */
  permits: (Act | undefined)[];
  /** Why nobody can say that what is not bad is good. */
  gap?: string;
  supersededBy?: string;
  list?: StatusList;
  record?: HeldRecord;
}

/** Reads the license's entries and its record, once the clock is set by them. */
export function readStanding(
  license: License, issuer: IssuerEntry, conditions: Conditions, clock: Clock, made?: number,
): Standing {
  const { moment } = conditions;
  const standing: Standing = { permits: license.permits.map(() => undefined) };
  readRecord(standing, license, issuer, conditions);
  const first = license.statusIndex;
  const last = first + license.permits.length;
  if (last > LAST_INDEX) return { ...standing, gap: "status_index_invalid" };
  const early = moment?.precedes(license, made) ?? false;
  if (moment !== undefined && (moment.at > clock.now || early)) return { ...standing, gap: moment.at > clock.now ? "time_ahead" : "not_issued_then" };
  const lists = openLists(standing, issuer, first, last, conditions, clock);
  const value = (index: number): number | undefined => {
    const list = lists.get(address(issuer.statusBase, index));
    return list && entry(list, index);
  };
  const own = lists.get(address(issuer.statusBase, first));
  // No issuer writes "revoked" at a version of its own: it is what an entry reads that was not yet assigned.
  if (own !== undefined && value(first) === REVOKED && days.ofInstant(own.issued) <= days.parse(license.issueDate)!) {
    return { ...standing, gap: moment ? "not_issued_then" : "status_list_before_issue" };
  }
  for (let i = 0; i <= license.permits.length; i++) {
    const read = value(first + i);
    const found = read === undefined ? "valid" : VALUES[read];
    if (found === "valid") continue;
    if (found === undefined || (found === "superseded" && i > 0)) standing.gap = "status_value_unknown";
    else if (i === 0) standing.version ??= found;
    else if (found !== "superseded") standing.permits[i - 1] = found;
  }
  if (moment !== undefined && standing.version === "superseded") nameSuccessor(standing, license, moment);
  return standing;
}

/** The newest version that had been issued at the moment, where the list of then says that there was a newer one. */
function nameSuccessor(standing: Standing, license: License, moment: Moment): void {
  const { version } = parseIdentifier(license.identifier)!;
  for (const { identifier, issued } of standing.record?.versions ?? []) {
    const then = days.parse(issued)! <= days.ofInstant(moment.at);
    if (then && parseIdentifier(identifier)!.version > version) standing.supersededBy = identifier;
  }
}

/**
 * Moves the clock on by the record and the lists that are held of a license, before anything is judged by the age of the
 * trust list.
 */
export function setClock(license: License, issuer: IssuerEntry, conditions: Conditions, clock: Clock): void {
  const record = recordOf(license, issuer, conditions);
  if (record !== undefined) clock.atLeast(record.issued);
  const first = license.statusIndex;
  const last = first + license.permits.length;
  if (conditions.moment !== undefined || last > LAST_INDEX) return;
  for (const index of [first, last]) {
    const list = listOfNow(issuer, address(issuer.statusBase, index), conditions);
    if (typeof list !== "string") clock.atLeast(list.issued);
  }
}

/** The record of a license that is held, unless a newer one was seen. */
function recordOf(license: License, { region }: IssuerEntry, { statuses, sequences = {} }: Conditions): HeldRecord | undefined {
  const { base } = parseIdentifier(license.identifier)!;
  const record = statuses.record(region, base);
  return record === undefined || record.sequence < statuses.least(sequences, region, base, "record") ? undefined : record;
}

function readRecord(standing: Standing, license: License, issuer: IssuerEntry, conditions: Conditions): void {
  const { version } = parseIdentifier(license.identifier)!;
  const record = recordOf(license, issuer, conditions);
  if (record === undefined) return;
  standing.record = record;
  const newest = record.versions.at(-1)!.identifier;
  // Of the past the list of then says whether there was a newer one.
  if (conditions.moment !== undefined || parseIdentifier(newest)!.version <= version) return;
  standing.version = "superseded";
  standing.supersededBy = newest;
}

/** The lists of the entries from first to last: one, or two where they run over the edge of a chunk. */
function openLists(
  standing: Standing, issuer: IssuerEntry, first: number, last: number, conditions: Conditions, clock: Clock,
): Map<string, StatusList> {
  const { moment } = conditions;
  const lists = new Map<string, StatusList>();
  for (const uri of new Set([address(issuer.statusBase, first), address(issuer.statusBase, last)])) {
    const list = moment ? moment.list(issuer.region, uri, clock.now) : listOfNow(issuer, uri, conditions);
    if (typeof list === "string") {
      standing.gap ??= list;
      continue;
    }
    lists.set(uri, list);
    if (standing.list === undefined || list.issued < standing.list.issued) standing.list = list;
  }
  if (moment === undefined && conditions.until !== undefined && clock.now >= conditions.until.getTime() / 1000) standing.gap ??= "bundle_expired";
  for (const list of moment ? [] : lists.values()) {
    if (clock.now >= list.expires) standing.gap ??= "status_list_expired";
    else if (clock.now - list.issued > (conditions.maxAge?.status ?? THREE_DAYS)) standing.gap ??= "status_list_too_old";
  }
  return lists;
}

/** The list of an address, or why there is none. */
function listOfNow({ region }: IssuerEntry, uri: string, { statuses, sequences = {} }: Conditions): StatusList | string {
  const list = statuses.list(region, uri);
  if (list === undefined) return statuses.refused(uri) ?? "status_list_missing";
  return list.sequence < statuses.least(sequences, region, uri, "status") ? "status_list_rolled_back" : list;
}
