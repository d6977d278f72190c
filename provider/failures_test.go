package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// What engines and gateways say when a prompt does not fit, word for word.
func TestAPromptThatIsTooLongInEveryWording(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		body   string
	}{
		{400, `{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4800 in the messages, 200 in the completion). Please reduce the length of the messages or completion.","type":"BadRequestError","code":400}`},
		{400, `{"message":"This model's maximum context length is 32768 tokens. However, your request has 40000 input tokens. Please reduce the length of the input messages."}`},
		{400, `{"message":"The decoder prompt (length 5000) is longer than the maximum model length of 4096. Make sure that ` + "`max_model_len`" + ` is no smaller than the number of text tokens."}`},
		{400, `{"message":"The input (5000 tokens) is longer than the model's context length (4096 tokens)."}`},
		{400, `{"message":"Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5000 tokens: 4900 tokens from the input messages and 100 tokens for the completion."}`},
		{422, `{"error":"Input validation error: ` + "`inputs`" + ` must have less than 4096 tokens. Given: 5000","error_type":"validation"}`},
		{422, `{"error":"Input validation error: ` + "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4900 `inputs` tokens and 100 `max_new_tokens`" + `"}`},
		{500, `{"error":"Prompt length (5000) exceeds maximum input length (4096). Set log level to info and check TRTGptModel logs"}`},
		{400, `{"error":{"code":400,"message":"the request exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error"}}`},
		{400, `{"error":{"message":"too big","code":"context_length_exceeded"}}`},
		{400, `{"error":{"message":"litellm.ContextWindowExceededError: litellm.BadRequestError: x","code":"400"}}`},
		{413, `{"error":"Input validation error: ` + "`inputs`" + ` must have less than 512 tokens. Given: 600"}`},
		{400, `{"message":"prompt is too long: 210000 tokens > 200000 maximum"}`},
		{400, `{"message":"max_tokens must be at least 1"}`},
		{400, `{"error":"This model's maximum prompt length is 131072 but the request contains 200000 tokens."}`},
		{400, `{"message":"Range of input length should be [1, 30720]"}`},
		{400, `{"error":{"message":"input length exceeds the context length"}}`},
	} {
		t.Run(tt.body, func(t *testing.T) {
			t.Parallel()
			got := refuse(t, emulator.Fault{Status: tt.status, Body: tt.body, Times: -1})
			if got.Code != provider.CodeContextTooLong || got.Retryable || len(got.Attempts) != 1 || got.Hint == "" {
				t.Errorf("got %v, retryable %t, after %d attempts", got, got.Retryable, len(got.Attempts))
			}
		})
	}
}

// That max_tokens is too large is another thing than a prompt that is too long.
func TestAnAnswerThatMayNotBeSoLongIsAnotherThing(t *testing.T) {
	t.Parallel()
	for _, words := range []string{
		"'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 4096 tokens and your request has 100 input tokens (5000 > 4096 - 100).",
		"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (100 in the messages, 4900 in the completion). Please reduce the length of the messages or completion.",
		"Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5000 tokens: 100 tokens from the input messages and 4900 tokens for the completion.",
		"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 100 `inputs` tokens and 4900 `max_new_tokens`",
		"max_tokens is too large: 300000. This model supports at most 16384 completion tokens.",
	} {
		got := refuse(t, emulator.Fault{Status: 400, Body: fmt.Sprintf(`{"message":%q}`, words)})
		if got.Code != provider.CodeUpstreamRejected || !strings.Contains(got.Hint, "lower max_tokens") {
			t.Errorf("%s: got %v", words, got)
		}
	}
}

// A gateway's words are not those of the service.
func TestWordsOfGatewaysAndEngines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status   int
		body     string
		code     provider.Code
		attempts int
		hint     string
		never    string // in the hint
	}{
		{404, `{"message":"no Route matched with those values"}`, provider.CodeUpstreamRejected, 1, "--base-url", "retired"},
		{403, "<html><head><title>Request blocked</title></head></html>", provider.CodeUpstreamRejected, 1, "firewall", "key"},
		{403, `{"message":"Forbidden"}`, provider.CodeAuthFailed, 1, "key", ""},
		{401, "<html>login</html>", provider.CodeAuthFailed, 1, "key", ""},
		{410, `{"error":{"message":"The model has been decommissioned"}}`, provider.CodeUnknownModel, 1, "model", ""},
		{410, `{"message":"this endpoint was decommissioned"}`, provider.CodeUpstreamRejected, 1, "", "retired"},
		{500, `{"error":{"code":500,"message":"image input is not supported - hint: if this is unexpected, you may need to provide the mmproj","type":"server_error"}}`,
			provider.CodeUnsupported, 1, "another model", ""},
		{501, `{"error":{"code":501,"message":"This server does not support embeddings. Start it with --embeddings","type":"not_supported_error"}}`,
			provider.CodeUnsupported, 1, "another model", ""},
		{422, `{"detail":"nope"}`, provider.CodeUpstreamRejected, 1, "change", ""},
		{400, `{"message":"x"}`, provider.CodeUpstreamRejected, 1, "change", ""},
	} {
		t.Run(fmt.Sprint(tt.status, tt.body), func(t *testing.T) {
			t.Parallel()
			got := refuse(t, emulator.Fault{Status: tt.status, Body: tt.body, Times: -1})
			if got.Code != tt.code || len(got.Attempts) != tt.attempts {
				t.Errorf("got %v after %d attempts, want %s after %d", got, len(got.Attempts), tt.code, tt.attempts)
			}
			if !strings.Contains(got.Hint, tt.hint) || tt.never != "" && strings.Contains(got.Hint, tt.never) {
				t.Errorf("the hint is %q", got.Hint)
			}
		})
	}
}

