/**
 * Strict JSON for signed documents: UTF-8, no member twice nor twice but for case, no nesting beyond 16, nothing behind
 * the end. And readers that refuse members which they do not know.
 */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A document that is not what it should be; the message says where. */
export class DocumentError extends Error {}

const MAX_DEPTH = 16;

/** The value of a JSON text. */
export function parse(text: string | Uint8Array): Json {
  let source: string;
  try {
    source = typeof text === "string" ? text : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text);
  } catch {
    throw new DocumentError("not UTF-8");
  }
  let value: Json;
  try {
    value = JSON.parse(source) as Json;
  } catch (error) {
    throw new DocumentError("not JSON", { cause: error });
  }
  checkMembers(source);
  return value;
}

/** Walks over a text that is known to be JSON, for what JSON.parse lets pass. */
function checkMembers(source: string): void {
  const open: (Set<string> | undefined)[] = [];
  let text = "";
  for (let i = 0; i < source.length; i++) {
    const c = source[i];
    if (c === '"') {
      const start = i++;
      while (source[i] !== '"') i += source[i] === "\\" ? 2 : 1;
      text = source.slice(start, i + 1);
    } else if (c === "{" || c === "[") {
      open.push(c === "{" ? new Set() : undefined);
      if (open.length > MAX_DEPTH) throw new DocumentError("nested too deep");
    } else if (c === "}" || c === "]") open.pop();
    else if (c === ":") {
      const name = (JSON.parse(text) as string).toLowerCase();
      if (open.at(-1)!.has(name)) throw new DocumentError(`member ${text} twice`);
      open.at(-1)!.add(name);
    }
  }
}

/** The text of a member of an object as it stands in a JSON text, without white space around it; "" where there is none. */
export function memberText(source: string, name: string): string {
  let depth = 0;
  let begun = -1; // where the member's value begins
  let text = "";
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!;
    if (c === '"') {
      const start = i++;
      while (source[i] !== '"') i += source[i] === "\\" ? 2 : 1;
      if (depth === 1) text = source.slice(start, i + 1);
    } else if ("{[".includes(c)) depth++;
    else if (c === ":" && depth === 1 && begun < 0 && JSON.parse(text) === name) begun = i + 1;
    else if (begun >= 0 && depth === 1 && ",}".includes(c)) return source.slice(begun, i).trim();
    else if ("}]".includes(c)) depth--;
  }
  return "";
}

/** Reads a value at a place, or throws a DocumentError that names the place. */
export type Reader<T> = (value: Json | undefined, at: string) => T;

type Members<S> = { [K in keyof S]: S[K] extends Reader<infer T> ? T : never };
type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** An object of just these members. */
export function object<S extends Record<string, Reader<unknown>>>(members: S): Reader<Defined<Members<S>>> {
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new DocumentError(`${at}: no object`);
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(members, name)) throw new DocumentError(`${at}: unknown member ${name}`);
    }
    const out: Record<string, unknown> = {};
    for (const [name, read] of Object.entries(members)) {
      const member = read(Object.hasOwn(value, name) ? value[name] : undefined, `${at}.${name}`);
      if (member !== undefined) out[name] = member;
    }
    return out as Defined<Members<S>>;
  };
}

/** A value that may be absent. */
export function optional<T>(read: Reader<T>): Reader<T | undefined> {
  return (value, at) => (value === undefined ? undefined : read(value, at));
}

/** A list, of no more than so many items. */
export function list<T>(read: Reader<T>, most = 100_000): Reader<T[]> {
  return (value, at) => {
    if (!Array.isArray(value) || value.length > most) throw new DocumentError(`${at}: no list, or too long`);
    return value.map((item, i) => read(item, `${at}[${i}]`));
  };
}

/** A text that a rule accepts. */
export function text(accepts: (value: string) => boolean = () => true): Reader<string> {
  return (value, at) => {
    if (typeof value !== "string" || !accepts(value)) throw new DocumentError(`${at}: not accepted`);
    return value;
  };
}

/** One of some words. */
export function oneOf<const T extends string>(...words: T[]): Reader<T> {
  return (value, at) => {
    if (!words.includes(value as T)) throw new DocumentError(`${at}: none of ${words.join(", ")}`);
    return value as T;
  };
}

/** A whole number from a least one on. */
export function integer(least: number): Reader<number> {
  return (value, at) => {
    if (!Number.isSafeInteger(value) || (value as number) < least) throw new DocumentError(`${at}: no whole number from ${least}`);
    return value as number;
  };
}

/** true or false. */
export const flag: Reader<boolean> = (value, at) => {
  if (typeof value !== "boolean") throw new DocumentError(`${at}: neither true nor false`);
  return value;
};
