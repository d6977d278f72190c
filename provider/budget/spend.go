package budget

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
// The clock may be wrong for a while, so a day that seems to be over keeps its sum: when
// the clock is right again, what was spent before is still known.
type dailySpend struct {
	folder string // "" keeps the sums in memory only
	prefix string // of the names of the files
	log    *slog.Logger

	days   map[string]*daySum
	warned bool
}

// daySum is what is known of a day.
type daySum struct {
	sum    money
	offset int64 // in the day's file, up to which it was read
}

// keptDays is how many days before the current one are kept, of those with a file.
const keptDays = 7

// newDailySpend returns the sum of the service with this address.
func newDailySpend(folder, service string, log *slog.Logger) *dailySpend {
	sum := sha256.Sum256([]byte(service))
	return &dailySpend{folder: folder, prefix: fmt.Sprintf("spent-%x-", sum[:8]), log: log, days: map[string]*daySum{}}
}

// ErrSpending is the error of [New] if the day's spending cannot be kept on disk.
var ErrSpending = errors.New("the day's spending cannot be kept")

// open checks that the day's file can be appended to, and reads it: a budget must not
// start with a sum that it does not know.
func (d *dailySpend) open(day string) error {
	if d.folder == "" {
		return nil
	}
	file, err := d.openToAppend(day)
	if err == nil {
		err = errors.Join(file.Close(), d.readAppended(day), d.checkRest(day))
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
		known = &daySum{}
		d.days[day] = known
		d.forgetOldDays(day)
	}
	return known
}

// sumOn returns the sum of a day.
func (d *dailySpend) sumOn(day string) money {
	d.warn(d.readAppended(day))
	return d.of(day).sum
}

// add adds an amount, which may be negative, to the sum of a day and returns the sum. No
// day is that of a charge that was never reserved.
func (d *dailySpend) add(day string, amount money) money {
	if day == "" {
		return 0
	}
	switch {
	case amount == 0:
	case d.folder == "":
		d.of(day).count(amount)
	default:
		if err := d.append(day, amount); err != nil {
			d.warn(err)
			d.of(day).count(amount)
		}
	}
	return d.sumOn(day)
}

func (s *daySum) count(amount money) { s.sum = min(max(0, s.sum+amount), maxMoney) }

func (d *dailySpend) file(day string) string { return filepath.Join(d.folder, d.prefix+day+".log") }

// append writes a line with one call. The line break before it separates it from a line
// that another process has left half written.
func (d *dailySpend) append(day string, amount money) error {
	file, err := d.openToAppend(day)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "\n%d\n", amount)
	return errors.Join(err, file.Close())
}

// openToAppend opens the day's file and creates it if it does not exist.
func (d *dailySpend) openToAppend(day string) (*os.File, error) {
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(d.file(day), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// openRest opens the day's file where it was read up to. It returns nil without one.
func (d *dailySpend) openRest(day string) (*os.File, error) {
	if d.folder == "" {
		return nil, nil
	}
	file, err := os.Open(d.file(day))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(d.of(day).offset, io.SeekStart); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// readAppended counts what was appended since the last call. A line that is not an
// amount is skipped, and returned as an error after all others are counted.
func (d *dailySpend) readAppended(day string) error {
	file, err := d.openRest(day)
	if file == nil {
		return err
	}
	defer file.Close()
	known := d.of(day)
	var damage error
	if info, err := file.Stat(); err == nil && info.Size() < known.offset {
		known.offset = 0 // what was counted stays counted
		damage = fmt.Errorf("%s was emptied or replaced", d.file(day))
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	lines := bufio.NewReaderSize(file, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF):
			return damage
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
		known.offset += int64(len(line))
		amount, ok := parseAmount(string(line))
		if !ok || err != nil {
			damage = d.damaged(day)
			continue
		}
		known.count(amount)
	}
}

// maxLine is longer than any amount; a longer line is read in pieces, none of which is
// one.
const maxLine = 128

// checkRest returns an error for a last line without an end that cannot become an amount.
func (d *dailySpend) checkRest(day string) error {
	file, err := d.openRest(day)
	if file == nil {
		return err
	}
	defer file.Close()
	rest, err := io.ReadAll(io.LimitReader(file, maxLine))
	if err != nil {
		return err
	}
	if _, ok := parseAmount(string(rest)); !ok && strings.TrimSpace(string(rest)) != "-" {
		return d.damaged(day)
	}
	return nil
}

func (d *dailySpend) damaged(day string) error {
	return fmt.Errorf("%s has a line that is not an amount", d.file(day))
}

// parseAmount reads a line; a blank one is 0.
func parseAmount(line string) (amount money, ok bool) {
	if line = strings.TrimSpace(line); line == "" {
		return 0, true
	}
	parsed, err := strconv.ParseInt(line, 10, 64)
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
	if d.folder == "" {
		return
	}
	var days []string
	files, _ := os.ReadDir(d.folder)
	for _, file := range files {
		day, isLog := strings.CutSuffix(strings.TrimPrefix(file.Name(), d.prefix), ".log")
		if strings.HasPrefix(file.Name(), d.prefix) && isLog {
			days = append(days, day)
		}
	}
	for _, day := range old(days) {
		_ = os.Remove(d.file(day)) // another process may have removed it
	}
}

// warn logs the first error only: the budget goes on with the sum that it knows.
func (d *dailySpend) warn(err error) {
	if err != nil && !d.warned {
		d.warned = true
		d.log.Warn("the day's spending cannot be kept on disk", "error", err)
	}
}
