package telemetry

import (
	"context"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// OnAttempt watches the requests to models, for [provider.Options.OnAttempt].
// It is nil, which costs nothing, when both are off.
func OnAttempt(m *Metrics, t *Traces) func(context.Context, provider.Operation, string) func(provider.Attempt) {
	switch {
	case m == nil && t == nil:
		return nil
	case t == nil:
		return func(context.Context, provider.Operation, string) func(provider.Attempt) { return m.countAttempt }
	case m == nil:
		return t.startAttempt
	}
	return func(ctx context.Context, operation provider.Operation, model string) func(provider.Attempt) {
		ended := t.startAttempt(ctx, operation, model)
		return func(a provider.Attempt) {
			ended(a)
			m.countAttempt(a)
		}
	}
}
