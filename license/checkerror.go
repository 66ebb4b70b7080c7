package license

import "fmt"

// CheckError says that the last character of a code, which checks the others,
// does not: it or one of them is mistyped. It unwraps to the error of its kind
// of code, such as [ErrCreditCode].
type CheckError struct {
	Text string // the whole code
	Want byte   // the last character that would fit the others
	kind error
}

// Error names the code and the character that would fit.
func (e *CheckError) Error() string {
	return fmt.Sprintf("%v: the check character of %s must be %c", e.kind, e.Text, e.Want)
}

// Unwrap gives the error of the kind of code.
func (e *CheckError) Unwrap() error { return e.kind }
