package provider

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// Who picked the model of a query.
const (
	ResolvedByService = "service" // the service, from its own live data
	ResolvedByCatalog = "catalog" // this program, from the catalogue
)

// resolver finds the model that a name stands for.
type resolver struct {
	service    string // its name, for messages
	noCatalog  bool   // the service has no catalogue: what it serves is all that is known
	catalog    view
	cooldown   *limit.Cooldown // keyed by what is sent as the model
	configured *atomic.Pointer[configured]
}

// configured is what the configuration says of models.
type configured struct {
	models   map[string]NamedModel
	defaults Defaults
}

// configure replaces the named models and the defaults.
func (r *resolver) configure(models map[string]NamedModel, d Defaults) {
	r.configured.Store(&configured{models, Defaults{
		Chat:    cmp.Or(d.Chat, DefaultChatModel),
		Vision:  cmp.Or(d.Vision, DefaultVisionModel),
		Extract: cmp.Or(d.Extract, DefaultExtractModel),
		Embed:   cmp.Or(d.Embed, DefaultEmbedModel),
		Speech:  cmp.Or(d.Speech, DefaultSpeechModel),
	}})
}

func (r *resolver) defaults() Defaults { return r.configured.Load().defaults }

// namedModels returns the names of the configuration's models that are usable.
func (r *resolver) namedModels(ctx context.Context) []string {
	named := r.configured.Load().models
	usable := slices.DeleteFunc(slices.Collect(maps.Keys(named)), func(name string) bool {
		return r.mayNotUse(ctx, withoutPrefix(named[name].Model))
	})
	slices.Sort(usable)
	return usable
}

// resolvedModel is the model that a call goes to.
type resolvedModel struct {
	id           string         // what is sent
	entry        *catalog.Model // zero for a model that the catalogue does not list
	requirements requirements
	requested    string
	resolvedBy   string // "" unless the name was a query
	settings     NamedModel
	warnings     warnings
}

// requirements are the capabilities that a call asks of its model.
type requirements struct {
	must   []catalog.Capability
	prefer catalog.Capability // counts only where a query leaves a choice; "" is no preference
	pinned bool               // all requests go to one model, which the service may not do with a query
}

func require(must ...catalog.Capability) requirements { return requirements{must: must} }

// onlyChat reports whether any model that chats will do, which the service can
// pick itself.
func (r requirements) onlyChat() bool {
	return !r.pinned && r.prefer == "" && slices.Equal(r.must, []catalog.Capability{catalog.Chat})
}

func (r requirements) metBy(m catalog.Model) bool {
	return !slices.ContainsFunc(r.must, func(c catalog.Capability) bool { return !m.Can(c) })
}

// suits reports whether m is worth naming for a call: a guard model chats, but nobody
// wants its answer. Of an unlisted model nothing is known.
func (r requirements) suits(m catalog.Model) bool {
	return !m.Listed || !slices.Contains(r.must, catalog.Chat) || m.ChatObstacle() == ""
}

// exclusion returns why a query must not pick m, "" if it may; see [virtual.Resolve].
func (r requirements) exclusion(m catalog.Model) string {
	wanted := r.must
	if r.prefer != "" {
		wanted = append(slices.Clone(wanted), r.prefer)
	}
	for _, c := range wanted {
		switch obstacle := m.ChatObstacle(); {
		case c == catalog.Chat && obstacle != "":
			return obstacle
		case !m.Available:
			return "is not available"
		case !m.Can(c):
			return "does not " + c.Verb()
		}
	}
	return ""
}

// resolve finds the model that name stands for: a named model of the configuration, an
// id, an alias, a slug or an id in other case, each also behind "ovhcloud/", or a
// query. A blank name is the default. An id may hold @, so it comes before a query.
func (r *resolver) resolve(ctx context.Context, name, defaultModel string, required requirements) (resolvedModel, error) {
	m := resolvedModel{requested: unquote(name), requirements: required, entry: new(catalog.Model)}
	isDefault := m.requested == ""
	if isDefault {
		m.requested = defaultModel
	}
	if isDefault && r.noCatalog && slices.Contains(builtInDefaults(), defaultModel) {
		return r.onlyServed(ctx, m)
	}
	wanted := withoutPrefix(m.requested)
	for _, name := range []string{m.requested, wanted} {
		if named, ok := r.configured.Load().models[name]; ok {
			m.settings, wanted = named, withoutPrefix(named.Model)
			break
		}
	}
	known := r.catalog.Get(ctx)
	model, exact, ok := known.Lookup(wanted)
	if !ok && !known.Complete() && !parses(wanted) {
		known = r.catalog.Verified(ctx)
		model, exact, ok = known.Lookup(wanted)
	}
	switch {
	case !ok && (!isDefault || !virtual.IsQuery(wanted)) && r.mayNotUse(ctx, wanted):
		return m, r.notPermitted(ctx, wanted, required)
	case !ok && virtual.IsQuery(wanted) && r.noCatalog:
		return m, r.noQuery("model", wanted, known)
	case !ok && virtual.IsQuery(wanted):
		return r.resolveQuery(ctx, m, wanted, isDefault)
	case !ok && (known.Complete() || !wellFormed(wanted)):
		return m, r.unknownModel(ctx, wanted, known, required)
	case !ok:
		m.id = wanted
		m.warnings.add(WarnModelUnverified, "the list of models could not be read, so %q was sent as it is", wanted)
		return m, nil
	case !exact:
		m.warnings.add(WarnModelAlias, "%q stands for the model %q", wanted, model.ID)
	}
	m.id, m.entry = model.ID, &model
	return m, requireCapabilities(model, required, known)
}

