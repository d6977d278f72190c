package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// realRun is one check of a real server by one agent.
type realRun struct {
	*testing.T
	realServer
	chat, embed agent
	start       func(url string) agent // another server of ours before another URL
	notes       []string               // what is worth knowing of the outcome
}

// realChecks are what each engine is asked, in the order of the table.
var realChecks = []struct {
	name string
	run  func(r *realRun)
}{
	{"models", (*realRun).checkModels},
	{"chat", (*realRun).checkChat},
	{"stream", (*realRun).checkStream},
	{"token limit", (*realRun).checkTokenLimit},
	{"tools", (*realRun).checkTools},
	{"json_schema", (*realRun).checkJSONSchema},
	{"json_schema that is refused", (*realRun).checkRefusedSchema},
	{"json_object", (*realRun).checkJSONObject},
	{"image", (*realRun).checkImage},
	{"embeddings", (*realRun).checkEmbeddings},
	{"ranking", (*realRun).checkRanking},
	{"search of docs/", (*realRun).checkSearch},
	{"context overflow", (*realRun).checkOverflow},
	{"embedding overflow", (*realRun).checkEmbeddingOverflow},
	{"bad parameter", (*realRun).checkBadParameter},
	{"wrong key", (*realRun).checkWrongKey},
	{"wrong path", (*realRun).checkWrongPath},
	{"cancel", (*realRun).checkCancel},
}

// note keeps what the table should say of a check.
func (r *realRun) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// call calls a tool, of the server before the chat model or of that before the embedding model.
func (r *realRun) call(a agent, tool string, arguments map[string]any, token string) toolResult {
	r.Helper()
	got, err := a.call(contextWithin(r.T, slowAnswer), tool, arguments, token)
	if err != nil {
		r.Fatal(err)
	}
	r.Logf("%s: %.300q", tool, got.texts)
	return got
}

// answer is call for a chat that must be answered.
func (r *realRun) answer(arguments map[string]any, token string) toolResult {
	r.Helper()
	got := r.call(r.chat, "chat", withModel(r.model, arguments), token)
	if got.isError {
		r.Fatal(got.texts[0])
	}
	if got.structured["model"] == "" {
		r.Errorf("no model answered: %v", got.structured)
	}
	r.checkUsage(got)
	r.checkMarks(got.structured["content"])
	return got
}

func withModel(model string, arguments map[string]any) map[string]any {
	with := map[string]any{"model": model}
	for name, value := range arguments {
		with[name] = value
	}
	return with
}

// checkUsage expects counts, and no price of another service.
func (r *realRun) checkUsage(got toolResult) {
	r.Helper()
	usage, _ := got.structured["usage"].(map[string]any)
	prompt, _ := usage["prompt_tokens"].(float64)
	if total, _ := usage["total_tokens"].(float64); prompt < 1 || total < prompt {
		r.Errorf("the usage is %v", got.structured["usage"])
	}
	if got.structured["cost"] != nil {
		r.Errorf("it cost %v", got.structured["cost"])
	}
}

// checkMarks expects no mark of a chat template in a text.
func (r *realRun) checkMarks(text any) {
	r.Helper()
	if mark := regexp.MustCompile(`<\|\w+\|>|\[/?INST\]|</?s>|</?think>|<start_of_turn>|<end_of_turn>`).FindString(fmt.Sprint(text)); mark != "" {
		r.Errorf("the text has the mark %s: %.300q", mark, text)
	}
}

// fails expects an error with a code and words, and notes it.
func (r *realRun) fails(got toolResult, code string, words ...string) {
	r.Helper()
	failure, _ := got.structured["error"].(map[string]any)
	if !got.isError || failure["code"] != code || failure["hint"] == "" {
		r.Fatalf("got %.500q, want %s", got.texts, code)
	}
	if !strings.HasPrefix(got.texts[0], code+": ") {
		r.Errorf("the text does not begin with the code: %.500q", got.texts[0])
	}
	for _, word := range words {
		if !strings.Contains(got.texts[0], word) {
			r.Errorf("the error does not say %q: %.500q", word, got.texts[0])
		}
	}
	r.note("%s", got.texts[0])
}

// warned reports whether a result has a warning, and notes it.
func (r *realRun) warned(got toolResult, code string) bool {
	r.Helper()
	list, _ := got.structured["warnings"].([]any)
	for _, one := range list {
		if warning, _ := one.(map[string]any); warning["code"] == code {
			r.note("%s: %s", code, warning["message"])
			return true
		}
	}
	return false
}

// lacksAbility reports whether the model is known not to have an ability.
func (r *realRun) lacksAbility(ability string) bool {
	r.Helper()
	if !strings.Contains(r.lacks, ability) {
		r.Logf("if the model has no %[1]s, say so by AI_ENDPOINTS_TEST_LACKS=%[1]s", ability)
		return false
	}
	return true
}
