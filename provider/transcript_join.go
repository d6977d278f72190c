package provider

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// joined returns the segments in order, with their words and speakers, which services
// return beside them. Where there are no segments, those of the speakers or all words
// are.
func (h *heard) joined() []Segment {
	segments := inOrder(h.segments)
	turns := inOrder(h.turns)
	switch {
	case len(segments) == 0 && len(turns) > 0:
		segments = slices.DeleteFunc(slices.Clone(turns), func(s Segment) bool { return s.Text == "" })
	case len(segments) == 0 && len(h.words) > 0:
		segments = []Segment{{Start: h.words[0].Start, End: h.words[len(h.words)-1].End, Text: h.text}}
	default:
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

// setWords gives each word to the last segment that has begun in its middle.
func setWords(segments []Segment, words []Word) {
	if len(segments) == 0 {
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
