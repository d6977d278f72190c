package virtual

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// maxExcerpt bounds, in characters, how much of the input an error repeats.
const maxExcerpt = 80

// SyntaxError says where a query breaks the grammar and how to correct it.
type SyntaxError struct {
	Query      string // the query, cut to a readable length
	Column     int    // from 1, in characters; one past the end where something is missing
	Problem    string // what is wrong, without the column
	Suggestion string // the nearest word, or the whole query corrected; "": nothing is similar
	Expected   string // what may stand at the column; "": nothing in particular
}

// Error returns one line: the suggestion if there is one, else what was expected.
func (e *SyntaxError) Error() string {
	at := fmt.Sprintf("%s at column %d", e.Problem, e.Column)
	switch {
	case e.Suggestion != "":
		return at + "; did you mean " + strconv.Quote(e.Suggestion) + "?"
	case e.Expected != "":
		return at + ": expected " + e.Expected
	}
	return at
}

// NoMatchError says why no model matches a query.
type NoMatchError struct {
	Query    Query
	Unknown  bool        // no model has the tag
	Nearest  []string    // for an unknown tag: the known tags most like it, best first
	Excluded []Exclusion // the models with the tag, in catalogue order
	Removed  []Removal   // the same models, counted by what removed them
	Closest  string      // the model that came closest, and why it failed; "": none was eligible
	// Kind is the kind of all models with the tag; "": they differ, or one was eligible.
	Kind catalog.Kind
}

// Removal counts the models with the tag that one condition, ranker or reason
// removed. A model that fails two conditions counts for both, so the count is the
// most that dropping the condition could gain.
type Removal struct {
	By     string // a condition or ranker as in the query, else a reason: "has no vision"
	Models int
}

// Error returns one line, short enough to show in full.
func (e *NoMatchError) Error() string {
	var b strings.Builder
	if e.Unknown {
		fmt.Fprintf(&b, "no model has the tag %s", quote(e.Query.Tag))
		if len(e.Nearest) > 0 {
			fmt.Fprintf(&b, "; the nearest tags are %s", strings.Join(e.Nearest, ", "))
		}
		return b.String()
	}
	fmt.Fprintf(&b, "no model matches %s: of %s with the tag,", quote(e.Query.String()), text.Count(len(e.Excluded), "model"))
	for i, r := range e.Removed {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %d removed by %s", r.Models, quote(r.By))
	}
	if e.Kind != "" && e.Kind != catalog.KindChat {
		fmt.Fprintf(&b, "; the tag has only %s models", e.Kind)
	}
	if e.Closest != "" {
		fmt.Fprintf(&b, "; closest: %s", e.Closest)
	}
	return b.String()
}

// oneOf lists words for [SyntaxError.Expected].
func oneOf[W ~string](words []W) string {
	var b strings.Builder
	for i, w := range words {
		if i == 0 {
			b.WriteString("one of ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

// quote escapes what does not print, so that invisible characters show.
func quote(s string) string { return strconv.Quote(text.Cut(s, maxExcerpt)) }
