package emulator

import (
	"math"
	"unicode"
)

// pieces splits text into the emulator's tokens: a word with the blanks before
// it, long words in parts. Joined, they are the text.
func pieces(text string) []string {
	const longest = 12 // characters
	var out []string
	start, runes, word := 0, 0, false
	for i, r := range text {
		blank := unicode.IsSpace(r)
		if word && blank || runes == longest {
			out = append(out, text[start:i])
			start, runes, word = i, 0, false
		}
		runes++
		word = word || !blank
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}

// budget is what max_tokens leaves. Reasoning, text and tool arguments draw on
// it in that order.
type budget struct{ left int }

func newBudget(limit *int) *budget {
	if limit == nil {
		return &budget{math.MaxInt}
	}
	return &budget{*limit}
}

// take gives the tokens of text that the budget allows for; whole says that
// these are all.
func (b *budget) take(text string) (tokens []string, whole bool) {
	tokens = pieces(text)
	if len(tokens) > b.left {
		tokens, whole = tokens[:b.left], false
	} else {
		whole = true
	}
	b.left -= len(tokens)
	return tokens, whole
}
