package cli

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// An answer without content is a failure, whatever the reason; one that was only cut is
// printed.
func TestAnAnswerWithoutContentIsAFailure(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	const usage = `{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}`
	for _, test := range []struct {
		name, chunk string
		code        int
		stdout      string
	}{
		{"a content filter", `{"choices":[{"delta":{},"finish_reason":"content_filter"}]}`, exitFailure, ""},
		{"a content filter after text", `{"choices":[{"delta":{"content":"Half"},"finish_reason":"content_filter"}]}`, 0, "Half\n"},
		{"a refusal", `{"choices":[{"delta":{"refusal":"I will not."},"finish_reason":"stop"}]}`, 0, "I will not.\n"},
		{"a refusal without a word", `{"choices":[{"delta":{},"finish_reason":"refusal"}]}`, exitFailure, ""},
		{"half a tool call", `{"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{"}}]},"finish_reason":"length"}]}`, exitFailure, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{RawEvents: []string{test.chunk, usage, "[DONE]"}, Times: -1})
			upstream := httptest.NewServer(e)
			defer upstream.Close()
			var stdout, stderr strings.Builder
			p := newProgram("test")
			p.out, p.err = &stdout, &stderr
			code := p.run(t.Context(), []string{"call", "chat", "prompt=hi", "model=gpt-oss-20b", "--cache-dir", t.TempDir(),
				"--base-url", upstream.URL + "/v1", "--catalog-url", upstream.URL + "/rest/v1/models_v2"})
			if code != test.code || stdout.String() != test.stdout {
				t.Errorf("exit code %d, printed %q, %s", code, stdout.String(), stderr.String())
			}
		})
	}
}
