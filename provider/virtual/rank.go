package virtual

import (
	"cmp"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// Candidate is a model that matches a query, with the figure that ranks it: Value,
// or Date when the ranker is [Latest].
type Candidate struct {
	Model catalog.Model
	Value *float64     // in Unit; nil for latest
	Unit  string       // follows the number: "billion parameters"; "" for latest
	Date  catalog.Date // when the endpoint was published; zero unless the ranker is latest
}

// Figure returns the ranking figure to print: "117 billion parameters" or "2025-08-12".
func (c Candidate) Figure() string {
	if c.Value == nil {
		return c.Date.String()
	}
	return text.Number(*c.Value) + " " + c.Unit
}

func newCandidate(m *catalog.Model, r Ranker, priceUnit string) Candidate {
	c := Candidate{Model: *m}
	if r == Latest {
		c.Date = m.PublishedAt
		return c
	}
	c.Value, c.Unit = r.figure(m, priceUnit), r.unit(priceUnit)
	return c
}

// figure returns the number of m that r ranks by. It is nil if the catalogue has
// none, and for latest, which ranks by date.
func (r Ranker) figure(m *catalog.Model, priceUnit string) *float64 {
	switch r {
	case Fastest:
		return m.Speed
	case Cheapest:
		return m.Price(priceUnit)
	case Biggest, Smallest:
		return m.ParamsB
	}
	return nil
}

func (r Ranker) unit(priceUnit string) string {
	switch r {
	case Fastest:
		return "on the catalogue's speed scale"
	case Cheapest:
		return "EUR " + catalog.UnitWords(priceUnit)
	case Biggest, Smallest:
		return "billion parameters"
	}
	return ""
}

// missing returns the name of the figure that r ranks by if m lacks it, else "".
func (r Ranker) missing(m *catalog.Model, priceUnit string) string {
	switch {
	case r == Latest && m.PublishedAt.IsZero():
		return string(EndpointPublicationDate)
	case r == Latest || r.figure(m, priceUnit) != nil:
		return ""
	case r == Fastest:
		return "speed"
	case r == Cheapest && priceUnit != catalog.MillionInputTokens:
		return "price " + catalog.UnitWords(priceUnit)
	case r == Cheapest:
		return string(InputCost)
	}
	return string(Params)
}

// compare orders candidates that have their ranking figure, the best first.
// Ties go to the newer endpoint, then to the cheaper model, then to the first id.
func (r Ranker) compare(a, b Candidate) int {
	order := 0
	switch r {
	case Cheapest, Smallest:
		order = cmp.Compare(*a.Value, *b.Value)
	case Fastest, Biggest:
		order = cmp.Compare(*b.Value, *a.Value)
	}
	return cmp.Or(
		order,
		b.Model.PublishedAt.Compare(a.Model.PublishedAt),
		catalog.CompareFigures(a.Model.InputPrice, b.Model.InputPrice, 1),
		strings.Compare(a.Model.ID, b.Model.ID),
	)
}
