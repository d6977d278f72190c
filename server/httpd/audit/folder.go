package audit

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

const dayFormat = "2006-01-02"

// folder holds the files: audit-2026-11-26.jsonl, and audit-2026-11-26.1.jsonl and so on
// once it is full. Only one goroutine uses it.
type folder struct {
	path    string
	maxSize int64 // of a file

	day    string // of the last line
	number int    // of its file
}

// append writes a line with one call, so that those of several processes do not mix. The
// file is opened anew each time: it may have been moved or deleted.
func (f *folder) append(at time.Time, line []byte) error {
	if day := at.Format(dayFormat); day != f.day {
		f.day, f.number = day, 0
	}
	for {
		full, err := f.appendTo(file{f.day, f.number}, line)
		if !full {
			return err
		}
		f.number++
	}
}

func (f *folder) appendTo(to file, line []byte) (full bool, err error) {
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return false, err
	}
	opened, err := os.OpenFile(filepath.Join(f.path, to.name()), os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	info, err := opened.Stat()
	switch {
	case err != nil:
		return false, err
	case info.Size() > 0 && info.Size()+int64(len(line)) > f.maxSize:
		return true, nil
	}
	if last := make([]byte, 1); info.Size() > 0 {
		if _, err := opened.ReadAt(last, info.Size()-1); err == nil && last[0] != '\n' {
			line = append([]byte{'\n'}, line...) // a full disk has cut the last line
		}
	}
	_, err = opened.Write(line)
	return false, err
}

// prune deletes the files of days before the one of a time.
func (f *folder) prune(before time.Time) error {
	files, err := f.files()
	for _, old := range files {
		if old.day < before.Format(dayFormat) {
			if failed := os.Remove(filepath.Join(f.path, old.name())); !errors.Is(failed, fs.ErrNotExist) {
				err = errors.Join(err, failed)
			}
		}
	}
	return err
}

// file is the name of a file, in its parts.
type file struct {
	day    string
	number int
}

func (f file) name() string {
	if f.number == 0 {
		return fmt.Sprintf("audit-%s.jsonl", f.day)
	}
	return fmt.Sprintf("audit-%s.%d.jsonl", f.day, f.number)
}

// files returns the files of the log, oldest first; none without a folder.
func (f *folder) files() ([]file, error) {
	entries, err := os.ReadDir(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	pattern := regexp.MustCompile(`^audit-(\d{4}-\d{2}-\d{2})(?:\.([1-9]\d{0,5}))?\.jsonl$`)
	var files []file
	for _, entry := range entries {
		if parts := pattern.FindStringSubmatch(entry.Name()); parts != nil && entry.Type().IsRegular() {
			number, _ := strconv.Atoi(cmp.Or(parts[2], "0"))
			files = append(files, file{parts[1], number})
		}
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.number, b.number)) })
	return files, nil
}
