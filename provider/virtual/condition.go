package virtual

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// failure returns why m does not satisfy c, or "".
func (c Condition) failure(m *catalog.Model) string {
	if !c.isKnown(m) {
		return missingReason(string(c.Spec))
	}
	if c.holds(m) {
		return ""
	}
	have := m.PublishedAt.String()
	if c.Spec != EndpointPublicationDate {
		have = text.Number(c.figure(m))
	}
	return fmt.Sprintf("has %s %s, not %s%s", c.Spec, have, c.Op, c.limit())
}

func missingReason(figure string) string { return "has no known " + figure }

// isKnown reports whether the catalogue has the figure that c limits.
func (c Condition) isKnown(m *catalog.Model) bool {
	switch c.Spec {
	case ContextSize:
		return m.ContextTokens != 0
	case MaxTokens:
		return m.MaxOutputTokens != 0
	case InputCost:
		return m.InputPrice != nil
	case Params:
		return m.ParamsB != nil
	case EndpointPublicationDate:
		return !m.PublishedAt.IsZero()
	}
	return false
}

// figure returns the known number that c limits, in the unit of its spec.
func (c Condition) figure(m *catalog.Model) float64 {
	switch c.Spec {
	case ContextSize:
		return float64(m.ContextTokens)
	case MaxTokens:
		return float64(m.MaxOutputTokens)
	case InputCost:
		return *m.InputPrice
	}
	return *m.ParamsB
}

func (c Condition) holds(m *catalog.Model) bool {
	var order int
	if c.Spec == EndpointPublicationDate {
		order = m.PublishedAt.Compare(c.Date)
	} else {
		order = cmp.Compare(c.figure(m), c.Value)
	}
	switch c.Op {
	case Less:
		return order < 0
	case Greater:
		return order > 0
	case Equal:
		return order == 0
	case AtMost:
		return order <= 0
	case AtLeast:
		return order >= 0
	}
	return false
}

// distance returns by how much m fails c, from 0 to 1, so that failures of
// different specs can be compared. For a missing figure it is 1.
func (c Condition) distance(m *catalog.Model) float64 {
	if !c.isKnown(m) {
		return 1
	}
	if c.Spec == EndpointPublicationDate {
		const year = 365 // days; a year off is a distance of 0.5
		days := math.Abs(dayNumber(m.PublishedAt) - dayNumber(c.Date))
		return days / (days + year)
	}
	have, want := c.figure(m), c.Value
	if have == want {
		return 0
	}
	return math.Abs(have-want) / max(have, want)
}

func dayNumber(d catalog.Date) float64 {
	day, _ := time.Parse(time.DateOnly, d.String())
	return float64(day.Unix()) / (24 * 60 * 60)
}
