package passage

import "unicode/utf8"

// weightPerToken is how many letters are a token. They are 4 or more in English prose, so
// that the estimate errs on the high side.
const (
	weightPerToken = 3
	weightPerDigit = 2
)

// weigh returns the weight of s, which is the sum of that of its characters.
func weigh(s string) int {
	sum := 0
	for i := 0; i < len(s); {
		weight, size := weighFirst(s[i:])
		sum += weight
		i += size
	}
	return sum
}

// weighFirst returns the weight and the size in bytes of the first character of s. Many
// tokenizers take each mark, and every two digits, for a token: a table has twice the
// tokens of prose. In scripts that a tokenizer knows well, several letters are a token; in
// others, and for emoji, one character can be two. A byte that is not UTF-8 becomes U+FFFD.
func weighFirst(s string) (weight, size int) {
	switch c := s[0]; {
	case c >= '0' && c <= '9':
		return weightPerDigit, 1
	case c > ' ' && c < utf8.RuneSelf && !isLetter(c):
		return weightPerToken, 1
	case c < utf8.RuneSelf:
		return 1, 1
	}
	_, size = utf8.DecodeRuneInString(s)
	if size == utf8.UTFMax {
		return 2 * weightPerToken, size
	}
	return weightPerToken, size
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
