export { find, type Code, type Found } from "./code.js";
export type { Agreement, Authority } from "./documents.js";
export type { License, Permit } from "./license.js";
export type {
  Check, CheckName, LicenseState, Outcome, PermitState, Result, Source, VerifiedLicense, VerifiedPermit,
} from "./result.js";
export type { Sm2 } from "./signature.js";
export { Statuses, type StatusFault } from "./status.js";
export { openTrust, TrustError, type Trust, type TrustFault } from "./trust.js";
export { sources, verify, type Conditions } from "./verify.js";
