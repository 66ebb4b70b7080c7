import * as base64url from "./base64url.js";

/** A dictionary that comes with the program; loaded when a code first asks for one, as they weigh some 220 kB. */
export async function builtinDictionary(id: string): Promise<Uint8Array | undefined> {
  const { BUILTIN } = await import("./builtin.js");
  const text = Object.hasOwn(BUILTIN, id) ? BUILTIN[id] : undefined;
  return text === undefined ? undefined : base64url.decode(text);
}
