package verifier

// Reason is a stable code for why something is as it is. Programs may branch
// on it; people are shown a sentence made from it.
type Reason string

// Reasons of the format check.
const (
	NoCode             Reason = "no_code"             // not_a_license: no code of ours in the input
	ExportedCredential Reason = "exported_credential" // not_a_license: a license exported for other programs, not its code
	CheckDigits        Reason = "check_digits"        // unreadable: check digits or length are wrong
	VersionUnknown     Reason = "version_unknown"     // unknown: a later format, update
	DictionaryUnknown  Reason = "dictionary_unknown"  // unknown: a dictionary that is not held, update
	CodeMalformed      Reason = "code_malformed"      // not_genuine: check digits fit, but no issuer's software writes this
	ClaimsMalformed    Reason = "claims_malformed"    // the claims cannot be decoded: unknown where the signature is good, else not_genuine
)

// Reasons of the signature check.
const (
	SignatureInvalid  Reason = "signature_invalid"  // not_genuine
	SignatureHighS    Reason = "signature_high_s"   // not_genuine: the twin of a good signature
	AlgorithmMismatch Reason = "algorithm_mismatch" // not_genuine: the header names another algorithm than the key's
	TypeMismatch      Reason = "type_mismatch"      // not_genuine: signed by an issuer, but as something else than a license
	KeyUnknown        Reason = "key_unknown"        // not done: the trust check tells more
)

// Reasons of the trust check.
const (
	IssuerUnknown      Reason = "issuer_unknown"       // unknown: neither key nor issuer are on the list
	KeyNotOfIssuer     Reason = "key_not_of_issuer"    // not_genuine: the issuer is on the list, the key is not its own
	KeyUse             Reason = "key_use"              // not_genuine: the key is for something else
	KeyNotValidThen    Reason = "key_not_valid_then"   // not_genuine: issue date outside the days of the key or of the entry
	IssuerRegion       Reason = "issuer_region"        // not_genuine: the issuer vouches for a region that is not its own
	IssuerMismatch     Reason = "issuer_mismatch"      // not_genuine: name, code or type of license are not the entry's
	RegionAbolished    Reason = "region_abolished"     // not_genuine: the region exists no more
	ClosingListMissing Reason = "closing_list_missing" // unknown: key or entry were closed, and the list of what counts all the same is not held
	ClosingListBad     Reason = "closing_list_refused" // unknown: … and what is named as that list cannot be read, or is of another key
	NotOnClosingList   Reason = "not_on_closing_list"  // not_genuine: key or entry were closed, and their issuer knows of no such license
	Backdated          Reason = "backdated"            // not_genuine: the same, and it is dated before the key was out of its issuer's hands
	TrustListMissing   Reason = "trust_list_missing"   // unknown: who lists the issuers of this region is known, the list is not held
	TrustListRefused   Reason = "trust_list_refused"   // unknown: … and what is held of it cannot be believed
	FreshnessExpired   Reason = "freshness_expired"    // unknown: also of recognition: nobody has said lately that list or policy still count
	FreshnessAhead     Reason = "freshness_ahead"      // unknown: likewise: the statement that list or policy count is dated ahead of the clock
	RootExpired        Reason = "root_expired"         // unknown: also of recognition: the root document has run out
	TrustListExpired   Reason = "trust_list_expired"   // unknown
	TrustListTooOld    Reason = "trust_list_too_old"   // unknown: within its term, but older than the verifier allows
	TrustRolledBack    Reason = "trust_rolled_back"    // unknown: a newer one was seen before
)

// Reasons of the recognition check and of a permit's recognition.
const (
	RecognisedOwnRegion    Reason = "recognised_own_region"
	RecognisedAgreement    Reason = "recognised_agreement"
	RecognisedDisplayOnly  Reason = "recognised_display_only" // it may be shown here, and no more; also of the check
	NeedsLocalFiling       Reason = "needs_local_filing"      // not recognised until its holder has filed it here
	NoAgreement            Reason = "no_agreement"
	AgreementNotInForce    Reason = "agreement_not_in_force"
	BasisNotInForce        Reason = "basis_not_in_force"
	AgreementHandlingOnly  Reason = "agreement_handling_only"
	IndustryNotCovered     Reason = "industry_not_covered"
	MatterNotCovered       Reason = "matter_not_covered"
	AuthorityOfOtherRegion Reason = "authority_of_other_region" // the granting authority is not of the issuer's region, nor above it
	PartlyRecognised       Reason = "partly_recognised"         // of the check: some permits are, some are not
	PolicyMissing          Reason = "policy_missing"            // unknown: whose policy counts here is known, the policy is not held or cannot be believed
	PolicyExpired          Reason = "policy_expired"            // unknown
	PolicyTooOld           Reason = "policy_too_old"            // unknown
	PolicyRolledBack       Reason = "policy_rolled_back"        // unknown
)

