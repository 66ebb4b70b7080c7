import { Clock } from "./clock.js";
import * as days from "./days.js";
import type { Heading } from "./documents.js";
import { CHECKS, type Check, type CheckName, type Outcome, type Result, type Source } from "./result.js";
import type { Standing } from "./standing.js";
import type { Conditions } from "./verify.js";

const MONTH = 30 * 86400;

/** Gathers what is found about one text, and makes the result of it. */
export class Examination {
  readonly clock: Clock;
  readonly #checks = new Map<CheckName, Check>();
  readonly #warnings = new Set<string>();
  /** The text is a live code, which is not a static one whatever becomes of it. */
  live = false;

  constructor(readonly conditions: Conditions) {
    this.clock = new Clock(conditions);
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

  /** Why the trust list counts no more, if it does not. */
  trustListFault(): string | undefined {
    const { trust, sequences = {} } = this.conditions;
    if (trust.list.sequence < (sequences["trust:list"] ?? 0)) return "trust_rolled_back";
    return this.#staleness(trust.list, "trust_list");
  }

  /** The same of the policy. */
  policyFault(): string | undefined {
    const { trust, sequences = {} } = this.conditions;
    if (trust.policy.sequence < (sequences["trust:policy"] ?? 0)) return "policy_rolled_back";
    return this.#staleness(trust.policy, "policy");
  }

  #staleness(document: Heading, what: string): string | undefined {
    if (this.clock.now >= document.expires) return `${what}_expired`;
    return this.clock.now - document.issued > (this.conditions.maxAge?.trust ?? MONTH) ? `${what}_too_old` : undefined;
  }

  /** All checks, in order. */
  checks(): Check[] {
    return CHECKS.map((name) => this.#checks.get(name) ?? this.#notReached(name));
  }

  #notReached(name: CheckName): Check {
    const printed = name === "presentation" && !this.live;
    return { name, status: "not_done", ...(printed && { reason: "static_code" }) };
  }

  result(outcome: Outcome, { list, record }: Pick<Standing, "list" | "record"> = {}): Result {
    const { trust } = this.conditions;
    if (this.clock.behind) this.warn("clock_behind");
    return {
      outcome,
      checks: this.checks(),
      lists: {
        trust: this.#source(trust.list),
        policy: this.#source(trust.policy),
        authorities: this.#source(trust.directory),
        ...(list && { status: this.#source(list) }),
        ...(record && { record: this.#source(record) }),
      },
      ...(this.#warnings.size > 0 && { warnings: [...this.#warnings] }),
      at: days.formatInstant(this.clock.now),
    };
  }

  #source({ uri, sequence, issued, expires }: { uri?: string; sequence: number; issued: number; expires?: number }): Source {
    return {
      ...(uri !== undefined && { uri }),
      sequence,
      issued: days.formatInstant(issued),
      age: this.clock.now - issued,
      ...(expires !== undefined && { expires: days.formatInstant(expires) }),
    };
  }
}
