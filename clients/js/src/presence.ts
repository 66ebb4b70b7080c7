import * as days from "./days.js";
import type { Examination } from "./examination.js";
import { listFault } from "./freshness.js";
import type { License } from "./license.js";
import type { Result } from "./result.js";
import { verify as verifySignature } from "./signature.js";
import { statementJws, type Statement } from "./statement.js";
import type { ListedKey } from "./trust.js";

const LIFE = 30;
const LEEWAY = 10;

/** What a result says of a statement, beside its checks. */
export type Said = Pick<Result, "presentation" | "copy">;

/** What is wrong with who signed the statement and what was signed, if anything. */
async function statementFault(examination: Examination, statement: Statement, { issuer, publication }: ListedKey): Promise<string | undefined> {
  const { trust } = examination.conditions;
  const listed = trust.keys.get(statement.kid)?.find((candidate) => candidate.issuer === issuer);
  if (listed !== undefined && listed.use !== "presentation") return "statement_key";
  const day = days.ofInstant(statement.said.at);
  if (listed === undefined || day < listed.notBefore || day > (listed.notAfter ?? Infinity)) {
    // A newer list may well name the key, or a longer term for it.
    return listFault(publication, examination.clock.now, examination.conditions) ?? "statement_key";
  }
  switch (await verifySignature(listed.key, await statementJws(statement, listed.key.alg), trust.sm2)) {
    case "good":
      return undefined;
    case "unsupported":
      return "algorithm_unsupported";
    default:
      return "statement_signature";
  }
}

/** Judges the annotation of a derived copy, which is part of what is shown: a false one makes the copy a forgery. */
export async function judgeCopy(examination: Examination, statement: Statement, license: License, listed: ListedKey): Promise<Said | Result> {
  const { said } = statement;
  if (said.typ !== "yz-copy") return {};
  const fault = await statementFault(examination, statement, listed);
  if (fault === "statement_signature") return examination.stop("not_genuine", "signature", fault);
  if (fault === "statement_key") return examination.stop("not_genuine", "trust", fault);
  if (fault !== undefined) return examination.stop("unknown", "trust", fault);
  const { at, until, maker, recipient, purpose } = said;
  return { copy: { made: days.formatInstant(at), until: days.format(until), maker: maker || license.holder.name, recipient, purpose } };
}

/** Judges whether a live code was made just now. It changes nothing of what is said of the license. */
export async function judgePresentation(examination: Examination, statement: Statement, listed: ListedKey): Promise<Said> {
  const { said } = statement;
  if (said.typ !== "yz-presentation") return {};
  const fault = await statementFault(examination, statement, listed);
  if (fault !== undefined) {
    examination.check("presentation", fault.startsWith("statement_") ? "failed" : "not_done", fault);
    return {};
  }
  const { clock } = examination;
  const age = clock.now - said.at;
  const stale = listFault(listed.publication, clock.now, examination.conditions);
  if (stale !== undefined) examination.check("presentation", "not_done", stale);
  else if (clock.moved > LEEWAY) examination.check("presentation", "not_done", "clock_behind");
  else if (age < -LEEWAY) examination.check("presentation", "not_done", "presentation_ahead");
  else if (age >= LIFE + LEEWAY) examination.check("presentation", "failed", "presentation_stale");
  else examination.check("presentation", "passed");
  return { presentation: { at: days.formatInstant(said.at), age, id: `${statement.kid}.${said.nonce}` } };
}
