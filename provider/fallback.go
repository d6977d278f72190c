package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// leadsToFallback reports whether another model may do better: a bad request
// would fail with any, and for a call that is over nothing can be done.
func leadsToFallback(ctx context.Context, failure *Error) bool {
	return ctx.Err() == nil && (failure.Retryable || failure.Code == CodeUnknownModel)
}

// nextTarget gives the fallback that comes after a model that failed.
func (p *Provider) nextTarget(ctx context.Context, failed target, failure *Error, needs []need) (target, bool) {
	if !leadsToFallback(ctx, failure) {
		return target{}, false
	}
	return p.fallBack(ctx, failed, fmt.Sprintf("%s failed (%s)", failed.id, failure.Code), needs)
}

// avoidCooling gives a fallback in place of a model that failed a moment ago. It
// never leaves a call worse off: without a fallback that is in better health the
// model is asked, and with one it is still the last resort.
func (p *Provider) avoidCooling(ctx context.Context, to target, needs []need) target {
	skipped := p.cooling.skipped(to.id)
	if skipped == "" {
		return to
	}
	next, ok := p.fallBack(ctx, to, skipped, needs)
	if _, cooling := p.cooling.since(next.id); !ok || cooling {
		return to
	}
	next.settings.Fallback = append(next.settings.Fallback, to.settings.Model)
	return next
}

// fallBack gives the first of a target's fallbacks that can do what the call
// needs. One that failed a moment ago comes after the others.
func (p *Provider) fallBack(ctx context.Context, from target, why string, needs []need) (target, bool) {
	var next target
	reasons, place := []string{why}, -1
	for i, name := range from.settings.Fallback {
		candidate, err := p.resolve(ctx, name, "", needs)
		if err != nil || candidate.id == from.id {
			continue
		}
		skipped := p.cooling.skipped(candidate.id)
		if place < 0 || skipped == "" {
			next, place = candidate, i
		}
		if skipped == "" {
			break
		}
		reasons = append(reasons, skipped)
	}
	if place < 0 {
		return target{}, false
	}
	if _, cooling := p.cooling.since(next.id); cooling {
		reasons = reasons[:1] // all are, so none was skipped
	}
	next.requested, next.settings = from.requested, from.settings
	next.settings.Fallback = slices.Delete(slices.Clone(from.settings.Fallback), place, place+1)
	earlier := slices.DeleteFunc(slices.Clone(from.warnings), func(w Warning) bool { return w.Code != WarnModelFallback })
	next.warnings = append(earlier, next.warnings...)
	next.warn(WarnModelFallback, "%s, so %s was asked", strings.Join(reasons, "; "), next.id)
	return next, true
}
