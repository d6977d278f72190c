package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// sharedSchema is a schema that several extractions read answers by.
type sharedSchema struct {
	*schema.Schema
	mu sync.Mutex
}

func (s *sharedSchema) Read(ctx context.Context, answer string) (data json.RawMessage, wrong []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Schema.Read(ctx, answer)
}

// compile compiles a schema.
func (p *Provider) compile(ctx context.Context, raw json.RawMessage, w *warnings) (*sharedSchema, error) {
	compiled, err := schema.Compile(ctx, raw)
	switch {
	case ctx.Err() != nil:
		return nil, p.client.transportError(ctx, ctx.Err())
	case err != nil:
		return nil, schemaInvalid(err)
	}
	if compiled.Adapted != nil {
		w.add(WarnSchemaAdapted, "a part of the schema was neither sent nor checked: %s", excerpt(strings.Join(compiled.Adapted, "; ")))
	}
	return &sharedSchema{Schema: compiled}, nil
}

// schemaInvalid says why a schema cannot be used.
func schemaInvalid(err error) error {
	unusable, ok := errors.AsType[*schema.Error](err)
	if !ok {
		return err
	}
	return &Error{
		Code: CodeSchemaInvalid, Message: "schema: " + excerpt(unusable.Reason),
		Hint: `give a JSON Schema object, such as {"type":"object","properties":{…},"required":[…]}, without references to other documents`,
	}
}

func invalidAnswer(answer *ChatResult, wrong []string, repairs int) *Error {
	message := fmt.Sprintf("the model's answer is not valid against the schema (%d repairs were tried): %s",
		repairs, strings.Join(wrong, "; "))
	if text := strings.TrimSpace(answer.Content); text != "" {
		message += "; the answer was: " + excerpt(text)
	}
	if answer.truncation != "" {
		message += "; " + answer.truncation
	}
	return &Error{
		Code: CodeExtractionInvalid, Message: message, Retryable: true,
		Hint: "simplify the schema, raise max_repairs, add instructions, or name another model",
	}
}

// withoutJSON says why an answer has no JSON value.
func withoutJSON(answer *ChatResult) string {
	blank := strings.TrimSpace(answer.Content) == ""
	switch {
	case answer.end == endFiltered:
		return "a content filter of the service held the answer back"
	case answer.refused:
		return "the model refused to answer"
	case blank && answer.Reasoning != "":
		return "the model spent all its tokens on reasoning and wrote no answer"
	case blank:
		return "the model answered nothing"
	case answer.end == endCut:
		return "the JSON is cut off, because the answer reached its token limit"
	default:
		return "the answer holds no JSON value that is whole"
	}
}
