package provider

import (
	"errors"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// builtInDefault returns the built-in default of calls with the requirements.
func (r requirements) builtInDefault() string {
	switch {
	case slices.Contains(r.must, catalog.Embeddings):
		return DefaultEmbedModel
	case slices.Contains(r.must, catalog.SpeechToText):
		return DefaultSpeechModel
	case slices.Contains(r.must, catalog.Vision):
		return DefaultVisionModel
	default:
		return DefaultChatModel
	}
}

// replaceDefault returns the model of a call that names none when no listed model
// matches the default, as when the catalogue has lost its prices: what the built-in
// default picks, else the cheapest model that can do what the call needs, else what
// the built-in default picks in the built-in catalogue, if the service has it.
func (r requirements) replaceDefault(known *catalog.Catalog) (catalog.Model, bool) {
	pick := r.builtInDefault()
	if m, ok := first(r.matching(known, pick)); ok {
		return m, true
	}
	if m, ok := first(r.cheapest(known)); ok {
		return m, true
	}
	for _, m := range r.matching(catalog.Snapshot(), pick) {
		m, exact, ok := known.Lookup(m.ID)
		if ok && exact && m.Available && !slices.ContainsFunc(r.must, func(c catalog.Capability) bool { return !m.MayHave(c) }) {
			return m, true
		}
	}
	return catalog.Model{}, false
}

// unlisted returns the models of which only the id is known, and which by that are of the
// kind that the call needs. Whether they can see is not in a name.
func (r requirements) unlisted(known *catalog.Catalog) []catalog.Model {
	return slices.DeleteFunc(slices.Clone(known.Models()), func(m catalog.Model) bool {
		return m.Listed || !m.Available || !fitsByName(m.ID, r.kind()) || slices.Contains(r.must, catalog.Vision)
	})
}

func first(models []catalog.Model) (catalog.Model, bool) {
	if len(models) == 0 {
		return catalog.Model{}, false
	}
	return models[0], true
}

// pools returns the exclusions of models to try in turn: with the preference, then
// without.
func (r requirements) pools() []func(catalog.Model) string {
	return []func(catalog.Model) string{r.exclusion, require(r.must...).exclusion}
}

// matching returns the models that an id or a query stands for, best first.
func (r requirements) matching(known *catalog.Catalog, pick string) []catalog.Model {
	query, err := virtual.Parse(pick)
	for _, exclude := range r.pools() {
		if err != nil {
			if m, exact, ok := known.Lookup(pick); ok && exact && exclude(m) == "" {
				return []catalog.Model{m}
			}
			continue
		}
		if found, err := virtual.Resolve(known.Models(), query, exclude); err == nil {
			var models []catalog.Model
			for _, c := range found.Candidates {
				models = append(models, c.Model)
			}
			return models
		}
	}
	return nil
}

// cheapest returns the models that can do what the call needs, the cheapest first and
// those without a price last.
func (r requirements) cheapest(known *catalog.Catalog) []catalog.Model {
	for _, exclude := range r.pools() {
		models := slices.DeleteFunc(slices.Clone(known.Models()), func(m catalog.Model) bool { return exclude(m) != "" })
		if len(models) == 0 {
			continue
		}
		slices.SortStableFunc(models, func(a, b catalog.Model) int {
			return catalog.CompareFigures(a.Price(a.PriceUnit()), b.Price(b.PriceUnit()), 1)
		})
		return models
	}
	return nil
}

// kind is the kind of the models that the requirements are for.
func (r requirements) kind() catalog.Kind {
	switch {
	case slices.Contains(r.must, catalog.Embeddings):
		return catalog.KindEmbedding
	case slices.Contains(r.must, catalog.SpeechToText):
		return catalog.KindSpeechToText
	}
	return catalog.KindChat
}

// ofAnotherKind returns the failure of a query whose tag has only models of another
// kind than the call's, such as whisper@latest for a chat; nil if err is another.
func (r requirements) ofAnotherKind(err error) *virtual.NoMatchError {
	none, ok := errors.AsType[*virtual.NoMatchError](err)
	if !ok || none.Kind == "" || none.Kind == r.kind() {
		return nil
	}
	return none
}

// noMatch says what to do about a query that no model matches.
func noMatch(err error, required requirements) *Error {
	e := &Error{Code: CodeNoMatch, Message: err.Error(), Hint: "loosen a condition, or name a model by its id", cause: err}
	none := required.ofAnotherKind(err)
	if none == nil {
		return e
	}
	switch none.Kind {
	case catalog.KindChat:
		e.Hint = "the tool chat takes chat models; " + e.Hint
	case catalog.KindEmbedding:
		e.Hint = "the tool embed takes embedding models"
	case catalog.KindSpeechToText:
		e.Hint = "the tool transcribe takes speech-to-text models"
	case catalog.KindModeration:
		e.Hint = "to classify text, name the model by its id in chat: " + strings.Join(ids(none.Excluded, 3), ", ")
	default:
		e.Hint = "this server has no tool for " + string(none.Kind) + " models; "
		switch required.kind() {
		case catalog.KindEmbedding:
			e.Hint += "name an embedding model, as " + DefaultEmbedModel
		case catalog.KindSpeechToText:
			e.Hint += "use a tag of models that turn speech into text, as in " + DefaultSpeechModel
		default:
			e.Hint += "use a tag of models that chat, as in text_generation@cheapest"
		}
	}
	return e
}

func ids(excluded []virtual.Exclusion, most int) []string {
	var ids []string
	for _, e := range excluded[:min(len(excluded), most)] {
		ids = append(ids, e.Model)
	}
	return ids
}
