/**
 * The highest numbers that were seen: of a list by region and address (`310105 https://…`), of a trust document by
 * signer and part (`trust:delta/shanghai:list`), each followed by ` by ` and the id of a key that signed it. Root documents
 * have no key, as has what was remembered before keys were.
 */
export type Sequences = Readonly<Record<string, number>>;

/** Under which the number of something is remembered that a key has signed. */
export function signedName(name: string, kid: string): string {
  return `${name} by ${kid}`;
}

/**
 * What the number of something may not be below: the highest that as many as must sign it have signed, of the keys that
 * count now. A thief's number bars nothing any more once his key is exchanged.
 */
export function least(seen: Sequences, name: string, kids: Iterable<string>, threshold = 1): number {
  let unknown = seen[name] ?? 0;
  const keyed = signedName(name, "");
  if (unknown > 0 && Object.entries(seen).some(([of, n]) => n >= unknown && of.startsWith(keyed))) unknown = 0;
  const signed = [...kids].flatMap((kid) => seen[signedName(name, kid)] ?? []).sort((a, b) => b - a);
  return Math.max(unknown, signed[threshold - 1] ?? 0);
}
