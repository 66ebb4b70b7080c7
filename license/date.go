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
	if len(s) != len(time.DateOnly) || s[4] != '-' || s[7] != '-' || !allDigits(s[:4]) || !allDigits(s[5:7]) || !allDigits(s[8:]) {
		return 0, fmt.Errorf("%q is not a day of the form YYYY-MM-DD", s)
	}
	digits := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	month, day := time.Month(digits(5)), digits(8)
	t := time.Date(digits(0)*100+digits(2), month, day, 0, 0, 0, 0, shanghai)
	if t.Month() != month || t.Day() != day { // it is counted on
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
	var room [len(time.DateOnly)]byte
	return string(d.appendTo(room[:0]))
}

// AppendText appends the form 2006-01-02, and nothing for no day.
func (d Date) AppendText(b []byte) ([]byte, error) { return d.appendTo(b), nil }

func (d Date) appendTo(b []byte) []byte {
	if d.IsZero() {
		return b
	}
	year, month, day := d.Start().Date()
	two := func(n int) { b = append(b, byte('0'+n/10), byte('0'+n%10)) }
	two(year / 100)
	two(year % 100)
	b = append(b, '-')
	two(int(month))
	b = append(b, '-')
	two(day)
	return b
}

// MarshalText gives the form 2006-01-02.
func (d Date) MarshalText() ([]byte, error) { return d.AppendText(nil) }

// UnmarshalText reads the form 2006-01-02.
func (d *Date) UnmarshalText(b []byte) error {
	parsed, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
