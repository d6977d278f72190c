// Package mend completes image files that are cut or damaged, so that a strict
// decoder reads what is there of them. What is missing becomes plain: the last
// colour, white, or transparent. Its functions are pure and safe on any data. Their
// work is bounded by the length of the file and the pixels that it may have, and
// ends with the context.
package mend

import (
	"context"
	"errors"
	"io"
)

// ErrNothing is the error for a file of which no pixel can be saved.
var ErrNothing = errors.New("nothing is left of its pixels")

// ErrTooLarge is the error for a file of more pixels than are allowed.
var ErrTooLarge = errors.New("it has too many pixels")

// endless repeats one byte.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// contextReader fails once its context has ended.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// untilError ends where r fails, as if there were nothing more, unless its context
// has ended.
type untilError struct {
	ctx context.Context
	r   io.Reader
}

func (u untilError) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err != nil {
		if u.ctx.Err() != nil {
			return n, u.ctx.Err()
		}
		err = io.EOF
	}
	return n, err
}
