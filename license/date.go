package license

import (
	"fmt"
	"time"
)

// Date is a calendar day in Asia/Shanghai: the number of days since
// 2000-01-01, plus one. The zero Date is no day. Permits and licenses run in
// whole days of that zone, wherever the verifier stands.
type Date uint16

// shanghai is fixed: China has kept UTC+8 without summer time since 1992, and
// a table of zones would have to travel with every verifier.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, shanghai)

// maxDate is 2179-06-05, the last day that a Date can hold.
const maxDate = 1<<16 - 1

// DateOf gives the day in Asia/Shanghai on which the instant t falls. It is
// the zero Date where t lies outside 2000-01-01 … 2179-06-05.
func DateOf(t time.Time) Date {
	seconds := t.Unix() - epoch.Unix()
	if seconds < 0 || seconds/86400 >= maxDate {
		return 0
	}
	return Date(seconds/86400 + 1)
}

// ParseDate reads the form 2006-01-02. Days that do not exist, days before
// 2000-01-01 and days after 2179-06-05 are errors.
func ParseDate(s string) (Date, error) {
	t, err := time.ParseInLocation(time.DateOnly, s, shanghai)
	if err != nil {
		return 0, fmt.Errorf("%q is not a day of the form YYYY-MM-DD", s)
	}
	d := DateOf(t)
	if d.IsZero() {
		return 0, fmt.Errorf("%s lies outside 2000-01-01 to 2179-06-05", s)
	}
	return d, nil
}

// IsZero says whether d is no day.
func (d Date) IsZero() bool { return d == 0 }

// Start is the first instant of the day. It must not be called on the zero
// Date.
func (d Date) Start() time.Time { return epoch.Add(time.Duration(int(d)-1) * 24 * time.Hour) }

// AddYears gives the same day of the month n years on; 29 February becomes
// 1 March where there is none.
func (d Date) AddYears(n int) Date { return DateOf(d.Start().AddDate(n, 0, 0)) }

// String gives the form 2006-01-02, and the empty string for no day.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Start().Format(time.DateOnly)
}

// AppendText appends the form 2006-01-02, and nothing for no day.
func (d Date) AppendText(b []byte) ([]byte, error) {
	if d.IsZero() {
		return b, nil
	}
	return d.Start().AppendFormat(b, time.DateOnly), nil
}

// MarshalText gives the form 2006-01-02.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the form 2006-01-02.
func (d *Date) UnmarshalText(b []byte) error {
	parsed, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