func TestResetsInEveryShape(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, value string // AT is replaced by the time when want is over
		want        time.Duration
	}{
		{"Retry-After", "1s", time.Second},
		{"Retry-After", "1m30s", 90 * time.Second},
		{"Retry-After", "500ms", 500 * time.Millisecond},
		{"Retry-After", "2 s", 2 * time.Second},
		{"Retry-After", "AT-RFC3339", 20 * time.Second},
		{"X-RateLimit-Reset", "12", 12 * time.Second},
		{"X-RateLimit-Reset", "6m0s", 6 * time.Minute},
		{"X-RateLimit-Reset", "AT-SECONDS", 30 * time.Second},
		{"X-RateLimit-Reset", "AT-MILLISECONDS", 30 * time.Second},
		{"X-RateLimit-Reset", "AT-HTTP", 40 * time.Second},
		{"X-RateLimit-Reset-Requests", "20ms", 20 * time.Millisecond},
		{"X-RateLimit-Reset-Tokens", "7.66s", 7660 * time.Millisecond},
		{"X-RateLimit-Reset-After", "1.2", 1200 * time.Millisecond},
		{"RateLimit-Reset", "9", 9 * time.Second},
		{"RateLimit", "limit=100, remaining=0, reset=30", 30 * time.Second},
		{"RateLimit", `"default";r=0;t=31`, 31 * time.Second},
		{"Retry-After", "-5s", time.Minute},
		{"X-RateLimit-Reset", "soon", time.Minute},
		{"X-RateLimit-Reset", "-3", time.Minute},
		{"X-RateLimit-Reset", "1e300", time.Minute},
		{"X-RateLimit-Reset", "99999999999999999999h", time.Minute},
	} {
		t.Run(tt.name+" "+tt.value, func(t *testing.T) {
			t.Parallel()
			at := time.Now().Add(tt.want)
			value := strings.NewReplacer(
				"AT-RFC3339", at.Format(time.RFC3339), "AT-SECONDS", fmt.Sprint(at.Unix()),
				"AT-MILLISECONDS", fmt.Sprint(at.UnixMilli()), "AT-HTTP", at.UTC().Format(http.TimeFormat),
			).Replace(tt.value)
			got := refuse(t, emulator.Fault{Status: 429, Header: map[string]string{tt.name: value}, Body: "no"})
			if difference := got.RetryAfter - tt.want; difference.Abs() > 5*time.Second || got.RetryAfter < 0 ||
				tt.want < 2*time.Second && difference != 0 {
				t.Errorf("got %s, want %s", got.RetryAfter, tt.want)
			}
		})
	}
}

// The service names no input, or its place in a batch; the caller knows only its own
// list.
func TestAnEmbeddingThatIsTooLongNamesTheInput(t *testing.T) {
	t.Parallel()
	inputs := make([]string, 30)
	for i := range inputs {
		inputs[i] = "short"
	}
	inputs[27] = strings.Repeat("long ", 100)
	p := connect(t, answering(embedPath, func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > 500 {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte(`{"error":{"code":500,"message":"input (3002 tokens) is too large to process. increase the physical batch size"}}`))
			return
		}
		var data []string
		for i := range 25 {
			data = append(data, fmt.Sprintf(`{"index":%d,"embedding":[1]}`, i))
		}
		_, _ = fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(data, ","))
	}))
	_, err := p.Embed(t.Context(), provider.EmbedRequest{Input: inputs})
	got := wantCode(t, err, provider.CodeContextTooLong)
	if !strings.Contains(got.Message, "input[27], of 500 bytes") || !strings.Contains(got.Hint, "split") {
		t.Errorf("got %v", got)
	}
}
