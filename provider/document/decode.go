package document

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// decode returns data as text, and whether all of it is text in the encoding: the decoders put
// U+FFFD for what they do not know, or a control character that no text needs. ok is false if
// ctx ends.
func decode(ctx context.Context, e encoding.Encoding, data []byte) (text string, ok bool) {
	var b strings.Builder
	b.Grow(len(data))
	decoder, chunk, ok := e.NewDecoder(), make([]byte, chunkLength), true
	for {
		if ctx.Err() != nil {
			return "", false
		}
		written, used, err := decoder.Transform(chunk, data, true)
		b.Write(chunk[:written])
		ok = ok && isClean(chunk[:written])
		if data = data[used:]; err == nil {
			return b.String(), ok
		}
		if !errors.Is(err, transform.ErrShortDst) {
			return b.String(), false
		}
	}
}

func isClean(text []byte) bool {
	for _, r := range string(text) {
		if r == utf8.RuneError || isControl(r) && r >= utf8.RuneSelf || r == 0 {
			return false
		}
	}
	return true
}

// sampleText returns the text of a sample, which may be cut within its last character.
func sampleText(e encoding.Encoding, sample []byte) (text string, ok bool) {
	out := make([]byte, 4*len(sample)+utf8.UTFMax)
	n, _, err := e.NewDecoder().Transform(out, sample, false)
	if err != nil && !errors.Is(err, transform.ErrShortSrc) {
		return "", false
	}
	return string(out[:n]), isClean(out[:n])
}
