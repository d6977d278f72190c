package catalog

import (
	"slices"
	"strings"
	"time"
)

// Source says where a catalogue came from.
type Source string

// The sources, best first.
const (
	SourceLive     Source = "live"
	SourceCache    Source = "cache"
	SourceSnapshot Source = "snapshot"
)

// Catalog is the set of models at one moment. It never changes, so it may be
// shared; do not modify the slices that it returns.
type Catalog struct {
	Source    Source
	FetchedAt time.Time
	// ServedLive says that /v1/models was read from the service just now. Only
	// then, and with a live source, is an id that is absent here really unknown.
	ServedLive bool
	Problem    string // why the last refresh failed; "" if it did not
	// CatalogProblem is the part of Problem that is the catalogue's own, and not that of
	// /v1/models.
	CatalogProblem string

	models []Model
	byID   map[string]int
	folded map[string]int // lower-case id, alias or slug
	// renamed are the served ids by which a listed model is called whose own id is not
	// served.
	renamed map[string]int
}

// New joins listed models with the served ids of /v1/models. A served id that is an
// alias or slug of a listed model marks that model as served; any other becomes a
// model of its own, without figures. A nil served list means that it is not known.
func New(listed []Model, served []string) *Catalog {
	c := &Catalog{models: slices.Clone(listed), byID: map[string]int{}, folded: map[string]int{}, renamed: map[string]int{}}
	for i, m := range c.models {
		c.byID[m.ID] = i
	}
	c.indexNames()
	isServed := make(map[string]bool, len(served))
	for _, id := range served {
		isServed[id] = true
	}
	for _, id := range served {
		i, ok := c.find(id)
		if !ok {
			i = len(c.models)
			c.models = append(c.models, Model{ID: id})
			c.byID[id] = i
			c.index(id, i)
		}
		c.models[i].Served, c.models[i].Available = true, true
		if !isServed[c.models[i].ID] {
			c.renamed[id] = i
		}
	}
	return c
}

// indexNames makes every model be found by its names.
func (c *Catalog) indexNames() {
	for i, m := range c.models {
		c.index(m.ID, i)
	}
	for i, m := range c.models {
		for _, name := range slices.Concat(m.Aliases, []string{m.Slug}) {
			c.index(name, i)
		}
	}
}

// Only returns the catalogue without the models whose ids keep refuses, as if there were
// none of them.
func (c *Catalog) Only(keep func(id string) bool) *Catalog {
	part := *c
	part.models = nil
	part.byID, part.folded, part.renamed = map[string]int{}, map[string]int{}, map[string]int{}
	places := make([]int, len(c.models)) // in part
	for i, m := range c.models {
		places[i] = -1
		if keep(m.ID) {
			places[i] = len(part.models)
			part.byID[m.ID] = places[i]
			part.models = append(part.models, m)
		}
	}
	part.indexNames()
	for served, i := range c.renamed {
		if places[i] >= 0 {
			part.byID[served], part.renamed[served] = places[i], places[i]
		}
	}
	return &part
}

// index makes a name find model i. A name that several models have, as NVIDIA-RIVA
// is an alias of four text to speech voices, finds the first; ids go before aliases.
func (c *Catalog) index(name string, i int) {
	key := strings.ToLower(name)
	if _, taken := c.folded[key]; key != "" && !taken {
		c.folded[key] = i
	}
}

func (c *Catalog) find(name string) (int, bool) {
	if i, ok := c.byID[name]; ok {
		return i, true
	}
	i, ok := c.folded[strings.ToLower(name)]
	return i, ok
}

// Models returns every model in catalogue order, unlisted served ones last.
func (c *Catalog) Models() []Model { return c.models }

// Lookup finds a model by its id, alias or slug, in any case; exact reports
// whether name is the id itself. A served id is always one: if the listed model has
// another that is not served, it is returned under the served one.
func (c *Catalog) Lookup(name string) (m Model, exact, ok bool) {
	if i, ok := c.renamed[name]; ok {
		m := c.models[i]
		m.ID = name
		return m, true, true
	}
	i, ok := c.find(name)
	if !ok {
		return Model{}, false, false
	}
	return c.models[i], c.models[i].ID == name, true
}

// Complete reports whether an id that is absent here is known not to exist.
func (c *Catalog) Complete() bool { return c.Source == SourceLive && c.ServedLive && c.Problem == "" }

// Names returns every id, for suggestions.
func (c *Catalog) Names() []string {
	names := make([]string, len(c.models))
	for i, m := range c.models {
		names[i] = m.ID
	}
	return names
}

// HasInput reports whether the model takes the modality ("text", "image").

func (m Model) HasInput(modality string) bool { return slices.Contains(m.Input, modality) }

// HasOutput reports whether the model returns the modality ("text", "embedding_vector").
func (m Model) HasOutput(modality string) bool { return slices.Contains(m.Output, modality) }

// Cost returns the price in EUR of a call, and false if the catalogue has no price
// for it. Embedding models have no output price, and no output tokens.
func (m Model) Cost(promptTokens, completionTokens int) (eur float64, ok bool) {
	if m.InputPrice == nil || (m.OutputPrice == nil && completionTokens > 0) {
		return 0, false
	}
	eur = *m.InputPrice * float64(promptTokens) / 1e6
	if m.OutputPrice != nil {
		eur += *m.OutputPrice * float64(completionTokens) / 1e6
	}
	return eur, true
}
