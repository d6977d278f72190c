package document

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
)

// ideographs judges texts of East Asia. The standards list the common characters first, in
// an area of their own, which nearly all of a text is from. A text in the encoding of another
// country is decoded as rare ones.
type ideographs struct {
	encoding    encoding.Encoding
	first, last byte // the first bytes of common characters
	trail       byte // the least second byte of common characters
	kana        bool // whether texts have kana, too
}

// Texts of Japanese have kana: of this many characters, at least one.
const leastKana = 20

// judge counts the characters of text that are letters, and those that are rare.
func (c ideographs) judge(text string) (letters, rare int) {
	seen := make(map[rune]bool)
	kana := 0
	runes := []rune(text)
	for i, r := range runes {
		switch {
		case r < utf8.RuneSelf:
			continue
		case isSmall(neighbour(runes, i-1)) && isSmall(neighbour(runes, i+1)):
			letters++
			rare++ // a letter with an accent within a word
			continue
		case !unicode.IsLetter(r):
			if !unicode.IsPrint(r) && r != '\u3000' {
				rare++
			}
			continue
		case unicode.In(r, unicode.Hiragana, unicode.Katakana) || r == 'ー':
			letters++
			if !c.kana || isHalfWidth(r) {
				rare++
			} else {
				kana++
			}
			continue
		}
		letters++
		common, known := seen[r]
		if !known {
			common = c.isCommon(r)
			seen[r] = common
		}
		if !common {
			rare++
		}
	}
	if c.kana && kana*leastKana < letters {
		rare = letters
	}
	return letters, rare
}

// isHalfWidth reports whether r is kana of a terminal, as which single bytes of other encodings
// are decoded.
func isHalfWidth(r rune) bool { return r >= '\uff61' && r <= '\uff9f' }

func isSmall(r rune) bool { return r >= 'a' && r <= 'z' }

func (c ideographs) isCommon(r rune) bool {
	if !unicode.In(r, unicode.Han, unicode.Hangul) {
		// Full-width letters and digits.
		return r >= '\uff00' && r <= '\uff5e' || r == '々'
	}
	encoded, err := c.encoding.NewEncoder().Bytes(utf8.AppendRune(nil, r))
	return err == nil && len(encoded) == 2 && encoded[0] >= c.first && encoded[0] <= c.last && encoded[1] >= c.trail
}
