package budget

import (
	"log/slog"
	"testing"
)

// No clock of a test runs backwards, so the days are given.
func TestDaysThatComeBack(t *testing.T) {
	t.Parallel()
	for name, folder := range map[string]string{"in memory": "", "on disk": t.TempDir()} {
		d := newSpending(folder, day, slog.New(slog.DiscardHandler), "https://one.test")
		for _, step := range []struct {
			day  string
			add  money
			want money // the day's sum after it
		}{
			{"2026-11-26", 5, 5},
			{"2026-11-25", 0, 0}, // the clock is set back …
			{"2026-11-25", 7, 7},
			{"2026-11-26", 0, 5}, // … and forward again
			{"2027-11-26", 2, 2}, // it jumps ahead …
			{"1970-01-01", 1, 1},
			{"2026-11-26", 3, 8}, // … and back
			{"2026-11-27", 1, 1}, // the next day
			{"2026-11-26", -3, 5},
			{"2027-11-26", 0, 2},
		} {
			if got := d.add(step.day, step.add); got != step.want {
				t.Errorf("%s: %d on %s after %d more, want %d", name, got, step.day, step.add, step.want)
			}
		}
	}
}
