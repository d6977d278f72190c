package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// Issue is one kind of thing in a payload that could not be read. A payload that
// changed its form has it in every entry, so that it is counted, not repeated.
type Issue struct {
	Kind    string // "entries without a name", or the path of a field in its entry
	Count   int
	Example string // the first one
}

// Issues are what could not be read of a payload, in the order of their first
// occurrence.
type Issues []Issue

func (s *Issues) add(kind, example string) {
	i := slices.IndexFunc(*s, func(issue Issue) bool { return issue.Kind == kind })
	if i < 0 {
		i = len(*s)
		*s = append(*s, Issue{Kind: kind, Example: example})
	}
	(*s)[i].Count++
}

// String returns one line of bounded length, "" if there is no issue.
func (s Issues) String() string {
	const shown = 12
	var b strings.Builder
	for i, issue := range s[:min(len(s), shown)] {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s ×%d (first: %s)", issue.Kind, issue.Count, issue.Example)
	}
	if more := len(s) - shown; more > 0 {
		fmt.Fprintf(&b, "; and %d more kinds", more)
	}
	return b.String()
}
