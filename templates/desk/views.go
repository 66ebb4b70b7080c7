package desk

import (
	"encoding/base64"
	"strconv"
	"time"

	"yizheng/license"
)

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// Problem is what the page of an error says beside its title.
type Problem struct {
	Status   int
	Detail   Text
	Scopes   []string       // any of which would have been needed
	Faults   license.Faults // what is wrong with what was sent
	Request  string         // its number, as the log has it
	LoggedIn bool
	Again    string // the address to try again; empty where that does not help
}

// LoginPage is where people log in.
type LoginPage struct {
	Provider bool // there is one
	Accounts []Account
	To       string // where to go on
	Out      bool   // somebody has just logged out
	Ended    bool   // something was sent after the log-in had ended, and was not done
	Goodbye  string // where to log out of the provider as well; empty for nowhere
}

// Account is one of a demonstration's.
type Account struct {
	Name      Text
	Authority string
}

// Overview is the desk's first page.
type Overview struct {
	Tiles   []Tile
	Recent  []Line
	Reads   bool // licenses may be looked for
	Issues  bool
	Records bool // checks, on the pages of their results
}

// Tile is one number with what it means, and where to go on.
type Tile struct {
	Class   string // good, warn, bad or unknown
	Icon    string
	Number  string
	Means   Text
	Detail  Text
	Address string
}

// Line is a license, or one of its permits, in a list.
type Line struct {
	Number     string
	Holder     string
	CreditCode string
	Industry   string
	State      license.State // of the license today
	IssuedAt   time.Time
	Permit     *license.Permit // which was found; nil where the license as a whole was
	Standing   license.State   // of that permit today
	Days       int             // until it ends; negative when it has
	InForce    int
	Permits    int
}

// SearchPage is a list with what it was looked for by.
type SearchPage struct {
	Form       SearchForm
	Industries []string
	Lines      []Line
	Next       string // address of the next page; empty at the end
	First      string // address of the first page; empty on it
	Unfinished bool
	Asked      bool // something was looked for
	Narrowed   bool // by more than a text
	Fault      *Text
	Issues     bool
}

// SearchForm is what somebody looks for.
type SearchForm struct {
	Text     string
	Industry string
	State    string
	From     string
	Until    string
}

// LicensePage is all that is known of a license.
type LicensePage struct {
	License  license.License
	State    license.State // today
	IssuedAt time.Time
	Newest   bool // of its versions
	Versions []VersionLine
	Permits  []PermitView
	Hidden   int // permits of other authorities, which are not shown
	Files    []File
	Trail    []Act
	Checks   []license.Verification
	Filings  []FilingLine

	Links []HolderLink // open ones

	Issues, SeesChecks, SeesFilings bool
	Token                           string
}

// HolderLink is a link by which the holder shows its licenses.
type HolderLink struct {
	ID     string
	MadeAt time.Time
	MadeBy string
}

// LinkPage tells a link that was just made.
type LinkPage struct {
	License license.License
	Address string
	ID      string
}

// VersionLine is one version of a license.
type VersionLine struct {
	Identifier license.Identifier
	State      license.State
	IssuedAt   time.Time
	Shown      bool
}

// PermitView is a permit and what may be done with it.
type PermitView struct {
	license.Permit
	State license.State // today
	Acts  []ActChoice
}

// ActChoice is an act that may follow on where a permit stands.
type ActChoice struct {
	Act string
	Text
	Final bool
}

// File is something to look at or to keep.
type File struct {
	Text
	Address string
}

// Act is one line of what was done.
type Act struct {
	At     time.Time
	Actor  string
	What   Text
	On     string
	Detail string
}

// FilingLine is one event and how far it came.
type FilingLine struct {
	License  string
	Sequence int64
	What     Text
	At       time.Time
	State    Text
	Class    string
	Icon     string
	Attempts int
	Next     time.Time
	Problem  string
	Receipt  string
	Dead     bool
}

// ActPage asks for the reason of an act before it is carried out.
type ActPage struct {
	License license.License
	Permit  *license.Permit // nil when the license itself is withdrawn
	State   license.State
	Act     ActChoice
	Means   Text
	Key     string // of the form: it acts once
	Reason  string
	Faults  license.Faults
}

// BatchesPage lists files of many rows, and takes another one.
type BatchesPage struct {
	Token, Key   string
	Issues, Acts bool
	Jobs         []Job
	Faults       license.Faults // of the file that was just handed in
}

// BatchPage is one file of many rows.
type BatchPage struct {
	Job   Job
	Token string
}

// Job is a file of many rows and how far it is.
type Job struct {
	ID                       string
	Work                     Text
	Format                   string
	Bytes                    int64
	Subject                  string
	CreatedAt, EndedAt       time.Time
	State                    Text
	Class, Icon              string
	Ended, Cancelling        bool
	ValidateOnly, SkipFaulty bool
	Progress                 *JobProgress
	Outcome                  *JobOutcome
	Files                    []File
}

// JobProgress is how far a job is.
type JobProgress struct {
	Phase               Text
	Rows, Total, Faulty int
	Part                float64 // 0 to 1; negative where not known
	Remaining           string  // empty where not known
}

// Count says how many rows are done, of how many where that is known.
func (p JobProgress) Count() string {
	if p.Total > 0 {
		return strconv.Itoa(p.Rows) + " / " + strconv.Itoa(p.Total)
	}
	return strconv.Itoa(p.Rows)
}

// JobOutcome is what a job came to.
type JobOutcome struct {
	Rows, Faulty, Faults, Done, Refused int
	Wrong                               license.Faults // with the file as a whole
	Failed                              bool           // for a reason that the log has
}

// LibraryPage is what has not reached the e-license library.
type LibraryPage struct {
	Pending, Dead     int64
	Oldest            time.Time
	Letters, Waiting  []FilingLine
	Next, First       string
	Token             string
	FilesAgain, Reads bool
}

// ExpiringPage lists permits that end soon.
type ExpiringPage struct {
	Days        int
	Spans       []int
	Lines       []Line
	Next, First string
	Unfinished  bool
	Issues      bool
}

// StatisticsPage counts within a year.
type StatisticsPage struct {
	From, Until string
	Plots       []Plot
}
