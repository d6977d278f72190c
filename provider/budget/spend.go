package budget

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// dailySpend is the sum of a day. With a folder the sum outlives the process and is
// shared by all processes with the same folder and service: each appends the amounts
// that it adds to the file of the day. This needs no lock. A process reads the file
// after it has appended, so if two append at the same time, at least one reads both.
type dailySpend struct {
	folder string // "" keeps the sum in memory only
	prefix string // of the names of the files
	log    *slog.Logger

	day    string
	sum    money
	offset int64 // in the day's file, up to which it was read
	warned bool
}

// newDailySpend returns the sum of the service with this address.
func newDailySpend(folder, service string, log *slog.Logger) *dailySpend {
	sum := sha256.Sum256([]byte(service))
	return &dailySpend{folder: folder, prefix: fmt.Sprintf("spent-%x-", sum[:8]), log: log}
}

// ErrSpending is the error of [New] if the day's spending cannot be kept on disk.
var ErrSpending = errors.New("the day's spending cannot be kept")

// open checks that the day's file can be appended to, and reads it: a budget must not
// start with a sum that it does not know.
func (d *dailySpend) open() error {
	if d.folder == "" {
		return nil
	}
	d.day = today()
	file, err := d.openToAppend()
	if err == nil {
		err = errors.Join(file.Close(), d.readAppended())
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSpending, err)
	}
	d.removeOtherDays()
	return nil
}

// sumOn returns the sum of a day. A day after the current one becomes the current day.
func (d *dailySpend) sumOn(day string) money {
	if day > d.day {
		d.day, d.sum, d.offset = day, 0, 0
		d.removeOtherDays()
	}
	d.warn(d.readAppended())
	return d.sum
}

// add adds an amount, which may be negative, to the sum of a day and returns the sum of
// the current day. An amount of another day is ignored: that day is over.
func (d *dailySpend) add(day string, amount money) money {
	if day != d.day || amount == 0 {
		return d.sumOn(d.day)
	}
	if d.folder == "" {
		d.count(amount)
	} else if err := d.append(amount); err != nil {
		d.warn(err)
		d.count(amount)
	}
	return d.sumOn(d.day)
}

func (d *dailySpend) count(amount money) { d.sum = min(max(0, d.sum+amount), maxMoney) }

func (d *dailySpend) file() string { return filepath.Join(d.folder, d.prefix+d.day+".log") }

// append writes a line with one call. The line break before it separates it from a line
// that another process has left half written.
func (d *dailySpend) append(amount money) error {
	file, err := d.openToAppend()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "\n%d\n", amount)
	return errors.Join(err, file.Close())
}

// openToAppend opens the day's file and creates it if it does not exist.
func (d *dailySpend) openToAppend() (*os.File, error) {
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(d.file(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// readAppended counts what was appended since the last call. A line that is not an
// amount is skipped, and returned as an error after all others are counted.
func (d *dailySpend) readAppended() error {
	if d.folder == "" || d.day == "" {
		return nil
	}
	file, err := os.Open(d.file())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() < d.offset {
		d.offset = 0 // it was emptied or replaced: what was counted stays counted
	}
	if _, err := file.Seek(d.offset, io.SeekStart); err != nil {
		return err
	}
	var broken error
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return broken
		}
		if err != nil {
			return err
		}
		d.offset += int64(len(line))
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		amount, err := strconv.ParseInt(line, 10, 64)
		if err != nil || amount < -int64(maxMoney) || amount > int64(maxMoney) {
			broken = fmt.Errorf("%s has a line that is not an amount", d.file())
			continue
		}
		d.count(money(amount))
	}
}

// removeOtherDays removes the files of other days.
func (d *dailySpend) removeOtherDays() {
	if d.folder == "" {
		return
	}
	files, _ := os.ReadDir(d.folder)
	for _, file := range files {
		path := filepath.Join(d.folder, file.Name())
		if strings.HasPrefix(file.Name(), d.prefix) && path != d.file() {
			_ = os.Remove(path) // another process may have removed it
		}
	}
}

// warn logs the first error only: the budget goes on with the sum that it knows.
func (d *dailySpend) warn(err error) {
	if err != nil && !d.warned {
		d.warned = true
		d.log.Warn("the day's spending cannot be kept on disk", "error", err)
	}
}
