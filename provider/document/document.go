// Package document is a stand-in until the real one is merged.
package document

import (
	"context"
	"unicode/utf8"
)

// Error says why data is no text.
type Error struct{ Message, Hint string }

func (e *Error) Error() string { return e.Message }

// Text returns the text of a file.
func Text(_ context.Context, data []byte) (text, encoding string, err error) {
	if !utf8.Valid(data) {
		return "", "", &Error{"is not text", "convert it first"}
	}
	return string(data), "", nil
}
