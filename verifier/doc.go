// Package verifier says whether the text of a QR code is a genuine integrated
// industry license (行业综合许可证) and what it permits, here and now. Start
// with [New] and [Verifier.Verify]: text and clock in, [Result] out.
//
// It is a pure function of its inputs: the trust bundle, the status lists and
// license records that were added to [Lists], the text and the clock. It
// imports no HTTP, no store and nothing of the issuer's side, so the server,
// the command line and the scanner page cannot disagree.
//
// The rules, in the order in which they are applied, stand in
// docs/decisions/verifier-outcomes.md; every reason code that a result can
// carry is a constant of type [Reason].
package verifier
