package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// maxLine is longer than any line that is written, in bytes.
const maxLine = 16 << 10

// Read calls each for the lines of the days from one to another, both included, oldest
// file first. Lines that are damaged are skipped and counted. A folder that is not there
// has no lines.
func Read(dir string, from, to time.Time, each func(Line)) (damaged int, err error) {
	f := &folder{path: dir}
	files, err := f.files()
	if err != nil {
		return 0, fmt.Errorf("reading the audit log: %w", err)
	}
	for _, file := range files {
		if file.day < from.UTC().Format(dayFormat) || file.day > to.UTC().Format(dayFormat) {
			continue
		}
		skipped, err := readFile(filepath.Join(dir, file.name()), each)
		damaged += skipped
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a server deletes old files meanwhile
			return damaged, fmt.Errorf("reading the audit log: %w", err)
		}
	}
	return damaged, nil
}

func readFile(path string, each func(Line)) (damaged int, err error) {
	opened, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer opened.Close()
	return ReadLines(opened, each)
}

// ReadLines calls each for the lines of one file. Lines that are damaged are skipped and
// counted.
func ReadLines(r io.Reader, each func(Line)) (damaged int, err error) {
	buffered := bufio.NewReaderSize(r, maxLine)
	for {
		text, err := buffered.ReadSlice('\n')
		tooLong := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = buffered.ReadSlice('\n')
		}
		line, ok := parse(text)
		switch {
		case !tooLong && len(bytes.TrimSpace(text)) == 0:
		case tooLong || !ok:
			damaged++
		default:
			each(line)
		}
		if errors.Is(err, io.EOF) {
			return damaged, nil
		}
		if err != nil {
			return damaged, err
		}
	}
}

// parse reads a line. Figures that no call has are damage too: they would spoil the sums.
func parse(text []byte) (line Line, ok bool) {
	if json.Unmarshal(text, &line) != nil || line.Time.IsZero() || line.Tool == "" || line.Code == "" {
		return Line{}, false
	}
	const most = 1_000_000_000
	counts := []int{line.PromptTokens, line.CompletionTokens}
	for _, n := range counts {
		if n < 0 || n > most {
			return Line{}, false
		}
	}
	if cost := line.CostEUR; cost != nil && !(*cost >= 0 && *cost <= most) {
		return Line{}, false
	}
	return line, true
}
