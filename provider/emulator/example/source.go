package example

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const (
	maxSource  = 64 << 10 // bytes of a text that are drawn from
	maxPhrase  = 80       // characters
	labelReach = 12       // bytes at most from a label to its value, as in "price: about EUR 3"

	maxSearch  = 20_000_000 // bytes to search in all; what is not found is made up
	searchCost = 2_000      // bytes that an expression costs by itself
	matchCost  = 50         // bytes that a match costs
)

// source is the text that values are drawn from. Every phrase and number is
// used once, in order, so that a list of things in the text becomes a list of
// different things.
type source struct {
	text    string
	budget  budget
	matches map[string][][]int // of the expressions searched so far
	phrases []string
	next    int          // the phrase that comes next
	taken   map[int]bool // where in the text a value was taken
}

func newSource(text string) *source {
	if len(text) > maxSource {
		text = strings.ToValidUTF8(text[:maxSource], "")
	}
	s := &source{text: text, budget: budget{maxSearch}, matches: map[string][][]int{}}
	ends := regexp.MustCompile(`[.!?;]\s|[.!?;]$|,\s|\n`)
	for _, phrase := range ends.Split(text, -1) {
		if phrase = strings.TrimSpace(phrase); phrase != "" {
			s.phrases = append(s.phrases, shortened(phrase))
		}
	}
	if s.phrases == nil {
		s.phrases = []string{"emulator"}
	}
	return s
}

// rewind makes every value available again.
func (s *source) rewind() { s.next, s.taken = 0, map[int]bool{} }

// phrase returns the next phrase of the text. When all have been used they come
// again, numbered.
func (s *source) phrase() string {
	phrase, round := s.phrases[s.next%len(s.phrases)], s.next/len(s.phrases)
	s.next++
	if round > 0 {
		phrase += " (" + strconv.Itoa(round+1) + ")"
	}
	return phrase
}

// labelled returns the next value that the text labels with key, as "Ada" in
// "name: Ada, age: 36" and in "The name is Ada."
func (s *source) labelled(key string) (string, bool) {
	end := regexp.MustCompile(`[.!?;,]\s|[.!?;,]$|\n`)
	for _, at := range s.labels(key) {
		if s.taken[at] {
			continue
		}
		if value := strings.TrimSpace(end.Split(s.text[at:], 2)[0]); value != "" {
			s.taken[at] = true
			return shortened(value), true
		}
	}
	return "", false
}

// number returns the next allowed number of the text, as find does.
func (s *source) number(key string, allowed func(float64) bool) (float64, bool) {
	parse := func(at []int) float64 {
		numeral := strings.ReplaceAll(s.text[at[0]:at[1]], ",", "")
		// A minus right after a letter or a digit is a hyphen, as in 2026-08-03.
		if numeral[0] == '-' && at[0] > 0 && !unicode.IsSpace(rune(s.text[at[0]-1])) {
			numeral = numeral[1:]
		}
		value, _ := strconv.ParseFloat(numeral, 64)
		return value
	}
	const numeral = `-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?`
	at, isNew := s.find(key, numeral, func(at []int) bool { return allowed(parse(at)) })
	if !isNew {
		return 0, false
	}
	return parse(at), true
}

// match returns the next part of the text that matches an expression and is
// valid, as find does, or the last one again.
func (s *source) match(key, expression string, valid func(string) bool) (string, bool) {
	at, _ := s.find(key, expression, func(at []int) bool { return valid(s.text[at[0]:at[1]]) })
	if at == nil {
		return "", false
	}
	return s.text[at[0]:at[1]], true
}

// find returns the valid match that the text labels with key, else the next one
// that was not taken, else the last one with isNew false, else nil.
func (s *source) find(key, expression string, valid func(at []int) bool) (at []int, isNew bool) {
	var matches [][]int
	for _, at := range s.search(expression) {
		if s.budget.spend(1) && valid(at) {
			matches = append(matches, at)
		}
	}
	if matches == nil {
		return nil, false
	}
	isFree := func(at []int) bool { return !s.taken[at[0]] }
	chosen := -1
	for _, label := range s.labels(key) {
		i, _ := slices.BinarySearchFunc(matches, label, func(at []int, label int) int { return at[0] - label })
		if i < len(matches) && matches[i][0] < label+labelReach && isFree(matches[i]) {
			chosen = i
			break
		}
	}
	if chosen < 0 {
		chosen = slices.IndexFunc(matches, isFree)
	}
	if chosen < 0 {
		return matches[len(matches)-1], false
	}
	s.taken[matches[chosen][0]] = true
	return matches[chosen], true
}

// labels returns the places in the text where a value of key starts.
func (s *source) labels(key string) (places []int) {
	if name := keyPattern(key); name != "" {
		for _, at := range s.search(`(?i)\b` + name + `(?:\s*[:=]|\s+is\b)[ \t]*`) {
			places = append(places, at[1])
		}
	}
	return places
}

// mentions returns where the text has the words of key, as start and end.
func (s *source) mentions(key string) (places [][2]int) {
	if name := keyPattern(key); name != "" {
		// \b knows ASCII only, so the neighbours are looked at for their kind.
		for _, at := range s.search(`(?i)(?:^|[^\pL\pN])(` + name + `)(?:[^\pL\pN]|$)`) {
			places = append(places, [2]int{at[2], at[3]})
		}
	}
	return places
}

// search returns the matches of an expression, with what it captures; nil for
// one that Go cannot read.
func (s *source) search(expression string) [][]int {
	matches, known := s.matches[expression]
	if known || !s.budget.spend(searchCost+len(s.text)) {
		return matches
	}
	if compiled, err := regexp.Compile(expression); err == nil {
		matches = compiled.FindAllStringSubmatchIndex(s.text, -1)
	}
	s.budget.spend(matchCost * len(matches))
	s.matches[expression] = matches
	return matches
}

// keyPattern matches the words of a property name or enum value: first_name
// and firstName both match "first name".
func keyPattern(key string) string {
	var spaced strings.Builder
	wasLower := false
	for _, r := range key {
		if wasLower && unicode.IsUpper(r) {
			spaced.WriteByte(' ')
		}
		spaced.WriteRune(r)
		wasLower = unicode.IsLower(r)
	}
	words := strings.FieldsFunc(spaced.String(), func(r rune) bool { return unicode.IsSpace(r) || r == '_' || r == '-' })
	for i, word := range words {
		words[i] = regexp.QuoteMeta(word)
	}
	return strings.Join(words, `[\s_-]*`)
}

// shortened cuts a phrase that is too long to be one.
func shortened(phrase string) string {
	runes := []rune(phrase)
	if len(runes) <= maxPhrase {
		return phrase
	}
	return strings.TrimSpace(string(runes[:maxPhrase])) + "…"
}
