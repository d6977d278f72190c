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

// dailySpend is the sum of a day. With a folder it outlives the process, and the
// processes that use the same folder and service share it: a file a day, to which
// each appends the amounts that it adds. Appending needs no lock: a process that reads
// to the end after appending sees all that came before, so of two that add at the
// same time at least one sees both.
type dailySpend struct {
	folder string // "" keeps the sum in memory only
	prefix string // of the names of the files
	log    *slog.Logger

	day    string
	sum    money
	read   int64 // bytes of the day's file
	warned bool
}

// newDailySpend makes the sum of a service, which its address tells from others.
func newDailySpend(folder, service string, log *slog.Logger) *dailySpend {
	sum := sha256.Sum256([]byte(service))
	return &dailySpend{folder: folder, prefix: fmt.Sprintf("spent-%x-", sum[:8]), log: log}
}

// ErrSpending is why [New] fails when the day's spending cannot be kept on disk.
var ErrSpending = errors.New("the day's spending cannot be kept")

// open makes sure that the day's file can be appended to, and counts what is in it: a
// budget must not begin beside a sum that it cannot read.
func (d *dailySpend) open() error {
	if d.folder == "" {
		return nil
	}
	d.day = today()
	file, err := d.appendTo()
	if err == nil {
		err = errors.Join(file.Close(), d.readOn())
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSpending, err)
	}
	d.removeOthers()
	return nil
}

// on returns the sum of a day, which is not before the last one that was asked for.
func (d *dailySpend) on(day string) money {
	if day > d.day {
		d.day, d.sum, d.read = day, 0, 0
		d.removeOthers()
	}
	d.warn(d.readOn())
	return d.sum
}

// add adds an amount, which may be negative, to the sum of a day. A day that is over
// needs no sum.
func (d *dailySpend) add(day string, amount money) money {
	if day != d.day || amount == 0 {
		return d.on(d.day)
	}
	if d.folder == "" {
		d.count(amount)
	} else if err := d.append(amount); err != nil {
		d.warn(err)
		d.count(amount)
	}
	return d.on(d.day)
}

func (d *dailySpend) count(amount money) { d.sum = min(max(0, d.sum+amount), maxMoney) }

func (d *dailySpend) file() string { return filepath.Join(d.folder, d.prefix+d.day+".log") }

// append writes a line in one piece. It begins one too, lest what another process
// left half written swallow it.
func (d *dailySpend) append(amount money) error {
	file, err := d.appendTo()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "\n%d\n", amount)
	return errors.Join(err, file.Close())
}

// appendTo opens the day's file, which it creates if need be.
func (d *dailySpend) appendTo() (*os.File, error) {
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(d.file(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// readOn counts what was appended since the last time. A line that is not an amount
// is passed over, and told of when all others are counted.
func (d *dailySpend) readOn() error {
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
	if info, err := file.Stat(); err == nil && info.Size() < d.read {
		d.read = 0 // somebody emptied or replaced it: what was counted stays counted
	}
	if _, err := file.Seek(d.read, io.SeekStart); err != nil {
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
		d.read += int64(len(line))
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		amount, err := strconv.ParseInt(line, 10, 64)
		if err != nil || amount < -int64(maxMoney) || amount > int64(maxMoney) {
			broken = fmt.Errorf("%s holds a line that is not an amount", d.file())
			continue
		}
		d.count(money(amount))
	}
}

// removeOthers removes the files of other days.
func (d *dailySpend) removeOthers() {
	if d.folder == "" {
		return
	}
	files, _ := os.ReadDir(d.folder)
	for _, file := range files {
		path := filepath.Join(d.folder, file.Name())
		if strings.HasPrefix(file.Name(), d.prefix) && path != d.file() {
			_ = os.Remove(path) // another process may have been faster
		}
	}
}

// warn logs the first problem: the guard goes on with what it knows.
func (d *dailySpend) warn(err error) {
	if err != nil && !d.warned {
		d.warned = true
		d.log.Warn("the day's spending cannot be kept on disk as it should", "error", err)
	}
}
