package provider

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
)

// event is one of a stream of server-sent events.
type event struct {
	kind string // its field "event"
	data []byte
}

// eventReader reads server-sent events. The library's own looks at a line anew with
// each piece of it that the network brings, which takes minutes for a long line that
// comes in small pieces.
type eventReader struct {
	body  *bufio.Reader
	line  []byte // the last one
	event event
	large func() error // is asked before a large event is read; nil allows it
	err   error        // what ended the reading, but for the end of the stream
}

// maxKept is the largest buffer of an event, or a line, that is kept for the next one.
const maxKept = 64 << 10

// linesBetween is how many lines are read before the reader asks again whether somebody
// waits: a stream may have millions of comments, and no event.
const linesBetween = 1024

// next reads the next event that has data. The data may be overwritten by the next call. It
// returns false at the end of the stream and once ctx ends; an event without the blank
// line after it was cut off.
func (r *eventReader) next(ctx context.Context) bool {
	r.event.kind, r.event.data = "", r.event.data[:0]
	if cap(r.event.data) > maxKept {
		r.event.data = nil
	}
	for lines := 1; r.readLine(); lines++ {
		if lines%linesBetween == 0 && ctx.Err() != nil {
			return false
		}
		name, value, _ := bytes.Cut(r.line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch {
		case len(r.line) == 0 && len(r.event.data) > 0:
			return true
		case len(r.line) == 0:
			r.event.kind = ""
		case string(name) == "event":
			r.event.kind = string(value)
		case string(name) == "data":
			r.event.data = append(append(r.event.data, value...), '\n')
		}
	}
	return false
}

// readLine reads a line without its end.
func (r *eventReader) readLine() bool {
	if r.line = r.line[:0]; cap(r.line) > maxKept {
		r.line = nil
	}
	for {
		part, err := r.body.ReadSlice('\n')
		r.line = append(r.line, part...)
		if r.large != nil && len(r.line)+len(r.event.data) > largeAnswer {
			if r.err = r.large(); r.err != nil {
				return false
			}
		}
		switch {
		case err == nil:
			r.line = bytes.TrimSuffix(bytes.TrimSuffix(r.line, []byte("\n")), []byte("\r"))
			return true
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return false
		default:
			r.err = err
			return false
		}
	}
}
