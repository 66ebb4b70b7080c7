import type { License } from "./license.js";
import * as days from "./days.js";
import { parseToken } from "./signature.js";
import { openList, readList, signsOn, type StatusFault, type StatusList } from "./status.js";
import type { ListedKey, Trust } from "./trust.js";

/**
 * Status lists as they were at one moment of the past. Verified with it, a text is said to be what it was then, by what is
 * known now: docs/decisions/verifier-outcomes.md, section "As of a moment of the past".
 */
export class Moment {
  readonly #trust: Trust;
  /** Seconds since 1970. */
  readonly at: number;
  // By region and address.
  readonly #lists = new Map<string, { list: StatusList; signer: ListedKey }>();
  readonly #refused = new Map<string, StatusFault>();

  constructor(trust: Trust, at: Date) {
    this.#trust = trust;
    this.at = Math.floor(at.getTime() / 1000);
  }

  /**
   * Takes a status list that is dated at this very second, such as its issuer gives at the address of the list with
   * `?time=` and the seconds. Gives why it was not taken, or undefined; "other_moment" for anything else than a list of
   * then, which Statuses may take.
   */
  async add(given: string | Uint8Array): Promise<StatusFault | "other_moment" | undefined> {
    const token = parseToken((typeof given === "string" ? given : new TextDecoder().decode(given)).trim());
    const claimed = token?.typ === "statuslist+jwt" ? readList(token) : undefined;
    if (claimed?.issued !== this.at) return "other_moment";
    const opened = await openList(this.#trust, token);
    if (typeof opened === "string") {
      this.#refused.set(claimed.uri, opened);
      return opened;
    }
    for (const signer of opened.signers) this.#lists.set(`${signer.issuer.region} ${opened.list.uri}`, { list: opened.list, signer });
    return undefined;
  }

  /**
   * The list of an address, or why there is none. The issuer signs it when it is asked, so the key must be one that signs
   * today, and need not have been in use then.
   */
  list(region: string, uri: string, now: number): StatusList | string {
    const held = this.#lists.get(`${region} ${uri}`);
    if (held === undefined) return this.#refused.get(uri) ?? "history_missing";
    return signsOn(held.signer, now) ? held.list : "status_list_key";
  }

  /** Whether a license, or a derived copy that was made at an instant, came later than this moment. */
  precedes(license: License, made = 0): boolean {
    return days.parse(license.issueDate)! > days.ofInstant(this.at) || made > this.at;
  }
}
