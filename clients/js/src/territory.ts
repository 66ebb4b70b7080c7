/** Territories (辖区): what the codes of regions begin with. */

/** Whether a territory is written in its one form: ascending, and none within the one before. */
export function isTerritory(prefixes: readonly string[]): boolean {
  return prefixes.length > 0 && prefixes.every((prefix, i) => {
    const before = prefixes[i - 1];
    return /^(\d{2}){1,3}$/.test(prefix) && (before === undefined || (before < prefix && !prefix.startsWith(before)));
  });
}

/** Whether a region, or all regions of a prefix, lie in a territory. */
export function lies(region: string, territory: readonly string[]): boolean {
  return territory.some((prefix) => region.startsWith(prefix));
}

/** Whether two territories have a region in common. */
export function overlap(a: readonly string[], b: readonly string[]): boolean {
  return a.some((prefix) => lies(prefix, b)) || b.some((prefix) => lies(prefix, a));
}
