// Package document turns the bytes of a file into text for a model, or says why it
// cannot: [Text] reads every text in UTF-8 and UTF-16, and of other encodings those that
// are beyond doubt. A text in the wrong letters never passes for the right one.
package document

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
)

// Error says why a file is not read. Message ends a sentence that begins with the file's
// name, and Hint says what to do, with FILE in the place of the name.
type Error struct {
	Message string
	Hint    string
}

// Error returns the message without the hint, which the caller shows in its own form.
func (e *Error) Error() string { return "the file " + e.Message }

// Text returns the text of a file, without a byte order mark and with its line ends as
// they are, and the name of its encoding, which is "" for UTF-8. In damaged UTF-8, U+FFFD stands
// for bytes that are bad. It returns an [*Error], or the wrapped end of ctx.
func Text(ctx context.Context, data []byte) (text, encodingName string, err error) {
	text, encodingName, err = read(ctx, data)
	if ctx.Err() != nil {
		return "", "", fmt.Errorf("reading the text: %w", ctx.Err())
	}
	return text, encodingName, err
}

// read does the work of Text. Where it finds ctx at its end, it returns early with anything.
func read(ctx context.Context, data []byte) (text, encodingName string, err error) {
	if name, marked, mark := byteOrderMark(data); name != "" {
		return readUnicode(ctx, data[mark:], name, marked)
	}
	if bytes.HasPrefix(data, []byte("%PDF-")) {
		return "", "", binaryError(data)
	}
	if name, unmarked := guessUTF16(data); name != "" {
		return readUnicode(ctx, data, name, unmarked)
	}
	content := count(ctx, data)
	if content.isBinary() {
		return "", "", binaryError(data)
	}
	if content.bad == 0 {
		if text, ok := readISO2022(ctx, data); ok {
			return text, "ISO-2022-JP", nil
		}
		return string(data), "", nil
	}
	if content.isDamagedUTF8() {
		return string(bytes.ToValidUTF8(data, []byte(string(utf8.RuneError)))), "", nil
	}
	if name, declared := declaredEncoding(data); name != "" && !content.isMixed(declaredBadBytes) {
		if text, ok := decode(ctx, declared, data); ok {
			return text, name, nil
		}
	}
	return readLegacy(ctx, data, content)
}

// readUnicode reads data in UTF-8, or in the encoding e. A mark says which it is: what is not
// well-formed becomes U+FFFD.
func readUnicode(ctx context.Context, data []byte, name string, e encoding.Encoding) (text, encodingName string, err error) {
	if name != utf8Name {
		text, _ = decode(ctx, e, data)
		if strings.Contains(text, "\x00") || !isMainlyText(text) {
			return "", "", binaryError(data)
		}
		return text, name, nil
	}
	content := count(ctx, data)
	switch {
	case content.isBinary():
		return "", "", binaryError(data)
	case content.bad > 0 && !content.isDamagedUTF8():
		return "", "", mixedError()
	}
	return string(bytes.ToValidUTF8(data, []byte(string(utf8.RuneError)))), "", nil
}
