package example

import (
	"maps"
	"slices"
	"strings"
)

// choose returns which of so many alternatives is taken at a place.
func (g *generator) choose(place string, alternatives int) int {
	i := len(g.options[place])
	g.options[place] = append(g.options[place], alternatives)
	if i < len(g.choices[place]) {
		return g.choices[place][i] % alternatives
	}
	return 0
}

// advance makes the last choice at a place that has an alternative left again.
// It returns false if none has.
func (g *generator) advance(place string) bool {
	options := g.options[place]
	choices := append(slices.Clone(g.choices[place]), make([]int, len(options))...)
	for i := len(options) - 1; i >= 0; i-- {
		if choices[i]+1 < options[i] {
			choices[i]++
			g.choices[place] = choices[:i+1]
			maps.DeleteFunc(g.choices, func(below string, _ []int) bool { return strings.HasPrefix(below, place+"/") })
			return true
		}
	}
	return false
}

// chooseAnew makes the next choice at the first wrong place that has one left, itself
// or above it. It returns false when all choices are used up.
func (g *generator) chooseAnew(wrong []string) bool {
	for _, place := range wrong {
		for {
			if g.advance(place) {
				return true
			}
			if place == "" {
				break
			}
			place = place[:strings.LastIndexByte(place, '/')]
		}
	}
	return false
}
