package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// Served asks the service which models it serves, and returns how many they are. It costs
// nothing, and says nothing about the key: AI Endpoints lists its models to everybody. The
// error is an [Error].
func (p *Provider) Served(ctx context.Context) (models int, err error) {
	p, ctx, _, cancel := p.begin(ctx, nil)
	defer cancel()
	payload, err := p.client.served(ctx)
	if err != nil {
		return 0, err
	}
	ids, _, err := catalog.DecodeServed(ctx, payload)
	if err != nil {
		return 0, p.client.newError(CodeUpstreamUnavailable, err, "%s answered /models without a list of models", p.client.service())
	}
	return len(ids), nil
}

func builtInDefaults() []string {
	return []string{DefaultChatModel, DefaultExtractModel, DefaultVisionModel, DefaultEmbedModel, DefaultSpeechModel}
}

// onlyServed returns the model of a call that names none, from a service without a
// catalogue: the only one that it serves of the kind.
func (r *resolver) onlyServed(ctx context.Context, m resolvedModel) (resolvedModel, error) {
	known, err := r.servedModels(ctx)
	if err != nil {
		return m, err
	}
	ids := known.Names()
	fitting := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !fitsByName(id, m.requirements.kind()) })
	if len(fitting) == 0 && len(ids) == 1 {
		fitting = ids
	}
	if len(fitting) != 1 {
		return m, InvalidArgument(fmt.Sprintf("model is missing, and %s serves %d that could be meant", r.service, len(fitting)), nameServed(ids))
	}
	m.id, m.requested = fitting[0], fitting[0]
	return m, nil
}

// servedModels returns what a service without a catalogue serves.
func (r *resolver) servedModels(ctx context.Context) (*catalog.Catalog, error) {
	known := r.catalog.Get(ctx)
	if !known.Complete() {
		known = r.catalog.Verified(ctx)
	}
	if len(known.Names()) == 0 && known.Problem != "" {
		return nil, &Error{
			Code: CodeUpstreamUnreachable, Message: known.Problem, Retryable: true,
			Hint: "check the network, HTTPS_PROXY and --base-url, or name the model",
		}
	}
	return known, nil
}

// fitsByName guesses from its name whether a model is of a kind: a service without a
// catalogue tells nothing else.
func fitsByName(id string, wanted catalog.Kind) bool {
	lower := strings.ToLower(id)
	kind := catalog.KindChat
	switch {
	case containsAny(lower, "embed", "bge-", "e5-", "gte-", "minilm"):
		kind = catalog.KindEmbedding
	case containsAny(lower, "whisper", "transcri", "parakeet", "canary-", "-asr", "asr-"):
		kind = catalog.KindSpeechToText
	case containsAny(lower, "tts", "rerank", "stable-diffusion", "flux", "moderation"):
		return false
	}
	return kind == wanted
}

// noQuery is the error for a query to a service without a catalogue.
func (r *resolver) noQuery(parameter, query string, known *catalog.Catalog) error {
	return &Error{
		Code: CodeNoMatch, Hint: nameServed(known.Names()),
		Message: fmt.Sprintf("%s: %s has no catalogue, from which the query %q could pick", parameter, r.service, excerpt(query)),
	}
}

func nameServed(ids []string) string {
	const maxShown = 10
	if len(ids) > maxShown {
		return fmt.Sprintf("name one of its models: %s and %d more", strings.Join(ids[:maxShown], ", "), len(ids)-maxShown)
	}
	return "name one of its models: " + strings.Join(ids, ", ")
}
