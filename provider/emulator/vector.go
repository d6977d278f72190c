package emulator

import (
	"hash/fnv"
	"math"
	"strings"
	"unicode"
)

// The weights of what two texts may share. Letter groups let inflections and
// typing errors be near each other without words.
const (
	wordWeight    = 1.0
	bigramWeight  = 0.5
	trigramWeight = 0.3
	shortWeight   = 0.2 // of a word of three letters or less, as most words without a subject are
)

// vector embeds a text: its words, each once, pairs of words and groups of three letters
// are hashed with a sign into the dimensions, and the sum is scaled to length
// 1. Texts that share words are near each other by cosine.
func vector(text string, dimensions int) []float32 {
	sum := make([]float64, dimensions)
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r)
	})
	if len(words) == 0 {
		// A text without a word still has a place of its own.
		words = []string{text}
	}
	seen := map[string]bool{}
	for i, word := range words {
		if seen[word] {
			continue // a long text is not about the word that it repeats
		}
		seen[word] = true
		weight := 1.0
		if len(word) <= 3 {
			weight = shortWeight
		}
		add(sum, "word "+word, weight*wordWeight)
		if i > 0 {
			add(sum, "pair "+words[i-1]+" "+word, weight*bigramWeight)
		}
		marked := []rune("^" + word + "$")
		for j := 0; j+3 <= len(marked); j++ {
			add(sum, "letters "+string(marked[j:j+3]), weight*trigramWeight)
		}
	}
	return unit(sum)
}

// add hashes one feature: the low bits choose the dimension, the top bit the
// sign, so that collisions cancel out on average.
func add(sum []float64, feature string, weight float64) {
	hash := fnv.New64a()
	// Writing to a hash does not fail.
	_, _ = hash.Write([]byte(feature))
	h := hash.Sum64()
	if h>>63 == 1 {
		weight = -weight
	}
	sum[h%uint64(len(sum))] += weight
}

func unit(sum []float64) []float32 {
	squares := 0.0
	for _, v := range sum {
		squares += v * v
	}
	numbers := make([]float32, len(sum))
	if squares == 0 {
		// Every feature met its opposite: any direction will do.
		numbers[0] = 1
		return numbers
	}
	for i, v := range sum {
		numbers[i] = float32(v / math.Sqrt(squares))
	}
	return numbers
}
