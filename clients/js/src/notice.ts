import { instant } from "./documents.js";
import { integer, list, object, parse, text } from "./json.js";
import { parseToken, verify } from "./signature.js";
import { signs } from "./status.js";
import type { Trust } from "./trust.js";

/** Lists of which an issuer says that they have changed, each with the sequence that it has now. */
export interface Notice {
  lists: { uri: string; sequence: number }[];
}

const LONGEST = 65536;

const read = object({ at: instant, lists: list(object({ uri: text(), seq: integer(1) }), 256) });

/**
 * Reads what another deployment posts as soon as a status list has changed (docs/format.md, section 13). It proves nothing
 * of what the lists say: fetch those of which an older sequence is held, and give them to Statuses.add. What is
 * "unsigned" is no issuer's word about lists of its own.
 */
export async function readNotice(jws: string, trust: Trust): Promise<Notice | "malformed" | "unsigned"> {
  const token = jws.length > LONGEST ? undefined : parseToken(jws);
  if (token === undefined) return "malformed";
  let lists: Notice["lists"];
  try {
    const written = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(token.payload);
    const value = parse(written);
    if (JSON.stringify(value) !== written || Object.keys(value as object).join() !== "at,lists") return "malformed";
    const named = read(value, "notice").lists;
    if (named.length === 0 || !(value as { lists: object[] }).lists.every((of) => Object.keys(of).join() === "uri,seq")) return "malformed";
    lists = named.map(({ uri, seq }) => ({ uri, sequence: seq }));
  } catch {
    return "malformed";
  }
  if (token.typ !== "yz-notice") return "unsigned";
  for (const listed of trust.keys.get(token.kid) ?? []) {
    const own = signs(listed, "status") && lists.every(({ uri }) => uri.startsWith(listed.issuer.statusBase));
    if (own && listed.key.alg === token.alg && (await verify(listed.key, token.jws, trust.sm2)) === "good") return { lists };
  }
  return "unsigned";
}