// Reasons of the status check and of a permit's state.
const (
	StatusListMissing    Reason = "status_list_missing"      // unknown: none is held for the license
	StatusListTooOld     Reason = "status_list_too_old"      // unknown: older than the verifier allows
	StatusListExpired    Reason = "status_list_expired"      // unknown: past its own exp
	BundleExpired        Reason = "bundle_expired"           // unknown: the bundle that the lists came in is past its end
	StatusListEarlier    Reason = "status_list_before_issue" // unknown: made before the license's entries were assigned
	StatusListSignature  Reason = "status_list_signature"    // unknown: the list that was given is not signed by its issuer
	StatusListKey        Reason = "status_list_key"          // unknown: … signed by a key for another use, or of another entry
	StatusListAddress    Reason = "status_list_address"      // unknown: … is not the list of the address it came from
	StatusListRolledBack Reason = "status_list_rolled_back"  // unknown: … is older than one seen before
	StatusListMalformed  Reason = "status_list_malformed"    // unknown: … cannot be read
	IssuerOverLimit      Reason = "issuer_over_limit"        // unknown, of trust too: its issuer has more lists than this verifier keeps, and this one is not among them
	RecordKey            Reason = "record_key"               // refuses a license record: its key is for another use, or of another entry
	RecordMalformed      Reason = "record_malformed"         // refuses a license record: it cannot be read, or its signature is wrong
	StatusIndexInvalid   Reason = "status_index_invalid"     // unknown: the license's entries lie beyond every list
	Superseded           Reason = "superseded"               // invalid: a newer version exists
	Withdrawn            Reason = "withdrawn"                // invalid for the license (撤销, 收回); of a permit: withdrawn
	Revoked              Reason = "revoked"                  // 吊销; also what an unassigned entry reads
	Cancelled            Reason = "cancelled"                // 注销
	Suspended            Reason = "suspended"                // 暂扣
	PermitsNotInForce    Reason = "permits_not_in_force"     // of the check: some permits (warned) or all (failed)
	StatusValueUnknown   Reason = "status_value_unknown"     // an entry with a value that the format does not know
)

// Reasons of the validity check and of a permit's state.
const (
	NotYetValid    Reason = "not_yet_valid"
	Expired        Reason = "expired"
	IssuedInFuture Reason = "issued_in_future" // invalid: the license is dated ahead of the clock
	ClockBeyond    Reason = "clock_beyond"     // unknown, of recognition too: the clock is past the last day that a license can name
)

// Reasons of an answer about a moment of the past.
const (
	NotIssuedThen  Reason = "not_issued_then" // invalid: the license, or the derived copy, was issued later
	TimeAhead      Reason = "time_ahead"      // unknown: the moment lies ahead, and nobody knows what will have been done by then
	HistoryMissing Reason = "history_missing" // unknown: the status list of that moment is not held, or its issuer has none
	AsOfPast       Reason = "as_of_past"      // of the presentation, not done: what was shown then is not known
)

// Reasons of a statement that travels with the code: of the presentation check
// for a live code; of signature, trust and validity for a derived copy, which
// is not_genuine for a false annotation.
const (
	StatementKey       Reason = "statement_key"        // signed with a key that is none of its issuer's for presentations
	StatementSignature Reason = "statement_signature"  // not that key's signature over this very code
	CopyExpired        Reason = "derived_copy_expired" // invalid: the copy's last day is over
)

// Reasons of the presentation check.
const (
	StaticCode        Reason = "static_code"        // not done: a printed code, or a picture of one, says nothing of its holder
	PresentationStale Reason = "presentation_stale" // a live code of before: a picture of one, perhaps
	PresentationAhead Reason = "presentation_ahead" // not done: made in the future of this clock, so this clock is slow
	// The next two are given by a verifier that remembers which live codes it
	// has seen.
	PresentationUsed      Reason = "presentation_used"      // it has counted once already
	PresentationUnchecked Reason = "presentation_unchecked" // not done: whether it has counted already cannot be told just now
)

// Warnings beside the outcome.
const (
	ClockBehind          Reason = "clock_behind"            // the clock is behind what a signed list proves; the list's time was taken
	HostNotIssuers       Reason = "host_not_issuers"        // the address around the code is not the issuer's
	IsDemonstration      Reason = "demonstration"           // license or issuer are a demonstration: worth nothing in law
	DemonstrationBasis   Reason = "demonstration_basis"     // the agreement that recognises it is a demonstration
	PermitsRemainInForce Reason = "permits_remain_in_force" // the license is withdrawn, its permits are not
	AuthorityNotListed   Reason = "authority_not_listed"    // an authority is missing in the directory
	DirectoryExpired     Reason = "directory_expired"       // addresses and remedies may be out of date
	KeyClosed            Reason = "key_closed"              // its key or issuer were closed; it stands on the closing list, and counts
	IssuerEntryEnded     Reason = "issuer_entry_ended"      // the issuer issues no more; what it issued then stays
)
