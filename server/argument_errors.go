package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

const (
	maxErrors  = 5  // that one message names
	maxExcerpt = 60 // characters of a value that a message shows
)

// reading collects what is found while the arguments of one call are read.
type reading struct {
	notes   []provider.Warning
	wrong   []string // what is wrong, of at most maxErrors parameters
	allowed []string // what is allowed instead, for each
	refused []string // the parameters that are wrong
	inTexts int      // JSON values in texts that were read as another type
}

func (r *reading) note(code provider.WarningCode, format string, args ...any) {
	r.notes = append(r.notes, provider.Warning{Code: code, Message: fmt.Sprintf(format, args...)})
}

// refuse remembers what is wrong with a parameter. Text that is wrong begins after the
// name.
func (r *reading) refuse(parameter, wrong, allowed string) {
	r.wrongParameter(parameter, parameter+wrong, allowed)
}

func (r *reading) wrongParameter(parameter, wrong, allowed string) {
	r.refused = append(r.refused, parameter)
	if len(r.wrong) < maxErrors {
		r.wrong, r.allowed = append(r.wrong, wrong), append(r.allowed, allowed)
	}
}

func (r *reading) isWrong(parameter string) bool { return slices.Contains(r.refused, parameter) }

// err returns one error for all that is wrong, nil if nothing is.
func (r *reading) err() error {
	if r.wrong == nil {
		return nil
	}
	return provider.InvalidArgument(strings.Join(r.wrong, "; "), strings.Join(slices.Compact(r.allowed), "; "))
}

// bounds says which numbers are allowed.
func (p parameter) bounds() string {
	switch {
	case p.Minimum != nil && p.Maximum != nil:
		return fmt.Sprintf("at least %g and at most %g is allowed", *p.Minimum, *p.Maximum)
	case p.Minimum != nil:
		return fmt.Sprintf("at least %g is allowed, and at most 18 digits", *p.Minimum)
	default:
		return "a whole number of at most 18 digits is allowed"
	}
}

func unknownNames(names []string) string {
	slices.Sort(names)
	var shown []string
	for _, name := range names[:min(len(names), maxErrors)] {
		shown = append(shown, quoted(name))
	}
	if more := len(names) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return "unknown argument " + strings.Join(shown, ", ")
}

// hint returns the names of the parameters, first the one that an unknown name misspells.
func (a arguments) hint(unknown string) string {
	valid := a.names()
	hint := "valid names are " + strings.Join(valid, ", ")
	if nearest := virtual.Suggest(unknown, valid); nearest != "" {
		hint = fmt.Sprintf("the nearest name is %q; %s", nearest, hint)
	}
	return hint
}

// quoted returns a text in quotes, cut if it is long.
func quoted(said string) string { return strconv.Quote(text.Cut(said, maxExcerpt)) }
