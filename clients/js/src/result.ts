import type { Agreement, Authority } from "./documents.js";
import type { License, Permit } from "./license.js";
import type { Mode } from "./recognition.js";

/** What it comes to; the first that applies. */
export type Outcome =
  | "not_a_license" | "unreadable" | "not_genuine" | "invalid" | "not_recognised" | "unknown" | "partially_valid" | "valid";

/** The seven checks, in the order in which a result lists them. */
export const CHECKS = ["format", "signature", "trust", "recognition", "status", "validity", "presentation"] as const;
export type CheckName = (typeof CHECKS)[number];

export interface Check {
  name: CheckName;
  status: "passed" | "failed" | "warned" | "not_done";
  /** docs/decisions/verifier-outcomes.md says what each means. */
  reason?: string;
}

export type PermitState =
  | "valid" | "not_yet_valid" | "expired" | "suspended" | "revoked" | "withdrawn" | "cancelled" | "unknown";

export type LicenseState =
  | "valid" | "partially_valid" | "invalid" | "not_yet_valid" | "superseded" | "suspended" | "revoked" | "withdrawn"
  | "cancelled" | "unknown";

export interface VerifiedPermit extends Permit {
  state: PermitState;
  recognised: boolean;
  mode?: Mode;
  /** The id of the agreement by which it is recognised, or that came closest. */
  agreement?: string;
  /** Of its recognition first, then of its state. */
  reasons: string[];
}

/** The license of a genuine code. */
export interface VerifiedLicense extends Omit<License, "permits" | "issuerCode" | "typeCode" | "statusIndex"> {
  contact: { code: string; address?: string; telephone?: string; verifyURL?: string };
  state: LicenseState;
  supersededBy?: string;
  permits: VerifiedPermit[];
}

/** A signed thing that the answer rests on; the age in seconds. */
export interface Source {
  /** Of a trust document: the root, or the root and its delegate, that signed it. */
  signer?: string;
  uri?: string;
  sequence: number;
  issued: string;
  age: number;
  expires?: string;
}

/** What a verification found: the same document that the server's POST /v1/verify answers. */
export interface Result {
  outcome: Outcome;
  checks: Check[];
  license?: VerifiedLicense;
  /** Of a live code that the issuer signed, however old: when it was made, seconds since, and a name that no other has. */
  presentation?: { at: string; age: number; id: string };
  /** Of a derived copy: when, by whom, for whom and why it was made, and its last day. */
  copy?: { made: string; until: string; maker: string; recipient: string; purpose: string };
  agreements?: Agreement[];
  authorities?: Authority[];
  lists: { trust?: Source; policy?: Source; authorities?: Source; status?: Source; record?: Source };
  warnings?: string[];
  /** The clock that was used. */
  at: string;
  /** The moment of the past that the answer is about; absent where it is about now. Show it where nobody can miss it. */
  asOf?: string;
}
