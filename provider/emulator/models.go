package emulator

import (
	"context"
	"slices"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// models are the models that answer: those that the catalogue lists as
// available and every served id. A served id without a catalogue entry has no
// known figures.
type models struct {
	all  []catalog.Model
	byID map[string]catalog.Model

	audio map[string]audioLimits
}

func loadModels(listedPayload, servedPayload []byte) models {
	snapshotListed, snapshotServed := catalog.SnapshotPayloads()
	listed, _, err := catalog.Decode(context.Background(), listedPayload)
	if err != nil {
		listed, _, _ = catalog.Decode(context.Background(), snapshotListed)
	}
	served, _, err := catalog.DecodeServed(context.Background(), servedPayload)
	if err != nil {
		served, _, _ = catalog.DecodeServed(context.Background(), snapshotServed)
	}
	joined := catalog.New(listed, served)
	m := models{all: joined.Models(), byID: map[string]catalog.Model{}, audio: readAudioLimits(listedPayload)}
	for _, model := range m.all {
		if model.Available {
			m.byID[model.ID] = model
		}
	}
	for _, id := range served {
		// A served id may be an alias of a listed model; no other alias is callable.
		if model, _, ok := joined.Lookup(id); ok {
			m.byID[id] = model
		}
	}
	return m
}

// find returns the model of an id, which is exact and case-sensitive.
func (m models) find(id string) (catalog.Model, error) {
	model, ok := m.byID[id]
	if !ok {
		return catalog.Model{}, unknownModel(id)
	}
	return model, nil
}

// resolve returns the model of an id or of a virtual-model query. What the
// service answers to a query that matches nothing is not known; here it is the
// same 404 as for an unknown id.
func (m models) resolve(name string) (catalog.Model, error) {
	if !virtual.IsQuery(name) {
		return m.find(name)
	}
	query, err := virtual.Parse(name)
	if err != nil {
		return catalog.Model{}, unknownModel(name)
	}
	resolution, err := virtual.Resolve(m.all, query, nil)
	if err != nil || len(resolution.Candidates) == 0 {
		return catalog.Model{}, unknownModel(name)
	}
	return m.find(resolution.Candidates[0].Model.ID)
}

// supports reports whether a model has a response format. An unlisted model, of
// which nothing is known, has all of them.
func supports(m catalog.Model, format string) bool {
	return !m.Listed || slices.Contains(m.ResponseFormats, format)
}
