package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// Who picked the model of a query.
const (
	ResolvedByService = "service" // the service, from its own live data
	ResolvedByCatalog = "catalog" // this program, from the catalogue
)

// target is the model that a call goes to.
type target struct {
	id         string        // what is sent
	entry      catalog.Model // zero for a model that the catalogue does not list
	needs      []need        // what the call asks of it
	requested  string
	resolvedBy string // "" unless the name was a query
	settings   NamedModel
	warnings   []Warning
}

// need is a capability that a call asks of its model.
type need struct {
	capability catalog.Capability
	preferred  bool // it counts only where a query leaves a choice
}

// resolve finds the model that name means: a named model of the configuration,
// an id, an alias, a slug or an id in other case, each also behind "ovhcloud/",
// or a query. A blank name is the default.
func (p *Provider) resolve(ctx context.Context, name, fallback string, needs []need) (target, error) {
	t := target{requested: strings.TrimSpace(name), needs: needs}
	isDefault := t.requested == ""
	if isDefault {
		t.requested = fallback
	}
	wanted := strings.TrimPrefix(t.requested, "ovhcloud/")
	for _, name := range []string{t.requested, wanted} {
		if named, ok := p.configured.Load().models[name]; ok {
			t.settings, wanted = named, strings.TrimPrefix(named.Model, "ovhcloud/")
			break
		}
	}
	if virtual.IsQuery(wanted) {
		return p.resolveQuery(ctx, t, wanted, isDefault, needs)
	}
	known := p.Catalog(ctx)
	model, exact, ok := known.Lookup(wanted)
	if !ok && !known.Complete() {
		known = p.VerifiedCatalog(ctx)
		model, exact, ok = known.Lookup(wanted)
	}
	switch {
	case !ok && (known.Complete() || !wellFormed(wanted)):
		return t, p.unknownModel(wanted, known, needs)
	case !ok:
		t.id = wanted
		t.warn(WarnModelUnverified, "the catalogue could not be read, so %q was sent as it is", wanted)
		return t, nil
	case !exact:
		t.warn(WarnModelAlias, "%q stands for the model %q", wanted, model.ID)
	}
	t.id, t.entry = model.ID, model
	return t, lacking(model, needs, known)
}

// resolveQuery sends a documented query to the service, which knows best, and
// resolves others here: those of defaults, those that use this project's
// extensions, and those of calls that need an ability the service cannot see.
func (p *Provider) resolveQuery(ctx context.Context, t target, wanted string, isDefault bool, needs []need) (target, error) {
	query, err := virtual.Parse(wanted)
	if err != nil {
		return t, querySyntax("model", err)
	}
	local := isDefault || query.Extended || slices.ContainsFunc(needs, func(n need) bool { return n.capability != catalog.Chat })
	known := p.Catalog(ctx)
	found, err := virtual.Resolve(known.Models(), query, wanting(needs))
	if required := slices.DeleteFunc(slices.Clone(needs), func(n need) bool { return n.preferred }); err != nil && len(required) < len(needs) {
		found, err = virtual.Resolve(known.Models(), query, wanting(required))
	}
	if query.Extended {
		t.warn(WarnQueryExtension, "%q uses an extension of the documented grammar and was resolved from the catalogue", wanted)
	}
	switch {
	case !local:
		t.id, t.resolvedBy = wanted, ResolvedByService
		if err != nil {
			t.warn(WarnNoLocalMatch, "no listed model matches %q; the service was asked all the same, since it also serves unlisted ones", wanted)
		}
		return t, nil
	case err != nil:
		return t, noMatch(err)
	}
	t.warnings = append(t.warnings, staleness(known)...)
	t.entry = found.Candidates[0].Model
	t.id, t.resolvedBy = t.entry.ID, ResolvedByCatalog
	return t, nil
}

// wanting says what a query's model must be able to do, in the form that
// [virtual.Resolve] takes.
func wanting(needs []need) func(catalog.Model) string {
	return func(m catalog.Model) string {
		for _, n := range needs {
			switch obstacle := m.ChatObstacle(); {
			case n.capability == catalog.Chat && obstacle != "":
				return obstacle
			case !m.Available:
				return "is not available"
			case !m.Can(n.capability):
				return "does not " + n.capability.Verb()
			}
		}
		return ""
	}
}

// staleness warns of a catalogue that could not be refreshed.
func staleness(known *catalog.Catalog) []Warning {
	if known.Problem == "" {
		return nil
	}
	return []Warning{{WarnCatalogStale, fmt.Sprintf("the catalogue is the %s one of %s, because it could not be refreshed: %s",
		known.Source, known.FetchedAt.UTC().Format(time.DateTime+" UTC"), known.Problem)}}
}

func (t *target) warn(code WarningCode, format string, args ...any) {
	t.warnings = append(t.warnings, Warning{code, fmt.Sprintf(format, args...)})
}

// CheckModelName says whether name can be a model's: a query must parse.
func CheckModelName(name string) error {
	if virtual.IsQuery(name) {
		_, err := virtual.Parse(strings.TrimPrefix(name, "ovhcloud/"))
		return err
	}
	if !wellFormed(name) {
		return errors.New("not a model id, alias or query")
	}
	return nil
}

// wellFormed reports whether name could be an id of the service.
func wellFormed(name string) bool {
	if name == "" || len(name) > 200 {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/", r)
	})
}

// unknownModel suggests the nearest models that could do what the call needs.
func (p *Provider) unknownModel(name string, known *catalog.Catalog, needs []need) *Error {
	candidates := p.NamedModels()
	for _, m := range known.Models() {
		if lacking(m, needs, known) == nil {
			candidates = append(candidates, m.ID)
		}
	}
	return &Error{
		Code:    CodeUnknownModel,
		Message: fmt.Sprintf("model: AI Endpoints has no model %q", bounded(name)),
		Hint:    "the nearest are " + strings.Join(virtual.Nearest(bounded(name), candidates, 3), ", "),
	}
}

// lacking refuses a listed model that cannot do what the call needs, and names
// some that can. Of an unlisted model nothing is known, so it may try.
func lacking(model catalog.Model, needs []need, known *catalog.Catalog) error {
	if !model.Listed {
		return nil
	}
	for _, n := range needs {
		if n.preferred || model.Can(n.capability) {
			continue
		}
		var able []string
		for _, other := range known.Models() {
			if other.Listed && other.Available && other.Can(n.capability) && len(able) < 4 {
				able = append(able, other.ID)
			}
		}
		return &Error{
			Code:    CodeUnsupported,
			Message: fmt.Sprintf("model: %s does not %s", model.ID, n.capability.Verb()),
			Hint:    "models that do: " + strings.Join(able, ", "),
		}
	}
	return nil
}
