package server

import (
	"bufio"
	"bytes"
	"errors"
	"slices"
)

// maxLine bounds a message, in bytes. It fits the images of a request before they are
// scaled down.
const maxLine = 64 << 20

// readLine reads a line, of which it keeps just more than maxLine. It keeps the pieces
// of a long one until its length is known: a line that grows takes five times its size.
func readLine(lines *bufio.Reader) (line []byte, err error) {
	var pieces [][]byte
	for size := 0; ; {
		piece, err := lines.ReadSlice('\n')
		if size <= maxLine {
			pieces = append(pieces, bytes.Clone(piece))
			if size += len(piece); size >= largeRequest && size-len(piece) < largeRequest {
				Collect(int64(size))
			}
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return joined(pieces, size), err
		}
	}
}

// joined returns the line that pieces make.
func joined(pieces [][]byte, size int) []byte {
	if len(pieces) == 1 {
		return pieces[0]
	}
	line := slices.Concat(pieces...)
	clear(pieces)
	Collect(int64(size))
	return line
}
