package budget

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// dailySpend is the sums of days. With a folder a sum outlives the process and is
// shared by all processes with the same folder and service: each appends the amounts
// that it adds to the file of the day. This needs no lock. A process reads the file
// after it has appended, so if two append at the same time, at least one reads both.
//
// What batches add beside their estimates is in a second file of the day, which
// programs without batches do not read: see [batchLog].
//
// The clock may be wrong for a while, so a day that seems to be over keeps its sum: when
// the clock is right again, what was spent before is still known.
type dailySpend struct {
	folder  string // "" keeps the sums in memory only
	service string // a hash of its address, in the names of the files
	log     *slog.Logger

	days   map[string]*daySum
	warned bool
}

// daySum is what is known of a day.
type daySum struct {
	sum     money
	amounts lineLog
	batches batchLog
}

// keptDays is how many days before the current one are kept, of those with a file.
const keptDays = 7

// The files of a day are named so, with the service and the day.
const (
	spentPrefix   = "spent-"
	batchesPrefix = "batches-"
)

// newDailySpend returns the sum of the service with this address.
func newDailySpend(folder, service string, log *slog.Logger) *dailySpend {
	sum := sha256.Sum256([]byte(service))
	return &dailySpend{folder: folder, service: fmt.Sprintf("%x-", sum[:8]), log: log, days: map[string]*daySum{}}
}

// ErrSpending is the error of [New] if the day's spending cannot be kept on disk.
var ErrSpending = errors.New("the day's spending cannot be kept")

// open checks that the day's file can be appended to, and reads it: a budget must not
// start with a sum that it does not know. A damaged line of a batch is no reason not to
// start, since the estimate of the batch then stays.
func (d *dailySpend) open(day string) error {
	if d.folder == "" {
		return nil
	}
	known := d.of(day)
	file, err := known.amounts.openToAppend()
	if err == nil {
		err = errors.Join(file.Close(), known.readAmounts(), known.checkRest())
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSpending, err)
	}
	return nil
}

// of returns what is known of a day, without what was appended since it was read.
func (d *dailySpend) of(day string) *daySum {
	known, ok := d.days[day]
	if !ok {
		known = &daySum{batches: batchLog{spent: map[string]*batchSpend{}}}
		if d.folder != "" {
			known.amounts = lineLog{path: d.file(spentPrefix, day), holds: "an amount"}
			known.batches.lineLog = lineLog{path: d.file(batchesPrefix, day), holds: "an amount of a batch"}
		}
		d.days[day] = known
		d.forgetOldDays(day)
	}
	return known
}

// sumOn returns the sum of a day.
func (d *dailySpend) sumOn(day string) money {
	known := d.of(day)
	if d.folder != "" {
		d.warn(known.readAmounts())
		d.warn(known.batches.read())
	}
	return min(max(0, known.sum+known.batches.difference), maxMoney)
}

// add adds an amount, which may be negative, to the sum of a day and returns the sum. No
// day is that of a charge that was never reserved.
func (d *dailySpend) add(day string, amount money) money {
	if day == "" {
		return 0
	}
	known := d.of(day)
	switch {
	case amount == 0:
	case d.folder == "":
		known.count(amount)
	default:
		if err := known.amounts.append(strconv.FormatInt(int64(amount), 10)); err != nil {
			d.warn(err)
			known.count(amount)
		}
	}
	return d.sumOn(day)
}

func (s *daySum) count(amount money) { s.sum = min(max(0, s.sum+amount), maxMoney) }

func (d *dailySpend) file(prefix, day string) string {
	return filepath.Join(d.folder, prefix+d.service+day+".log")
}

// readAmounts counts the amounts that were appended since the last call.
func (s *daySum) readAmounts() error {
	return s.amounts.readAppended(func(line string) bool {
		amount, ok := parseAmount(line)
		if ok {
			s.count(amount)
		}
		return ok
	})
}

// checkRest returns an error for a last line without an end that cannot become an amount.
func (s *daySum) checkRest() error {
	rest, err := s.amounts.rest()
	if err != nil || rest == "" || rest == "-" {
		return err
	}
	if _, ok := parseAmount(rest); !ok {
		return s.amounts.damaged()
	}
	return nil
}

func parseAmount(text string) (amount money, ok bool) {
	parsed, err := strconv.ParseInt(text, 10, 64)
	return money(parsed), err == nil && parsed >= -int64(maxMoney) && parsed <= int64(maxMoney)
}

// forgetOldDays removes what is known of days that are well over: all before the current
// one but the last few, however long ago those are by a clock that may be wrong. A day
// after the current one is kept: maybe the clock was right then.
func (d *dailySpend) forgetOldDays(current string) {
	old := func(days []string) []string {
		days = slices.DeleteFunc(days, func(day string) bool { return day >= current })
		slices.Sort(days)
		return days[:max(0, len(days)-keptDays)]
	}
	for _, day := range old(slices.Collect(maps.Keys(d.days))) {
		delete(d.days, day)
	}
	for _, prefix := range []string{spentPrefix, batchesPrefix} {
		for _, day := range old(d.daysOnDisk(prefix)) {
			_ = os.Remove(d.file(prefix, day)) // another process may have removed it
		}
	}
}

// daysOnDisk returns the days that have a file.
func (d *dailySpend) daysOnDisk(prefix string) []string {
	if d.folder == "" {
		return nil
	}
	var days []string
	files, _ := os.ReadDir(d.folder)
	for _, file := range files {
		day, isLog := strings.CutSuffix(strings.TrimPrefix(file.Name(), prefix+d.service), ".log")
		if strings.HasPrefix(file.Name(), prefix+d.service) && isLog {
			days = append(days, day)
		}
	}
	return days
}

// warn logs the first error only: the budget goes on with the sum that it knows.
func (d *dailySpend) warn(err error) {
	if err != nil && !d.warned {
		d.warned = true
		d.log.Warn("the day's spending cannot be kept on disk", "error", err)
	}
}
