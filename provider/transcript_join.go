package provider

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// joined returns the segments in order, with their words and speakers, which services
// return beside them. Without segments, the speakers' turns are used, else one segment of all
// words.
func (h *heard) joined() []Segment {
	segments, turns := inOrder(h.segments), inOrder(h.turns)
	if len(segments) == 0 {
		segments = slices.DeleteFunc(slices.Clone(turns), func(s Segment) bool { return s.Text == "" })
	} else {
		setSpeakers(segments, turns)
	}
	if len(segments) == 0 && len(h.words) > 0 {
		whole := Segment{Start: h.words[0].Start, Text: h.text}
		for _, word := range h.words {
			whole.Start, whole.End = min(whole.Start, word.Start), max(whole.End, word.End)
		}
		segments = []Segment{whole}
		setSpeakers(segments, turns)
	}
	setWords(segments, h.words)
	nameSpeakers(segments)
	return segments
}

func inOrder(segments []Segment) []Segment {
	segments = slices.Clone(segments)
	slices.SortStableFunc(segments, func(a, b Segment) int { return cmp.Compare(a.Start, b.Start) })
	return segments
}

// setSpeakers gives each segment the speaker who speaks for the longest time in it. The
// number of turns that are looked at for a segment is bounded, so that the work is not
// quadratic in what a service sends.
func setSpeakers(segments, turns []Segment) {
	const before, most = 16, 200
	for i := range segments {
		s := &segments[i]
		first := sort.Search(len(turns), func(i int) bool { return turns[i].Start >= s.Start })
		times, longest := map[string]float64{}, 0.0
		for _, turn := range turns[max(0, first-before):min(len(turns), first+most)] {
			if turn.Start > s.End {
				break
			}
			overlap := min(s.End, turn.End) - max(s.Start, turn.Start)
			if overlap <= 0 || turn.Speaker == "" {
				continue
			}
			if times[turn.Speaker] += overlap; times[turn.Speaker] > longest {
				s.Speaker, longest = turn.Speaker, times[turn.Speaker]
			}
		}
	}
}

// setWords adds each word to the last segment that starts before the word's middle. Some
// services return words in their segments and beside them.
func setWords(segments []Segment, words []Word) {
	if len(segments) == 0 || slices.ContainsFunc(segments, func(s Segment) bool { return s.Words != nil }) {
		return
	}
	words = slices.Clone(words)
	slices.SortStableFunc(words, func(a, b Word) int { return cmp.Compare(a.Start, b.Start) })
	i := 0
	for _, word := range words {
		for middle := (word.Start + word.End) / 2; i+1 < len(segments) && middle >= segments[i+1].Start; i++ {
		}
		segments[i].Words = append(segments[i].Words, word)
	}
}

// nameSpeakers numbers the speakers as they first speak, whatever a service calls them.
func nameSpeakers(segments []Segment) {
	names := map[string]string{}
	for i := range segments {
		speaker := strings.TrimSpace(segments[i].Speaker)
		if speaker == "" {
			continue
		}
		if names[speaker] == "" {
			names[speaker] = fmt.Sprintf("Speaker %d", len(names)+1)
		}
		segments[i].Speaker = names[speaker]
	}
}
