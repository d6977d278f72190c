package provider

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

// tally is the sum of a day. With a folder it outlives the process, and the
// processes that use the same folder and service share it: a file a day, to which
// each appends the amounts that it adds. Appending needs no lock, and whoever reads
// on to the end after appending sees all that came before, so of two that add at
// the same time at least one sees both.
type tally struct {
	folder string // "" keeps the sum in memory only
	prefix string // of the names of the files
	log    *slog.Logger

	day    string
	sum    money
	read   int64 // bytes of the day's file
	warned bool
}

// newTally makes the tally of a service, which its address tells from others.
func newTally(folder, service string, log *slog.Logger) *tally {
	sum := sha256.Sum256([]byte(service))
	return &tally{folder: folder, prefix: fmt.Sprintf("spent-%x-", sum[:8]), log: log}
}

// ErrSpending is why [New] fails when the day's spending cannot be kept on disk.
var ErrSpending = errors.New("the day's spending cannot be kept")

// open makes sure that the day's file can be appended to, and counts what is in it: a
// budget must not begin beside a sum that it cannot read.
func (t *tally) open() error {
	if t.folder == "" {
		return nil
	}
	t.day = today()
	file, err := t.appendTo()
	if err == nil {
		err = errors.Join(file.Close(), t.readOn())
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSpending, err)
	}
	t.removeOthers()
	return nil
}

// on gives the sum of a day, which is not before the last one that was asked for.
func (t *tally) on(day string) money {
	if day > t.day {
		t.day, t.sum, t.read = day, 0, 0
		t.removeOthers()
	}
	t.warn(t.readOn())
	return t.sum
}

// add adds an amount, which may be negative, to the sum of a day. A day that is over
// needs no sum.
func (t *tally) add(day string, amount money) money {
	if day != t.day || amount == 0 {
		return t.on(t.day)
	}
	if t.folder == "" {
		t.count(amount)
	} else if err := t.append(amount); err != nil {
		t.warn(err)
		t.count(amount)
	}
	return t.on(t.day)
}

func (t *tally) count(amount money) { t.sum = min(max(0, t.sum+amount), mostMoney) }

func (t *tally) file() string { return filepath.Join(t.folder, t.prefix+t.day+".log") }

// append writes a line in one piece. It begins one too, lest what another process
// left half written swallow it.
func (t *tally) append(amount money) error {
	file, err := t.appendTo()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "\n%d\n", amount)
	return errors.Join(err, file.Close())
}

// appendTo opens the day's file, which it creates if need be.
func (t *tally) appendTo() (*os.File, error) {
	if err := os.MkdirAll(t.folder, 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(t.file(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// readOn counts what was appended since the last time. A line that is not an amount
// is passed over, and told of when all others are counted.
func (t *tally) readOn() error {
	if t.folder == "" || t.day == "" {
		return nil
	}
	file, err := os.Open(t.file())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() < t.read {
		t.read = 0 // somebody emptied or replaced it: what was counted stays counted
	}
	if _, err := file.Seek(t.read, io.SeekStart); err != nil {
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
		t.read += int64(len(line))
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		amount, err := strconv.ParseInt(line, 10, 64)
		if err != nil || amount < -int64(mostMoney) || amount > int64(mostMoney) {
			broken = fmt.Errorf("%s holds a line that is not an amount", t.file())
			continue
		}
		t.count(money(amount))
	}
}

// removeOthers removes the files of other days.
func (t *tally) removeOthers() {
	if t.folder == "" {
		return
	}
	files, _ := os.ReadDir(t.folder)
	for _, file := range files {
		path := filepath.Join(t.folder, file.Name())
		if strings.HasPrefix(file.Name(), t.prefix) && path != t.file() {
			_ = os.Remove(path) // another process may have been faster
		}
	}
}

// warn logs the first problem: the guard goes on with what it knows.
func (t *tally) warn(err error) {
	if err != nil && !t.warned {
		t.warned = true
		t.log.Warn("the day's spending cannot be kept on disk as it should", "error", err)
	}
}
