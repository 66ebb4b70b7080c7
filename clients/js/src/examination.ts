import { Clock } from "./clock.js";
import * as days from "./days.js";
import type { Heading } from "./documents.js";
import { ends } from "./freshness.js";
import type { Publication } from "./publications.js";
import { CHECKS, type Check, type CheckName, type Outcome, type Result, type Source } from "./result.js";
import type { Standing } from "./standing.js";
import type { Conditions } from "./verify.js";

/** Gathers what is found about one text, and makes the result of it. */
export class Examination {
  readonly clock: Clock;
  readonly #checks = new Map<CheckName, Check>();
  readonly #warnings = new Set<string>();
  /** The text is a live code, which is not a static one whatever becomes of it. */
  live = false;
  #publication: Publication | undefined;
  #policy: Publication | undefined;

  constructor(readonly conditions: Conditions) {
    this.clock = new Clock(conditions);
    const { trust, region = trust.region } = conditions;
    const own = trust.speech(region);
    if (typeof own !== "string") this.#publication = own;
  }

  /** How a check ended; a later end replaces an earlier one. */
  check(name: CheckName, status: Check["status"], reason?: string): void {
    this.#checks.set(name, { name, status, ...(reason !== undefined && { reason }) });
  }

  checked(name: CheckName): Check["status"] | undefined {
    return this.#checks.get(name)?.status;
  }

  warn(reason: string): void {
    this.#warnings.add(reason);
  }

  /** Ends the work with the check that settles it. */
  stop(outcome: Outcome, check: CheckName, reason: string): Result {
    this.check(check, outcome === "unknown" ? "not_done" : "failed", reason);
    return this.result(outcome);
  }

  /** What the answer rests on from now on: the publication that names the issuer. It moves the clock on. */
  restOn(publication: Publication): void {
    const { root, list } = publication;
    this.clock.atLeast(root.issued);
    if (list !== undefined) this.clock.atLeast(list.issued);
    this.about(publication);
  }

  /** What the answer is about: if nobody's publication, then that for the verifier's own region. */
  about(publication: Publication | undefined): void {
    this.#publication = publication;
  }

  /** The publication whose policy decided, if one did. */
  decideBy(publication: Publication | undefined): void {
    this.#policy = publication;
  }

  /** All checks, in order. */
  checks(): Check[] {
    return CHECKS.map((name) => this.#checks.get(name) ?? this.#notReached(name)).map((check) => this.#ofThen(check));
  }

  /** Of a moment of the past nobody knows who has shown it. */
  #ofThen(check: Check): Check {
    const past = this.conditions.moment !== undefined && check.name === "presentation";
    return past ? { name: "presentation", status: "not_done", reason: "as_of_past" } : check;
  }

  #notReached(name: CheckName): Check {
    const printed = name === "presentation" && !this.live;
    return { name, status: "not_done", ...(printed && { reason: "static_code" }) };
  }

  result(outcome: Outcome, { list, record }: Pick<Standing, "list" | "record"> = {}): Result {
    if (this.clock.behind) this.warn("clock_behind");
    const of = (publication: Publication | undefined, document: Heading | undefined): Source | undefined =>
      publication && document && this.#source({ ...document, issued: publication.freshness.issued, expires: ends(publication, document) });
    const trust = of(this.#publication, this.#publication?.list);
    const policy = of(this.#policy, this.#policy?.policy);
    const authorities = of(this.#publication, this.#publication?.authorities);
    return {
      outcome,
      checks: this.checks(),
      lists: {
        ...(trust && { trust }),
        ...(policy && { policy }),
        ...(authorities && { authorities }),
        ...(list && { status: this.#source(list) }),
        ...(record && { record: this.#source(record) }),
      },
      ...(this.#warnings.size > 0 && { warnings: [...this.#warnings] }),
      at: days.formatInstant(this.clock.now),
      ...(this.conditions.moment && { asOf: days.formatInstant(this.conditions.moment.at) }),
    };
  }

  #source(of: { signer?: string; uri?: string; sequence: number; issued: number; expires?: number }): Source {
    const { signer, uri, sequence, issued, expires } = of;
    return {
      ...(signer !== undefined && { signer }),
      ...(uri !== undefined && { uri }),
      sequence,
      issued: days.formatInstant(issued),
      age: this.clock.now - issued,
      ...(expires !== undefined && { expires: days.formatInstant(expires) }),
    };
  }
}
