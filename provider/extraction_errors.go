package provider

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// withoutJSON says why an answer has no JSON value.
func withoutJSON(answer *ChatResult) string {
	switch isBlank := strings.TrimSpace(answer.Content) == ""; {
	case isBlank && answer.Reasoning != "":
		return "the model spent all its tokens on reasoning and wrote no answer"
	case isBlank:
		return "the model answered nothing"
	case answer.FinishReason == "length":
		return "the JSON is cut off, because the answer reached its token limit"
	default:
		return "the answer holds no JSON value that is whole"
	}
}

// schemaInvalid says why a schema cannot be used.
func schemaInvalid(err error) error {
	var unusable *schema.Error
	if !errors.As(err, &unusable) {
		return err
	}
	return &Error{
		Code: CodeSchemaInvalid, Message: "schema: " + bounded(unusable.Reason),
		Hint: `give a JSON Schema object, such as {"type":"object","properties":{…},"required":[…]}, without references to other documents`,
	}
}

func invalidAnswer(answer *ChatResult, wrong []string, repairs int) *Error {
	message := fmt.Sprintf("the model's answer is not valid against the schema (%d repairs were tried): %s",
		repairs, strings.Join(wrong, "; "))
	if text := strings.TrimSpace(answer.Content); text != "" {
		message += "; the answer was: " + bounded(text)
	}
	for _, w := range answer.Warnings {
		if w.Code == WarnTruncated {
			message += "; " + w.Message
		}
	}
	return &Error{
		Code: CodeExtractionInvalid, Message: message, Retryable: true,
		Hint: "simplify the schema, raise max_repairs, add instructions, or name another model",
	}
}

// refusesFormat reports whether a failure is about the response format, which
// another mode can do without.
func refusesFormat(failure *Error) bool {
	if failure.Status != http.StatusBadRequest && failure.Status != http.StatusUnprocessableEntity {
		return false
	}
	words := strings.ToLower(failure.Message)
	return slices.ContainsFunc([]string{"response_format", "schema", "json", "grammar", "guided", "extra arguments"},
		func(word string) bool { return strings.Contains(words, word) })
}
