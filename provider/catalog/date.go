package catalog

import "time"

// Date is a calendar day. Its zero value is a date that is missing or
// impossible in the payload, such as 31/06/2024.
type Date struct{ day time.Time }

// ParseDate reads YYYY-MM-DD or the catalogue's DD/MM/YYYY.
func ParseDate(s string) (Date, bool) {
	for _, layout := range []string{time.DateOnly, "02/01/2006"} {
		if day, err := time.Parse(layout, s); err == nil {
			return Date{day}, true
		}
	}
	return Date{}, false
}

// IsZero reports whether the date is missing.
func (d Date) IsZero() bool { return d.day.IsZero() }

// Compare is negative when d is before other; a missing date is the oldest.
func (d Date) Compare(other Date) int { return d.day.Compare(other.day) }

// String returns YYYY-MM-DD, or "" for a missing date.
func (d Date) String() string { return d.Format(time.DateOnly) }

// MarshalText returns YYYY-MM-DD, or nothing for a missing date.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText accepts what [ParseDate] accepts; anything else is a missing date.
func (d *Date) UnmarshalText(text []byte) error {
	*d, _ = ParseDate(string(text))
	return nil
}

// Format returns the date in a layout of [time.Time.Format], or "" for a missing date.
func (d Date) Format(layout string) string {
	if d.IsZero() {
		return ""
	}
	return d.day.Format(layout)
}
