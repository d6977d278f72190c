package provider

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// boundedLines reads lines, of which none may be longer than a bound.
type boundedLines struct {
	body    *bufio.Reader
	most    int
	line    []byte // the current one, without its end; the next call reuses it
	skipped int    // lines that were longer
	err     error  // what ended the reading, but for the end
}

func newLineReader(body io.Reader, most int) *boundedLines {
	return &boundedLines{body: bufio.NewReaderSize(body, 64<<10), most: most}
}

// next reads the next line that is not blank and not too long; false ends the reading.
func (b *boundedLines) next() bool {
	for b.err == nil {
		tooLong, end := b.read()
		if tooLong {
			b.skipped++
		}
		if b.line = bytes.TrimSpace(b.line); !tooLong && len(b.line) > 0 && b.err == nil {
			return true
		}
		if end {
			return false
		}
	}
	return false
}

// read reads a line, or passes over it.
func (b *boundedLines) read() (tooLong, end bool) {
	b.line = b.line[:0]
	for {
		part, err := b.body.ReadSlice('\n')
		if tooLong = tooLong || len(b.line)+len(part) > b.most; !tooLong {
			b.line = append(b.line, part...)
		}
		switch {
		case err == nil:
			return tooLong, false
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return tooLong, true
		default:
			b.err = err
			return tooLong, true
		}
	}
}
