package document

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Signs beyond ASCII that texts of all languages have.
const (
	joining  = "’‘·–—…•\u00a0\u00ad´\u200e\u200f"            // also between two letters
	standing = "“”„«»‹›‚°²³¹½¼¾±×÷§¶©®™€£¥¢µ№ºª¿¡†‡‰،؛؟־״׳฿" // never between two letters
)

// judgeWords counts the words and signs of text beyond ASCII, and those that are none of the
// language whose letters most of them have.
func judgeWords(text string, alphabets []string) (words, bad int) {
	good, placed := make([]int, len(alphabets)), 0
	runes := []rune(text)
	for i := 0; i < len(runes); {
		end := i + 1
		switch r := runes[i]; {
		case r < utf8.RuneSelf && !unicode.IsLetter(r):
		case isSign(r):
			words++
			if isPlaced(neighbour(runes, i-1), r, neighbour(runes, end)) {
				placed++
			}
		default:
			for end < len(runes) && (unicode.IsLetter(runes[end]) || runes[end] >= utf8.RuneSelf) && !isSign(runes[end]) {
				end++
			}
			if word := runes[i:end]; slices.Max(word) >= utf8.RuneSelf {
				words++
				countSpellable(good, word, alphabets)
			}
		}
		i = end
	}
	most := 0
	for _, n := range good {
		most = max(most, n)
	}
	return words, words - placed - most
}

func isSign(r rune) bool { return r >= utf8.RuneSelf && strings.ContainsRune(joining+standing, r) }

// neighbour returns the character at i, or a line end beyond the text.
func neighbour(runes []rune, i int) rune {
	if i < 0 || i >= len(runes) {
		return '\n'
	}
	return runes[i]
}

// isPlaced reports whether a sign is where texts have it. In other places it is often a letter
// of another encoding.
func isPlaced(before, sign, after rune) bool {
	switch sign {
	case '’':
		return unicode.IsLetter(before) || unicode.IsDigit(before) || !unicode.IsLetter(after)
	case '…':
		return !unicode.IsSpace(before) || !unicode.IsSpace(after)
	case '‚', '„', '¿', '¡':
		return !unicode.IsLetter(before)
	case '¶':
		return !unicode.IsLetter(before) && !unicode.IsLetter(after)
	}
	return strings.ContainsRune(joining, sign) || !unicode.IsLetter(before) || !unicode.IsLetter(after)
}

// countSpellable counts the word for each alphabet that it can be written in.
func countSpellable(counts []int, word []rune, alphabets []string) {
	if !isWord(word) {
		return
	}
	for i, letters := range alphabets {
		if !slices.ContainsFunc(word, func(r rune) bool {
			return r >= utf8.RuneSelf && !strings.ContainsRune(letters, r) && !strings.ContainsRune(letters, unicode.ToLower(r))
		}) {
			counts[i]++
		}
	}
}

// isWord reports whether a word is written in one script, and has no capital after a small
// letter: what is decoded wrongly often does.
func isWord(word []rune) bool {
	latin, other := false, false
	if unicode.ToLower(word[0]) == 'ð' { // no word of Icelandic begins with it
		return false
	}
	for i, r := range word {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin = true
		case unicode.Is(unicode.Thai, r):
			other = true
			if len(word) == 1 { // Thai is written without blanks
				return false
			}
		case unicode.IsLetter(r):
			other = true
		case unicode.IsMark(r):
			other = true
		default:
			return false
		}
		if i > 0 && r >= utf8.RuneSelf && unicode.IsUpper(r) && unicode.IsLower(word[i-1]) {
			return false
		}
	}
	return !latin || !other
}
