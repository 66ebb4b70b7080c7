export { BundleError, openBundle, type BundleReason, type OfflineBundle } from "./bundle.js";
export { applyDelta, DELTA } from "./delta.js";
export { readNotice, type Notice } from "./notice.js";
export { find, type Code, type Found } from "./code.js";
export type { Agreement, Authority } from "./documents.js";
export type { License, Permit } from "./license.js";
export type {
  Check, CheckName, LicenseState, Outcome, PermitState, Result, Source, VerifiedLicense, VerifiedPermit,
} from "./result.js";
export type { Sequences } from "./sequences.js";
export type { Sm2 } from "./signature.js";
export { Statuses, type StatusFault } from "./status.js";
export { Moment } from "./moment.js";
export { TrustError, type TrustFault, type TrustReason } from "./fault.js";
export type { Mode } from "./recognition.js";
export { openTrust, type Trust } from "./trust.js";
export { updateTrust, type Update } from "./update.js";
export { sources, verify, type Conditions } from "./verify.js";
