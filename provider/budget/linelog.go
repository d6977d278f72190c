package budget

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// lineLog is a file to which several processes append lines, without a lock.
type lineLog struct {
	path   string
	holds  string // what a line is, for errors
	offset int64  // up to which it was read
	read   int64  // bytes that were read, also of a file that was replaced
}

// maxLine is longer than any line that is written; a longer one is read in pieces, none
// of which means anything.
const maxLine = 256

// append writes a line with one call. The line break before it separates it from a line
// that another process has left half written.
func (l *lineLog) append(line string) error {
	file, err := l.openToAppend()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "\n%s\n", line)
	return errors.Join(err, file.Close())
}

// openToAppend opens the file and creates it if it does not exist.
func (l *lineLog) openToAppend() (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// openRest opens the file where it was read up to. It returns nil without one.
func (l *lineLog) openRest() (*os.File, error) {
	file, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(l.offset, io.SeekStart); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// readAppended reads the lines that were appended since the last call, but for a last one
// without an end and blank ones. A line that take refuses is skipped, and returned as an
// error after all others are read.
func (l *lineLog) readAppended(take func(line string) bool) error {
	file, err := l.openRest()
	if file == nil {
		return err
	}
	defer file.Close()
	var damage error
	if info, err := file.Stat(); err == nil && info.Size() < l.offset {
		l.offset = 0 // what was read stays read
		damage = fmt.Errorf("%s was emptied or replaced", l.path)
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
		l.offset += int64(len(line))
		l.read += int64(len(line))
		text := strings.TrimSpace(string(line))
		if err != nil || text != "" && !take(text) {
			damage = l.damaged()
		}
	}
}

// rest returns the last line if it has no end.
func (l *lineLog) rest() (string, error) {
	file, err := l.openRest()
	if file == nil {
		return "", err
	}
	defer file.Close()
	rest, err := io.ReadAll(io.LimitReader(file, maxLine))
	return strings.TrimSpace(string(rest)), err
}

func (l *lineLog) damaged() error {
	return fmt.Errorf("%s has a line that is not %s", l.path, l.holds)
}
