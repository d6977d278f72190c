package document

import (
	"bytes"
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	unicodes "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
)

const utf8Name = "UTF-8"

// byteOrderMark returns the name of the encoding that data begins with a mark of, the encoding,
// and the length of the mark. Without a mark, the name is "".
func byteOrderMark(data []byte) (name string, e encoding.Encoding, length int) {
	for _, known := range []struct {
		mark, name string
		encoding   encoding.Encoding
	}{
		{"\xef\xbb\xbf", utf8Name, nil},
		// Before UTF-16, whose mark it begins with: no text begins with NUL.
		{"\xff\xfe\x00\x00", "UTF-32LE", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
		{"\x00\x00\xfe\xff", "UTF-32BE", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
		{"\xff\xfe", "UTF-16LE", utf16LE()},
		{"\xfe\xff", "UTF-16BE", utf16BE()},
	} {
		if bytes.HasPrefix(data, []byte(known.mark)) {
			return known.name, known.encoding, len(known.mark)
		}
	}
	return "", nil, 0
}

func utf16LE() encoding.Encoding { return unicodes.UTF16(unicodes.LittleEndian, unicodes.IgnoreBOM) }
func utf16BE() encoding.Encoding { return unicodes.UTF16(unicodes.BigEndian, unicodes.IgnoreBOM) }

// guessUTF16 tells UTF-16 without a mark: one of the two ways to read its beginning is a text,
// with blanks or other ASCII in it. Without a zero byte there is no ASCII.
func guessUTF16(data []byte) (name string, e encoding.Encoding) {
	head := data[:min(len(data), sampleLength)]
	if len(data)%2 != 0 || bytes.IndexByte(head, 0) < 0 {
		return "", nil
	}
	if _, known := conversion(sniff.Format(head)); known {
		return "", nil
	}
	little, big := asciiOf(head, utf16LE()), asciiOf(head, utf16BE())
	switch {
	case little > big:
		return "UTF-16LE", utf16LE()
	case big > little:
		return "UTF-16BE", utf16BE()
	}
	return "", nil
}

// asciiOf returns how many characters of ASCII head has in the encoding e, or 0 if it is no text
// in it.
func asciiOf(head []byte, e encoding.Encoding) int {
	// A short text has more ASCII than the line ends of a long one in Chinese: of this many
	// characters, one.
	const shortLength, shortShare, longShare = 200, 12, 100
	text, _ := sampleText(e, head)
	runes, ascii := []rune(text), 0
	for _, r := range runes {
		switch {
		case isStray(r):
			return 0
		case r < utf8.RuneSelf:
			ascii++
		}
	}
	share := longShare
	if len(runes) < shortLength {
		share = shortShare
	}
	if ascii*share < len(runes) {
		return 0
	}
	return ascii
}

// isStray reports whether r is nothing that a text has: bad, a control character, or not in
// Unicode.
func isStray(r rune) bool {
	if r < utf8.RuneSelf {
		return isControl(r)
	}
	return r == utf8.RuneError || !unicode.IsPrint(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r)
}

// isMainlyText reports whether few characters of text are stray ones.
func isMainlyText(text string) bool {
	stray, n := 0, 0
	for _, r := range text {
		n++
		if isStray(r) {
			stray++
		}
	}
	return stray*maxStray <= n
}

// readISO2022 reads Japanese mail, which is ASCII with escape sequences.
func readISO2022(ctx context.Context, data []byte) (text string, ok bool) {
	if !bytes.Contains(data, []byte("\x1b$B")) && !bytes.Contains(data, []byte("\x1b$@")) {
		return "", false
	}
	text, ok = decode(ctx, japanese.ISO2022JP, data)
	return text, ok && !strings.ContainsRune(text, '\x1b')
}
