/**
 * Calendar days in Asia/Shanghai, as the number of days since 1999-12-31, and instants as whole seconds since 1970.
 * Shanghai has kept UTC+8 without summer time since 1991, so no table of time zones is needed.
 */

const EPOCH = Date.UTC(1999, 11, 31) / 86_400_000;
const SHANGHAI = 8 * 3600;

/** The last day that a code can hold: 2179-06-05. */
export const LAST = 65535;

/** The day that it is in Shanghai at an instant. */
export function ofInstant(seconds: number): number {
  return Math.floor((seconds + SHANGHAI) / 86400) - EPOCH;
}

/** YYYY-MM-DD. */
export function format(day: number): string {
  return new Date((day + EPOCH) * 86_400_000).toISOString().slice(0, 10);
}

/** The day that YYYY-MM-DD names, or undefined. */
export function parse(text: string): number | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (parts === null) return undefined;
  const day = make(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  return format(day) === text ? day : undefined;
}

/** The day of year, month and day; a day too many runs into the next month. */
export function make(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / 86_400_000 - EPOCH;
}

/** Year, month and day of a day. */
export function split(day: number): [number, number, number] {
  const date = new Date((day + EPOCH) * 86_400_000);
  return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
}

/** The seconds of an instant in RFC 3339, UTC, whole seconds; or undefined. */
export function parseInstant(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text)) return undefined;
  const seconds = Date.parse(text) / 1000;
  return Number.isFinite(seconds) && formatInstant(seconds) === text ? seconds : undefined;
}

/** An instant in RFC 3339, UTC. */
export function formatInstant(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
