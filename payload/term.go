package payload

import "yizheng/license"

// A permit's last day is nearly always so many years after its first, less a
// day, or the end of a year: one code says so, and only others are written
// out. The codes share a byte with a flag, so there are 63 of them.
const (
	termNone      = 0  // the permit has no end
	termYears     = 1  // 1 to 30: the day before the same day so many years on
	termYearEnd   = 31 // 31 to 61: 31 December of the year so many after the first day's, 0 to 30
	termExplicit  = 62 // the number of days from the first to the last follows
	termMaxYears  = 30
	termCodeLimit = 63
)

// termCode gives the least code that says until, of a permit from the day
// from.
func termCode(from, until license.Date) byte {
	if until.IsZero() {
		return termNone
	}
	years := until.Start().Year() - from.Start().Year()
	for n := max(years, 1); n <= min(years+1, termMaxYears); n++ {
		if yearsAfter(from, n) == until {
			return termYears + byte(n) - 1
		}
	}
	if 0 <= years && years <= termMaxYears && yearEnd(from, years) == until {
		return termYearEnd + byte(years)
	}
	return termExplicit
}

// termUntil gives the day that a code other than termExplicit says; false
// where there is no such day, or no such code.
func termUntil(from license.Date, code byte) (license.Date, bool) {
	switch {
	case code == termNone:
		return 0, true
	case code < termYearEnd:
		until := yearsAfter(from, int(code-termYears)+1)
		return until, !until.IsZero()
	case code < termExplicit:
		until := yearEnd(from, int(code-termYearEnd))
		return until, !until.IsZero()
	}
	return 0, false
}

// yearsAfter is the day before the same day n years on, and no day where that
// lies beyond what a Date can hold.
func yearsAfter(from license.Date, n int) license.Date {
	next := from.AddYears(n)
	if next.IsZero() {
		return 0
	}
	return next - 1
}

func yearEnd(from license.Date, n int) license.Date {
	start := from.Start()
	return license.DateOf(start.AddDate(n, 12-int(start.Month()), 31-start.Day()))
}
