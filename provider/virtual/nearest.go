package virtual

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// maxCompared bounds, in characters, what is compared, so that a hostile word stays cheap.
const maxCompared = 64

// maxTypo is the distance below which a word is probably a misspelling of another:
// "smalest" is one of "smallest", but "best" is not one of "latest".
const maxTypo = 0.4

// Nearest returns up to n words of among, the most similar to word first. Case
// is ignored and - _ . / and blanks count as the same; a word that starts with
// or contains the other is favoured. Equally similar words stay in order. There
// is no limit: the nearest words are returned even if they are not similar.
func Nearest(word string, among []string, n int) []string {
	type neighbour struct {
		word     string
		distance float64
	}
	key := fold(word)
	ranked := make([]neighbour, len(among))
	for i, w := range among {
		ranked[i] = neighbour{w, distance(key, fold(w))}
	}
	slices.SortStableFunc(ranked, func(a, b neighbour) int { return cmp.Compare(a.distance, b.distance) })
	ranked = ranked[:min(max(n, 0), len(ranked))]
	words := make([]string, len(ranked))
	for i, r := range ranked {
		words[i] = r.word
	}
	return words
}

// Suggest returns the one of words that s was likely meant to be, or "" if none is
// near.
func Suggest(s string, words []string) string { return suggest(s, "", words) }

// suggest returns the synonym if there is one, else the word that s probably
// misspells, else "".
func suggest[W ~string](s string, synonym W, words []W) string {
	if synonym != "" {
		return string(synonym)
	}
	best, least := "", maxTypo
	for _, w := range words {
		if d := distance(fold(s), fold(string(w))); d < least {
			best, least = string(w), d
		}
	}
	return best
}

func fold(s string) []rune {
	folded := make([]rune, 0, min(len(s), maxCompared))
	for _, r := range s {
		if len(folded) == maxCompared {
			break
		}
		if strings.ContainsRune("_./ \t", r) {
			r = '-'
		}
		folded = append(folded, unicode.ToLower(r))
	}
	return folded
}

// distance is 0 for equal words and 1 for words with nothing in common: the
// edits as a share of the longer word, less if one word contains the other.
func distance(a, b []rune) float64 {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b) == 0 {
		return 0
	}
	share := float64(editDistance(a, b)) / float64(len(b))
	const minContained = 3 // characters; shorter words are part of too many others
	switch at := strings.Index(string(b), string(a)); {
	case len(a) < minContained || at < 0:
		return share
	case at == 0:
		return share / 4
	default:
		return share / 2
	}
}

// editDistance counts the insertions, deletions, replacements and swaps of neighbours
// that turn a into b.
func editDistance(a, b []rune) int {
	var rows [3][maxCompared + 1]int
	before, above, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above, row = above, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := above[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(replaced, above[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}

// rankerSynonym returns the ranker that a differently spelt word means, or "".
func rankerSynonym(word string) Ranker {
	switch strings.ToLower(word) {
	case "newest", "recent":
		return Latest
	case "largest", "larger":
		return Biggest
	case "quickest", "speed":
		return Fastest
	case "price", "cost":
		return Cheapest
	case "tiniest":
		return Smallest
	}
	return ""
}

// specSynonym returns the spec that a differently spelt word means, or "".
func specSynonym(word string) Spec {
	switch strings.ToLower(word) {
	case "price", "input_price":
		return InputCost
	case "context_length", "context_window":
		return ContextSize
	case "max_output_tokens":
		return MaxTokens
	case "size", "billions":
		return Params
	case "date", "published_at":
		return EndpointPublicationDate
	}
	return ""
}

// opSynonym returns the operator for one of another language, or "".
func opSynonym(sign string) string {
	switch sign {
	case "==":
		return string(Equal)
	case "=<", "≤":
		return string(AtMost)
	case "=>", "≥":
		return string(AtLeast)
	}
	return ""
}
