package budget

import "time"

// period is what a limit is for: a day or a calendar month, UTC. Its value is the layout of
// [time.Time.Format] that names one of them, also in the names of files.
type period string

const (
	day   period = time.DateOnly
	month period = "2006-01"
)

func (p period) String() string {
	if p == month {
		return "month"
	}
	return "day"
}

// kept returns how many periods before the current one are kept, of those with a file.
func (p period) kept() int {
	if p == month {
		return 2
	}
	return 7
}

// current returns the name of the current period.
func (p period) current() string { return time.Now().UTC().Format(string(p)) }

// end returns when the current period ends.
func (p period) end() time.Time {
	now := time.Now().UTC()
	if p == month {
		return time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, time.UTC)
}
