import type { Conditions } from "./verify.js";

/** How far a clock may be behind a signed list before it is worth a warning, in seconds. */
const TOLERANCE = 300;

/**
 * The verifier's clock. What has been issued lies in the past, so a verified list or record moves it on: a device whose
 * clock is wrong cannot be made to believe in an old list by it.
 */
export class Clock {
  readonly #given: number;
  #now: number;

  constructor({ now }: Pick<Conditions, "now">) {
    this.#given = Math.floor(now.getTime() / 1000);
    this.#now = this.#given;
  }

  /** Seconds since 1970. */
  get now(): number {
    return this.#now;
  }

  /** By how many seconds what was signed has moved the clock on. */
  get moved(): number {
    return this.#now - this.#given;
  }

  /** Whether the clock that was given is behind. */
  get behind(): boolean {
    return this.moved > TOLERANCE;
  }

  atLeast(seconds: number): void {
    this.#now = Math.max(this.#now, seconds);
  }
}
