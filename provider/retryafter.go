package provider

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// retryAfter reads how long a service asks to wait; false when it does not say. Retry-After
// goes before the headers that tell when a rate limit starts anew, which many gateways
// send, each in its own form, and which count only if a limit was the reason.
func retryAfter(status int, header http.Header, now time.Time) (time.Duration, bool) {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil && ms >= 0 && ms < 1e12 {
		return time.Duration(ms * float64(time.Millisecond)), true
	}
	if sent, err := http.ParseTime(header.Get("Date")); err == nil {
		now = sent // by the clock that sets the dates
	}
	if wait, ok := parseWait(header.Get("Retry-After"), now); ok {
		return wait, true
	}
	if status != http.StatusTooManyRequests {
		return 0, false
	}
	longest, found := time.Duration(0), false
	for _, value := range resets(header) {
		if wait, ok := parseWait(value, now); ok {
			longest, found = max(longest, wait), true
		}
	}
	return longest, found
}

// resets returns what headers say of the time when a rate limit starts anew.
func resets(header http.Header) []string {
	var values []string
	for _, name := range []string{
		"X-Ratelimit-Reset", "X-Ratelimit-Reset-Requests", "X-Ratelimit-Reset-Tokens", "X-Ratelimit-Reset-After", "X-Rate-Limit-Reset",
		"Ratelimit-Reset",
	} {
		values = append(values, header.Get(name))
	}
	// The drafts of the IETF: "limit=100, remaining=0, reset=30", then "default";r=0;t=30.
	if field := regexp.MustCompile(`(?:reset=|;\s*t=)(\d+)`).FindStringSubmatch(header.Get("Ratelimit")); field != nil {
		values = append(values, field[1])
	}
	return values
}

// maxWaitNamed bounds what a header can ask for.
const maxWaitNamed = 1e9 * time.Second

// parseWait reads seconds, a duration such as 1m30s, a date, or a time in seconds or
// milliseconds since 1970.
func parseWait(value string, now time.Time) (time.Duration, bool) {
	value = strings.ReplaceAll(strings.TrimSpace(value), " s", "s")
	if number, err := strconv.ParseFloat(value, 64); err == nil {
		switch {
		case number >= 1e11 && number < 1e14:
			return untilTime(time.UnixMilli(int64(number)), now), true
		case number >= 1e9 && number < 1e11:
			return untilTime(time.Unix(int64(number), 0), now), true
		case number >= 0 && number < 1e9:
			return time.Duration(number * float64(time.Second)), true
		}
		return 0, false
	}
	if wait, err := time.ParseDuration(value); err == nil {
		return wait, wait >= 0 && wait < maxWaitNamed
	}
	if at, err := http.ParseTime(value); err == nil {
		return untilTime(at, now), true
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return untilTime(at, now), true
	}
	return 0, false
}

func untilTime(at, now time.Time) time.Duration { return min(max(0, at.Sub(now)), maxWaitNamed) }