// resolveQuery sends a documented query to the service, which knows best, and
// resolves others here: those of defaults, those that use this project's
// extensions, and those of calls that need a capability the service cannot see. A
// query whose tag has only models of another kind goes nowhere.
func (r *resolver) resolveQuery(ctx context.Context, m resolvedModel, wanted string, isDefault bool) (resolvedModel, error) {
	query, err := virtual.Parse(wanted)
	if err != nil {
		return m, querySyntax("model", err)
	}
	known, required := r.catalog.Get(ctx), m.requirements
	if r.catalog.who.ChoosesModels() {
		required.pinned = true // the service could pick any
	}
	found, err := virtual.Resolve(known.Models(), query, required.exclusion)
	if err != nil && required.prefer != "" {
		found, err = virtual.Resolve(known.Models(), query, require(required.must...).exclusion)
	}
	if query.Extended {
		m.warnings.add(WarnQueryExtension, "%q uses an extension of the documented grammar and was resolved from the catalogue", wanted)
	}
	switch {
	case err == nil && (isDefault || query.Extended || !required.onlyChat()):
		m.entry = &found.Candidates[0].Model
	case isDefault:
		replacement, ok := required.replaceDefault(known)
		if !ok && r.catalog.who.ChoosesModels() {
			replacement, ok = first(required.unlisted(known)) // the caller may have no others
		}
		switch {
		case !ok && r.catalog.who.ChoosesModels():
			return m, r.notPermitted(ctx, wanted, required)
		case !ok:
			return m, noMatch(err, required)
		}
		m.entry = &replacement
		m.warnings.add(WarnNoLocalMatch, "the default model was replaced by %s: %s", replacement.ID, err)
	case err != nil && (query.Extended || !required.onlyChat() || required.ofAnotherKind(err) != nil):
		return m, noMatch(err, required)
	default:
		m.id, m.resolvedBy = wanted, ResolvedByService
		if err != nil {
			m.warnings.add(WarnNoLocalMatch,
				"no listed model matches %q; the service was asked all the same, since it also serves unlisted ones", wanted)
		}
		return m, nil
	}
	m.warnings.addStaleness(known)
	m.id, m.resolvedBy = m.entry.ID, ResolvedByCatalog
	return m, nil
}

// unknownModel suggests the nearest models that could do what the call needs.
func (r *resolver) unknownModel(ctx context.Context, name string, known *catalog.Catalog, required requirements) *Error {
	candidates := append(r.namedModels(ctx), suitable(known, required)...)
	shown := excerpt(name)
	return &Error{
		Code:    CodeUnknownModel,
		Message: fmt.Sprintf("model: %s has no model %q", r.service, shown),
		Hint:    nameModels("the nearest are ", virtual.Nearest(shown, candidates, 3)),
	}
}

// suitable returns the ids of the models that are worth naming for a call. Of an unlisted
// model only its name tells whether it can do what the call needs.
func suitable(known *catalog.Catalog, required requirements) []string {
	var ids []string
	for _, m := range known.Models() {
		isOther := !m.Listed && !fitsByName(m.ID, required.kind())
		if requireCapabilities(m, required, known) == nil && required.suits(m) && !isOther {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// requireCapabilities refuses a listed model that cannot do what the call needs,
// and names some that can. A model of which that is not known may try.
func requireCapabilities(model catalog.Model, required requirements, known *catalog.Catalog) error {
	for _, c := range required.must {
		if model.MayHave(c) {
			continue
		}
		var able []string
		for _, other := range known.Models() {
			if other.Listed && other.Available && other.Can(c) && required.suits(other) && len(able) < 4 {
				able = append(able, other.ID)
			}
		}
		return &Error{
			Code:    CodeUnsupported,
			Message: fmt.Sprintf("model: %s does not %s", model.ID, c.Verb()),
			Hint:    nameModels("models that do: ", able),
		}
	}
	return nil
}

// nameModels returns a hint that names models, if there are any.
func nameModels(introduction string, ids []string) string {
	if len(ids) == 0 {
		return "no model of the catalogue can do what this call needs"
	}
	return introduction + strings.Join(ids, ", ")
}

func querySyntax(parameter string, err error) *Error {
	return &Error{
		Code: CodeQuerySyntax, Message: parameter + ": " + err.Error(), cause: err,
		Hint: "a query is tag@ranker?spec<value, as in llama@latest or text_generation@biggest?input_cost<0.5",
	}
}
