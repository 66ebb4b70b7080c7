/** Why something of a trust bundle is not believed. */
export type TrustReason =
  | "trust_malformed" | "trust_signature" | "trust_inconsistent" | "trust_territory" | "trust_chain" | "trust_not_named"
  | "trust_missing" | "trust_rolled_back";

/** Something that is not believed: of a whole bundle, a fault of whoever set the verifier up, not of any license. */
export class TrustError extends Error {
  constructor(readonly reason: TrustReason, message: string, options?: ErrorOptions) {
    super(`${reason}: ${message}`, options);
  }
}

/** A part of a bundle that was left out; the others count. */
export interface TrustFault {
  signer: string;
  part: "root" | "freshness" | "list" | "policy" | "authorities";
  reason: TrustReason;
  error: TrustError;
}
