package document

import (
	"context"
	"unicode/utf8"
)

// chunkLength is how much is done between two looks at the context.
const chunkLength = 128 << 10

const (
	// A text may hold control characters, such as the separators of FIX and MARC records, but
	// not mainly.
	maxControls = 5 // of this many bytes, one
	// Random bytes hold one in ten; a text in an old encoding, hardly any.
	maxLegacyControls = 100
	// maxBad is how many bytes of UTF-8 may be bad: of this many characters beyond ASCII, one.
	// In another encoding, there is about one valid character for ten bad bytes.
	maxBad = 10
	// maxStray is how many characters of UTF-16 may be bad or unknown: of this many, one.
	maxStray = 20
)

// contents counts what tells text from other data, and UTF-8 from other encodings.
type contents struct {
	length   int
	nul      int // bytes that are zero
	controls int // other control characters that no text needs
	wide     int // valid characters of UTF-8 beyond ASCII
	run      int // of them, those since the last byte that is not UTF-8
	longest  int // the longest run
	bad      int // bytes that are not UTF-8
	cut      int // of them, those of a character that is cut at the start or the end
}

// count counts the contents of data, until ctx ends.
func count(ctx context.Context, data []byte) contents {
	c := contents{length: len(data)}
	start := 0
	for start < min(len(data), utf8.UTFMax-1) && !utf8.RuneStart(data[start]) {
		start++
	}
	c.cut, c.bad = start, start
	for at := start; at < len(data); {
		if ctx.Err() != nil {
			return c
		}
		for end := min(at+chunkLength, len(data)); at < end; {
			at += c.add(data[at:])
		}
	}
	return c
}

// add counts the first character of data, and returns its length.
func (c *contents) add(data []byte) int {
	if b := data[0]; b < utf8.RuneSelf {
		switch {
		case b == 0:
			c.nul++
		case isControl(rune(b)):
			c.controls++
		}
		return 1
	}
	_, size := utf8.DecodeRune(data)
	switch {
	case size > 1:
		c.wide++
		c.run++
		c.longest = max(c.longest, c.run)
	case !utf8.FullRune(data):
		c.bad += len(data)
		c.cut += len(data)
		return len(data)
	default:
		c.bad++
		c.run = 0
	}
	return size
}

// isControl reports whether r is a control character without a meaning in texts, logs and
// terminals. A text of DOS ends with ^Z.
func isControl(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', '\b', '\x1a', '\x1b':
		return false
	}
	return r < ' ' || r >= 0x7f && r < 0xa0
}

func (c contents) isBinary() bool {
	if c.bad > 0 && !c.isDamagedUTF8() && c.controls*maxLegacyControls > c.length {
		return true
	}
	return c.nul > 0 || c.controls*maxControls > c.length
}

// isDamagedUTF8 reports whether the text is UTF-8 in spite of its bad bytes: there are few, or
// they are what was left of a character where the file was cut.
func (c contents) isDamagedUTF8() bool {
	return c.bad > 0 && c.wide > 0 && (c.bad-c.cut)*maxBad <= c.wide
}

// isMixed reports whether more of the text is UTF-8 than by chance: there are several valid
// characters, in all at least one for so many bad bytes, or many in a row.
func (c contents) isMixed(badBytes int) bool {
	const least, leastRun = 3, 24
	return c.bad > 0 && (c.wide >= least && c.wide*badBytes > c.bad || c.longest >= leastRun)
}
