package passage

import "unicode/utf8"

// weightPerToken is how many bytes of ASCII are a token. It is 4 or more in English prose
// and 3 in code, so that the estimate errs on the high side.
const weightPerToken = 3

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

// weighFirst returns the weight and the size in bytes of the first character of s.
// In scripts that a tokenizer knows well, several letters are a token; in others, and for
// emoji, one character can be two. A byte that is not UTF-8 becomes U+FFFD.
func weighFirst(s string) (weight, size int) {
	if s[0] < utf8.RuneSelf {
		return 1, 1
	}
	_, size = utf8.DecodeRuneInString(s)
	if size == utf8.UTFMax {
		return 2 * weightPerToken, size
	}
	return weightPerToken, size
}
