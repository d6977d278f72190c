package provider

import (
	"cmp"
	"math"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// replacement returns the id of the available model that is nearest to old among those of
// its kind that can do what a call needs and do not retire before it; "" when none can.
// Of an unlisted model only the name is known.
func replacement(old catalog.Model, models []catalog.Model, required requirements) string {
	kind := cmp.Or(old.Kind(), required.kind())
	var able []*catalog.Model
	for i := range models {
		m := &models[i]
		lasts := m.RetiresAt.IsZero() || m.RetiresAt.Compare(old.RetiresAt) > 0
		if m.ID != old.ID && m.Listed && m.Available && lasts && m.Kind() == kind && required.metBy(*m) {
			able = append(able, m)
		}
	}
	if len(able) == 0 {
		return ""
	}
	if !old.Listed {
		ids := make([]string, len(able))
		for i, m := range able {
			ids[i] = m.ID
		}
		return virtual.Nearest(old.ID, ids, 1)[0]
	}
	wanted := newWanted(old)
	nearest := wanted.likeness(able[0])
	for _, m := range able[1:] {
		if other := wanted.likeness(m); other.compare(nearest) < 0 {
			nearest = other
		}
	}
	return nearest.id
}

// wanted is a model that others are compared with, with its lists as sets: a catalogue may
// have many models with long lists.
type wanted struct {
	catalog.Model
	formats, input, tags map[string]bool
}

func newWanted(m catalog.Model) wanted {
	return wanted{m, setOf(m.ResponseFormats), setOf(m.Input), setOf(m.Tags)}
}

// likeness is how near a model is to the wanted one: first the same series, then to lose
// the fewest capabilities, then to share the most use cases, then the closest size.
type likeness struct {
	id     string
	series int // 0 is the same
	lost   int // capabilities
	shared int // use cases
	ratio  float64
}

func (w wanted) likeness(m *catalog.Model) likeness {
	l := likeness{id: m.ID, lost: w.lost(m), shared: countIn(w.tags, m.Tags), ratio: sizeRatio(w.ParamsB, m.ParamsB)}
	if w.Series == "" || w.Series != m.Series {
		l.series = 1
	}
	return l
}

// compare is negative when l is nearer than other.
func (l likeness) compare(other likeness) int {
	return cmp.Or(cmp.Compare(l.series, other.series), cmp.Compare(l.lost, other.lost), cmp.Compare(other.shared, l.shared),
		cmp.Compare(l.ratio, other.ratio), cmp.Compare(l.id, other.id))
}

// lost counts the capabilities that m lacks.
func (w wanted) lost(m *catalog.Model) int {
	count := len(w.formats) - countIn(w.formats, m.ResponseFormats) + len(w.input) - countIn(w.input, m.Input)
	for _, c := range []catalog.Capability{catalog.ToolCalls, catalog.Reasoning} {
		if w.Can(c) && !m.Can(c) {
			count++
		}
	}
	return count
}

func setOf(words []string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, word := range words {
		set[word] = true
	}
	return set
}

func countIn(set map[string]bool, words []string) int {
	count := 0
	for _, word := range words {
		if set[word] {
			count++
		}
	}
	return count
}

// sizeRatio is 0 for the same size and the larger the more they differ, in either
// direction.
func sizeRatio(a, b *float64) float64 {
	if a == nil || b == nil || *a <= 0 || *b <= 0 {
		return math.Inf(1)
	}
	return math.Abs(math.Log(*a / *b))
}
