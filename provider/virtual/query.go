// Package virtual reads virtual-model queries and ranks the models of a
// catalogue by them.
//
// A query such as "mistral@latest?context_size > 100000" names a tag, a ranker
// and optional conditions:
//
//	query     = tag "@" ranker [ "?" condition { "&" condition } ]
//	condition = spec op value
//
// [Parse] reads a query and [Resolve] ranks the models that match it. The operators >= and <=, several
// conditions and numbers such as 128k extend the service's own grammar;
// [Query.Extended] says whether a query uses one of them. The package has no I/O
// and no state, so everything in it is safe for concurrent use.
package virtual

import (
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// Query is a parsed virtual-model query.
type Query struct {
	Tag        string // series, publisher or use case, as written, with runs of blanks reduced to one
	Ranker     Ranker
	Conditions []Condition // all must hold
	Extended   bool        // it uses >=, <=, several conditions or a number with k
}

// Ranker orders the models that carry the tag.
type Ranker string

// The rankers of the service.
const (
	Fastest  Ranker = "fastest"  // largest speed figure
	Cheapest Ranker = "cheapest" // lowest input price; of models without one, the price of their unit
	Biggest  Ranker = "biggest"  // most parameters
	Latest   Ranker = "latest"   // newest endpoint
	Smallest Ranker = "smallest" // fewest parameters
)

// Rankers returns every ranker, in the order of the service's guide.
func Rankers() []Ranker { return []Ranker{Fastest, Cheapest, Biggest, Latest, Smallest} }

// Spec is the figure of a model that a condition limits.
type Spec string

// The specs of the service.
const (
	ContextSize             Spec = "context_size"              // tokens
	MaxTokens               Spec = "max_tokens"                // tokens of output
	InputCost               Spec = "input_cost"                // EUR per million input tokens
	Params                  Spec = "params"                    // billions
	EndpointPublicationDate Spec = "endpoint_publication_date" // the only one that takes a date
)

// Specs returns every spec, in the order of the service's guide.
func Specs() []Spec {
	return []Spec{ContextSize, MaxTokens, InputCost, Params, EndpointPublicationDate}
}

// Op compares the figure of a model with the value of a condition.
type Op string

// The operators. The service documents the first three.
const (
	Less    Op = "<"
	Greater Op = ">"
	Equal   Op = "="
	AtMost  Op = "<="
	AtLeast Op = ">="
)

// Ops returns every operator, the documented ones first.
func Ops() []Op { return []Op{Less, Greater, Equal, AtMost, AtLeast} }

func (o Op) extended() bool { return o == AtMost || o == AtLeast }

// Condition limits one figure. Value is in the unit of the spec;
// [EndpointPublicationDate] uses Date instead.
type Condition struct {
	Spec  Spec
	Op    Op
	Value float64
	Date  catalog.Date
}

// String returns the condition without blanks: "input_cost<0.5".
func (c Condition) String() string { return string(c.Spec) + string(c.Op) + c.limit() }

func (c Condition) limit() string {
	if c.Spec == EndpointPublicationDate {
		return c.Date.String()
	}
	return text.Number(c.Value)
}

// String returns the canonical form, which parses back to an equal query.
func (q Query) String() string {
	var b strings.Builder
	b.WriteString(q.Tag)
	b.WriteByte('@')
	b.WriteString(string(q.Ranker))
	for i, c := range q.Conditions {
		if i == 0 {
			b.WriteByte('?')
		} else {
			b.WriteByte('&')
		}
		if q.extendedByNumber() {
			b.WriteString(string(c.Spec) + string(c.Op) + formatThousands(c.Value))
		} else {
			b.WriteString(c.String())
		}
	}
	return b.String()
}

// extendedByNumber reports whether a number with k is the only extension in the
// query: with the number written out it would follow the documented grammar.
func (q Query) extendedByNumber() bool {
	return q.Extended && len(q.Conditions) == 1 &&
		!q.Conditions[0].Op.extended() && q.Conditions[0].Spec != EndpointPublicationDate
}

// formatThousands writes 128000 as 128k. It moves the decimal point in the text,
// because dividing could round to a number that reads back differently.
func formatThousands(v float64) string {
	whole, fraction, _ := strings.Cut(text.Number(v), ".")
	whole = strings.Repeat("0", max(0, 4-len(whole))) + whole
	point := len(whole) - 3
	fraction = strings.TrimRight(whole[point:]+fraction, "0")
	if fraction == "" {
		return whole[:point] + "k"
	}
	return whole[:point] + "." + fraction + "k"
}

// IsQuery reports whether a model name is a virtual-model query: no model id
// contains "@".
func IsQuery(model string) bool { return strings.Contains(model, "@") }
