package provider

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// The modes in which a model is asked for JSON, best first.
const (
	ModeJSONSchema = "json_schema" // the service enforces the schema
	ModeJSONObject = "json_object" // the service enforces JSON
	ModePrompt     = "prompt"      // only the prompt asks for JSON
)

// modes returns the ways to ask a model for JSON, best first. One of which nothing is
// known is tried.
func modes(m catalog.Model) []string {
	var modes []string
	if m.MayHave(catalog.JSONSchema) {
		modes = append(modes, ModeJSONSchema)
	}
	if m.MayHave(catalog.JSONObject) {
		modes = append(modes, ModeJSONObject)
	}
	return append(modes, ModePrompt)
}

// refusedModes remembers which modes a model of the base URL refused, so that not every
// call pays for the refusal. It is safe for concurrent use; its zero value works.
type refusedModes struct {
	mu    sync.Mutex
	until map[refusedMode]time.Time
}

type refusedMode struct{ model, mode string }

const (
	// rememberRefusal is short enough for one odd schema, or a service that was
	// upgraded, not to matter for long.
	rememberRefusal = time.Hour
	maxRefusals     = 1000 // of models that a caller can make up
)

func (r *refusedModes) add(model string, modes []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.until == nil || len(r.until) >= maxRefusals {
		r.until = map[refusedMode]time.Time{}
	}
	for _, mode := range modes {
		r.until[refusedMode{model, mode}] = time.Now().Add(rememberRefusal)
	}
}

// without returns the modes that the model is not known to refuse.
func (r *refusedModes) without(model string, modes []string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(modes, func(mode string) bool { return time.Now().Before(r.until[refusedMode{model, mode}]) })
}

// refusesFormat reports whether a failure is about the response format, which another
// mode can do without. Engines refuse it with many a status, some without a word.
func refusesFormat(failure *Error) bool {
	title := http.StatusText(failure.Status)
	_, words, _ := strings.Cut(failure.Message, title)
	words = strings.TrimPrefix(strings.Trim(words, ": ."), title)
	// The service's words for any field that it cannot read begin so.
	words = strings.ReplaceAll(strings.ToLower(words), "the json body", "")
	switch {
	case failure.Status == http.StatusNotImplemented:
		return true
	case failure.Code != CodeUpstreamRejected:
		return false
	case failure.Status == http.StatusBadRequest, failure.Status == http.StatusUnprocessableEntity:
		return words == "" || namesFormat(words) || containsAny(words, "schema", "json", "extra arguments")
	default:
		return namesFormat(words)
	}
}

// namesFormat reports whether words of a service are about a response format. They are
// looked at whatever the status: it is 404 or 500 of some engines.
func namesFormat(words string) bool {
	return containsAny(strings.ToLower(words), "response_format", "response format", "json_schema", "json schema", "json_object", "json mode",
		"grammar", "guided", "structured output", "structured_output")
}

func containsAny(text string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// minRunaway is how many blanks at the end of an answer are no layout any more.
const minRunaway = 256

// isRunaway reports whether an answer is white space from some point on: what a model
// writes until its limit if a grammar allows blanks and forbids what it wants to say.
func isRunaway(content string) bool {
	text := strings.TrimRight(content, " \t\r\n")
	return len(content)-len(text) >= minRunaway && !json.Valid([]byte(text))
}
