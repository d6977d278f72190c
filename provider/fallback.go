package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// leadsToFallback reports whether another model may do better: a bad request would
// fail with any, and for a call that is over nothing can be done.
func leadsToFallback(ctx context.Context, failure *Error) bool {
	return ctx.Err() == nil && (failure.Retryable || failure.Code == CodeUnknownModel)
}

// next returns the fallback that comes after a model that failed.
func (r *resolver) next(ctx context.Context, failed resolvedModel, failure *Error) (resolvedModel, bool) {
	if !leadsToFallback(ctx, failure) {
		return resolvedModel{}, false
	}
	return r.fallBack(ctx, failed, fmt.Sprintf("%s failed (%s)", failed.id, failure.Code))
}

// avoidCooling returns a fallback in place of a model that failed a moment ago. The
// model stays the last resort, and is asked at once when every fallback failed a
// moment ago too.
func (r *resolver) avoidCooling(ctx context.Context, model resolvedModel) resolvedModel {
	skipped := r.skipped(model.id)
	if skipped == "" {
		return model
	}
	next, ok := r.fallBack(ctx, model, skipped)
	if _, cooling := r.cooldown.Since(next.id); !ok || cooling {
		return model
	}
	next.settings.Fallback = append(next.settings.Fallback, model.settings.Model)
	return next
}

// skipped says why a cooling model was not asked, "" for any other.
func (r *resolver) skipped(model string) string {
	ago, cooling := r.cooldown.Since(model)
	if !cooling {
		return ""
	}
	return fmt.Sprintf("%s was skipped, because it failed %d s ago", model, int(ago.Seconds()))
}

// fallBack returns the first of a model's fallbacks that can do what the call
// needs. One that failed a moment ago comes after the others.
func (r *resolver) fallBack(ctx context.Context, from resolvedModel, why string) (resolvedModel, bool) {
	var next resolvedModel
	reasons, place := []string{why}, -1
	for i, name := range from.settings.Fallback {
		candidate, err := r.resolve(ctx, name, "", from.requirements)
		if err != nil || candidate.id == from.id {
			continue
		}
		skipped := r.skipped(candidate.id)
		if place < 0 || skipped == "" {
			next, place = candidate, i
		}
		if skipped == "" {
			break
		}
		reasons = append(reasons, skipped)
	}
	if place < 0 {
		return resolvedModel{}, false
	}
	if _, cooling := r.cooldown.Since(next.id); cooling {
		reasons = reasons[:1] // all are, so none was skipped
	}
	next.requested, next.settings = from.requested, from.settings
	next.settings.Fallback = slices.Delete(slices.Clone(from.settings.Fallback), place, place+1)
	earlier := slices.DeleteFunc(slices.Clone(from.warnings), func(w Warning) bool { return w.Code != WarnModelFallback })
	next.warnings = append(earlier, next.warnings...)
	next.warnings.add(WarnModelFallback, "%s, so %s was asked", strings.Join(reasons, "; "), next.id)
	return next, true
}

// explainNotFound adds to the error of a listed model that was not found that the
// model was retired. A 404 that does not speak of the model may be that of a wrong
// base URL, unless the ids of models were read there.
func (r *resolver) explainNotFound(ctx context.Context, model resolvedModel, err error) error {
	failure, ok := errors.AsType[*Error](err)
	if !ok || failure.Status != http.StatusNotFound || !model.entry.Listed || namesFormat(failure.Message) || namesRoute(failure.Message) {
		return err
	}
	known := r.catalog.Get(ctx)
	if known.Source == catalog.SourceSnapshot && r.service != aiEndpoints {
		return err // the built-in catalogue stands in, and is that of another server
	}
	if failure.Code != CodeUnknownModel && !known.ServedLive {
		return err
	}
	retired := *failure
	retired.Code, retired.Retryable = CodeUnknownModel, false
	retired.Hint = model.id + " was retired, although the catalogue lists it; " + replacementHint(*model.entry, known, model.requirements)
	return &retired
}

// warnDeprecated warns that a model is being retired, with the service's notice and
// the nearest replacement. Without a notice it does nothing.
func (r *resolver) warnDeprecated(ctx context.Context, w *warnings, notice, model string, required requirements) {
	if notice == "" {
		return
	}
	known := r.catalog.Get(ctx)
	old, _, ok := known.Lookup(model)
	if !ok {
		old.ID = model
	}
	w.add(WarnModelDeprecated, "the service says: %s; %s", notice, replacementHint(old, known, required))
}

func replacementHint(old catalog.Model, known *catalog.Catalog, required requirements) string {
	switch id := replacement(old, known.Models(), required); {
	case id == "":
		return "no other model of the catalogue can do what this call needs"
	case old.Embedding != nil:
		return "the nearest replacement is " + id + ", whose vectors do not compare with the old ones"
	default:
		return "the nearest replacement is " + id
	}
}
