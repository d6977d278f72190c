package example

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// sourceLimit is how many bytes of a text are drawn from.
const sourceLimit = 64 << 10

// phraseLimit is how many characters a phrase of a source has at most.
const phraseLimit = 80

// labelReach is how many bytes lie at most between a label and its value, as in
// "price: about EUR 3".
const labelReach = 12

// source is the text that generated values are drawn from. Every phrase and
// number is given once, in order, so that a list of things in the text becomes
// a list of different things.
type source struct {
	text    string
	phrases []string
	next    int // the phrase that comes next
	numbers []number
	taken   map[int]bool     // where in the text a value has been taken
	places  map[string][]int // the labels found so far, by key
}

type number struct {
	at    int // where in the text
	value float64
	taken bool
}

func newSource(text string) *source {
	if len(text) > sourceLimit {
		text = strings.ToValidUTF8(text[:sourceLimit], "")
	}
	s := &source{text: text, taken: map[int]bool{}, places: map[string][]int{}}
	ends := regexp.MustCompile(`[.!?;]\s|[.!?;]$|,\s|\n`)
	for _, phrase := range ends.Split(text, -1) {
		if phrase = strings.TrimSpace(phrase); phrase != "" {
			s.phrases = append(s.phrases, excerpt(phrase, phraseLimit))
		}
	}
	if s.phrases == nil {
		s.phrases = []string{"emulator"}
	}
	numerals := regexp.MustCompile(`-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?`)
	for _, at := range numerals.FindAllStringIndex(text, -1) {
		s.numbers = append(s.numbers, number{at: at[0], value: parseNumber(text, at[0], at[1])})
	}
	return s
}

// parseNumber reads the numeral in text[from:to]. A minus right after a letter
// or a digit is a hyphen, as in 2026-08-03.
func parseNumber(text string, from, to int) float64 {
	numeral := strings.ReplaceAll(text[from:to], ",", "")
	if from > 0 && text[from] == '-' && !unicode.IsSpace(rune(text[from-1])) {
		numeral = numeral[1:]
	}
	value, _ := strconv.ParseFloat(numeral, 64)
	return value
}

// phrase gives the next phrase of the text. When all have been given they come
// again, numbered.
func (s *source) phrase() string {
	phrase, round := s.phrases[s.next%len(s.phrases)], s.next/len(s.phrases)
	s.next++
	if round > 0 {
		phrase += " (" + strconv.Itoa(round+1) + ")"
	}
	return phrase
}

// number gives the value that the text labels with key, else the next number
// of the text; in both cases only one that fits.
func (s *source) number(key string, fits func(float64) bool) (float64, bool) {
	for _, at := range s.labels(key) {
		i := slices.IndexFunc(s.numbers, func(n number) bool { return n.at >= at && n.at < at+labelReach })
		if i >= 0 && !s.numbers[i].taken && fits(s.numbers[i].value) {
			s.numbers[i].taken = true
			return s.numbers[i].value, true
		}
	}
	for i, n := range s.numbers {
		if !n.taken && fits(n.value) {
			s.numbers[i].taken = true
			return n.value, true
		}
	}
	return 0, false
}

// labelled gives the next value that the text labels with key, as "Ada" in
// "name: Ada, age: 36" and in "The name is Ada."
func (s *source) labelled(key string) (string, bool) {
	for _, at := range s.labels(key) {
		end := regexp.MustCompile(`[.!?;,]\s|[.!?;,]$|\n`)
		value := strings.TrimSpace(end.Split(s.text[at:], 2)[0])
		if value != "" && !s.taken[at] {
			s.taken[at] = true
			return excerpt(value, phraseLimit), true
		}
	}
	return "", false
}

// labels gives the places in the text where a value of key starts.
func (s *source) labels(key string) []int {
	if places, ok := s.places[key]; ok {
		return places
	}
	name := keyPattern(key)
	if name == "" {
		return nil
	}
	var places []int
	label := regexp.MustCompile(`(?i)\b` + name + `(?:\s*[:=]|\s+is\b)[ \t]*`)
	for _, at := range label.FindAllStringIndex(s.text, -1) {
		places = append(places, at[1])
	}
	s.places[key] = places
	return places
}

// mentions tells where the text first has the words of key, -1 if nowhere.
func (s *source) mentions(key string) int {
	name := keyPattern(key)
	if name == "" {
		return -1
	}
	// \b knows ASCII only, so the neighbours are looked at for their kind.
	word := regexp.MustCompile(`(?i)(?:^|[^\pL\pN])(` + name + `)(?:[^\pL\pN]|$)`)
	if at := word.FindStringSubmatchIndex(s.text); at != nil {
		return at[2]
	}
	return -1
}

// keyPattern matches the words of a property name or enum value: first_name
// and firstName both match "first name".
func keyPattern(key string) string {
	spaced := regexp.MustCompile(`(\p{Ll})(\p{Lu})`).ReplaceAllString(key, "$1 $2")
	words := strings.FieldsFunc(spaced, func(r rune) bool { return unicode.IsSpace(r) || r == '_' || r == '-' })
	for i, word := range words {
		words[i] = regexp.QuoteMeta(word)
	}
	return strings.Join(words, `[\s_-]*`)
}

// find gives a part of the text that matches and is right: one that the text
// labels with key, else the next one, else the last one again.
func (s *source) find(key string, pattern *regexp.Regexp, right func(string) bool) (string, bool) {
	places := pattern.FindAllStringIndex(s.text, -1)
	places = slices.DeleteFunc(places, func(at []int) bool { return !right(s.text[at[0]:at[1]]) })
	if len(places) == 0 {
		return "", false
	}
	free := func(at []int) bool { return !s.taken[at[0]] }
	chosen := slices.IndexFunc(places, free)
	for _, label := range s.labels(key) {
		labelled := func(at []int) bool { return at[0] >= label && at[0] < label+labelReach && free(at) }
		if i := slices.IndexFunc(places, labelled); i >= 0 {
			chosen = i
			break
		}
	}
	if chosen < 0 {
		chosen = len(places) - 1
	}
	at := places[chosen]
	s.taken[at[0]] = true
	return s.text[at[0]:at[1]], true
}

// excerpt gives the first characters of text, with an ellipsis if there are more.
func excerpt(text string, limit int) string {
	runes := []rune(strings.TrimSpace(text))
	if len(runes) <= limit {
		return string(runes)
	}
	return strings.TrimSpace(string(runes[:limit])) + "…"
}
