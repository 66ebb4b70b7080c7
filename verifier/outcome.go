package verifier

import "yizheng/license"

// concludeGenuine gives the outcome of a genuine license, by the order of the
// table: the first that applies.
func (e *examination) concludeGenuine() {
	var (
		perhapsInForce bool // some permit is in force, for all that is known
		perhapsGood    bool // … and is recognised
		unknown        bool // of some permit it is not known whether it is in force
		someValid      bool // some permit is in force, and that is known
		allGood        = true
	)
	for _, p := range e.permits {
		switch p.State {
		case license.Unknown:
			unknown = true
			fallthrough
		case license.Valid:
			someValid = someValid || p.State == license.Valid
			perhapsInForce = true
			perhapsGood = perhapsGood || p.Recognised
		}
		allGood = allGood && p.State == license.Valid && p.Counts()
	}
	recognitionKnown := e.checked(RecognitionCheck) != NotDone
	switch {
	case e.standing.version != "" || e.standing.future || e.standing.ended || !perhapsInForce:
		e.outcome = Invalid
	case recognitionKnown && !perhapsGood:
		e.outcome = NotRecognised
	case unknown || !recognitionKnown || e.standing.gap != "" || e.checked(TrustCheck) != Passed:
		e.outcome = Unknown
	case !allGood:
		e.outcome = PartiallyValid
	default:
		e.outcome = Valid
	}
	if v := e.standing.version; v != "" && v != Superseded && someValid {
		e.warn(PermitsRemainInForce)
	}
	e.state = e.summary(unknown, perhapsInForce)
}

// summary is the state of the license itself, wherever it is shown: of
// recognition it knows nothing.
func (e *examination) summary(unknown, perhapsInForce bool) license.State {
	switch e.standing.version {
	case "":
	case Superseded:
		return license.Superseded
	case Suspended:
		return license.Suspended
	case Revoked:
		return license.Revoked
	case Withdrawn:
		return license.Withdrawn
	case Cancelled:
		return license.Cancelled
	default:
		return license.Invalid
	}
	switch {
	case e.standing.future:
		return license.NotYetValid
	case unknown && perhapsInForce:
		return license.Unknown
	}
	states := make([]license.State, len(e.permits))
	for i, p := range e.permits {
		states[i] = p.State
	}
	return license.Summary(states)
}
