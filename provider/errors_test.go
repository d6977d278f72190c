package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// refuse answers one chat with this status and body.
func refuse(t testing.TB, fault emulator.Fault, adjust ...func(*provider.Options)) *provider.Error {
	t.Helper()
	e := emulator.New(emulator.Options{})
	fault.Path = chatPath
	e.Script(fault)
	_, err := ask(t, connect(t, e, adjust...))
	return failure(t, err)
}

// TestStatusAndBody checks every status with every shape of body.
func TestStatusAndBody(t *testing.T) {
	t.Parallel()
	const words = `it broke: "quoted" & <bracketed> – é`
	quoted, _ := json.Marshal(words)
	bodies := map[string]string{
		"error object":           fmt.Sprintf(`{"error":{"message":%s,"type":"t","code":400}}`, quoted),
		"error object, no code":  fmt.Sprintf(`{"error":{"message":%s}}`, quoted),
		"error text":             fmt.Sprintf(`{"error":%s}`, quoted),
		"message":                fmt.Sprintf(`{"message":%s}`, quoted),
		"message beside status":  fmt.Sprintf(`{"status":"failure","message":%s}`, quoted),
		"message beside a title": fmt.Sprintf(`{"status":500,"error":"Bad Thing","message":%s}`, quoted),
		"message beside a flag":  fmt.Sprintf(`{"error":true,"message":%s}`, quoted),
		"message beside a blank": fmt.Sprintf(`{"error":{},"message":%s}`, quoted),
		"detail":                 fmt.Sprintf(`{"detail":%s}`, quoted),
		"detail of FastAPI":      fmt.Sprintf(`{"detail":[{"type":"missing","loc":["body","messages",0],"msg":%s,"input":{}}]}`, quoted),
		"detail object":          fmt.Sprintf(`{"detail":{"message":%s}}`, quoted),
		"object error":           fmt.Sprintf(`{"object":"error","message":%s,"type":"t","param":null,"code":400}`, quoted),
		"type error":             fmt.Sprintf(`{"type":"error","error":{"type":"t","message":%s}}`, quoted),
		"TGI":                    fmt.Sprintf(`{"error":%s,"error_type":"validation"}`, quoted),
		"list of errors":         fmt.Sprintf(`{"errors":[{"message":%s}]}`, quoted),
		"error in a list":        fmt.Sprintf(`[{"error":{"message":%s}}]`, quoted),
		"JSON text":              string(quoted),
		"plain text":             words,
		"padded plain text":      "\n\n  " + words + "\n",
	}
	statuses := []struct {
		status    int
		code      provider.Code
		retryable bool
	}{
		{400, provider.CodeUpstreamRejected, false},
		{401, provider.CodeAuthFailed, false},
		{402, provider.CodePaymentRequired, false},
		{403, provider.CodeAuthFailed, false},
		{404, provider.CodeUnknownModel, false}, // the catalogue lists the model, so it was retired
		{405, provider.CodeUpstreamRejected, false},
		{408, provider.CodeUpstreamTimeout, true},
		{409, provider.CodeUpstreamUnavailable, true},
		{413, provider.CodePayloadTooLarge, false},
		{415, provider.CodeUpstreamRejected, false},
		{422, provider.CodeUpstreamRejected, false},
		{429, provider.CodeRateLimited, true},
		{500, provider.CodeUpstreamUnavailable, true},
		{502, provider.CodeUpstreamUnavailable, true},
		{503, provider.CodeUpstreamUnavailable, true},
		{504, provider.CodeUpstreamTimeout, true},
		{529, provider.CodeUpstreamUnavailable, true},
	}
	p := connect(t, answering(chatPath, refuseAsAsked))
	for _, s := range statuses {
		for shape, body := range bodies {
			t.Run(fmt.Sprintf("%d %s", s.status, shape), func(t *testing.T) {
				t.Parallel()
				_, err := p.Chat(t.Context(), provider.ChatRequest{
					Model: "gpt-oss-120b", Messages: says(body), Seed: new(int64(s.status)),
				})
				got := failure(t, err)
				if got.Code != s.code || got.Status != s.status || got.Retryable != s.retryable {
					t.Errorf("got code %s, status %d, retryable %t; want %s, %d, %t",
						got.Code, got.Status, got.Retryable, s.code, s.status, s.retryable)
				}
				if !strings.Contains(got.Message, words) {
					t.Errorf("%q lacks the service's words %q", got.Message, words)
				}
				if !strings.Contains(got.Message, fmt.Sprint(s.status)) || strings.Contains(got.Message, " :") {
					t.Errorf("%q does not name the status properly", got.Message)
				}
				if s.code != provider.CodeUpstreamRejected && got.Hint == "" {
					t.Error("no hint says what to do")
				}
			})
		}
	}
}

// refuseAsAsked answers with the status that the seed says and the body that the
// prompt says.
func refuseAsAsked(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Seed     int
		Messages []struct{ Content string }
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		panic(err)
	}
	w.WriteHeader(request.Seed)
	_, _ = io.WriteString(w, request.Messages[0].Content)
}

// TestReportedErrors covers the error bodies that the service's guides quote.
func TestReportedErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		words  string
		code   provider.Code
		hint   string
	}{
		{429, "API rate limit exceeded", provider.CodeRateLimited, "set a key"},
		{403, "Forbidden: authentication failed", provider.CodeAuthFailed, "OVH_AI_ENDPOINTS_ACCESS_TOKEN"},
		{403, "Resource tag 'discovery' is forbidden", provider.CodePaymentRequired, "payment method"},
		{404, "model_not_found: The model `Qwen3.5-9B ` does not exist", provider.CodeUnknownModel, "retired"},
		{422, "Failed to deserialize the JSON body into the target type: reasoning_effort: unknown variant `xhigh`, expected one of `none`, `high`, `medium`, `low`, `minimal` ",
			provider.CodeUpstreamRejected, ""},
		{400, "feature 'extra arguments' is not currently supported", provider.CodeUpstreamRejected, ""},
		{400, "max_tokens must be at least 1", provider.CodeContextTooLong, "shorten"},
		{400, "This model's maximum context length is 8192 tokens", provider.CodeContextTooLong, "shorten"},
		{400, "System message must be at the beginning.", provider.CodeUpstreamRejected, ""},
	}
	for _, tt := range tests {
		t.Run(tt.words, func(t *testing.T) {
			t.Parallel()
			body, _ := json.Marshal(map[string]string{"message": tt.words})
			got := refuse(t, emulator.Fault{Status: tt.status, Body: string(body), Times: -1})
			if got.Code != tt.code || !strings.Contains(got.Hint, tt.hint) {
				t.Errorf("got code %s, hint %q", got.Code, got.Hint)
			}
			if !strings.Contains(got.Message, strings.TrimSpace(tt.words)) {
				t.Errorf("%q lacks the service's words", got.Message)
			}
			if text := got.Error(); !strings.HasPrefix(text, string(tt.code)+": ") || strings.Contains(text, "..") {
				t.Errorf("got text %q", text)
			}
		})
	}
}

func TestErrorBodiesThatSayNothing(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, contentType string }{
		{"empty", "", ""},
		{"blank", " \n ", ""},
		{"a gateway's page", "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>", "text/html"},
		{"a page with a doctype", "\n<!DOCTYPE html><p>oops</p>", "text/html"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := refuse(t, emulator.Fault{Status: http.StatusBadGateway, Body: tt.body, ContentType: tt.contentType})
			if !strings.HasPrefix(got.Message, "127.0.0.1:") || !strings.HasSuffix(got.Message, " answered 502 Bad Gateway") || got.Code != provider.CodeUpstreamUnavailable {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestHostileErrorBodiesAreBoundedAndClean(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body string }{
		{"invalid UTF-8", "broken \xff\xfe\x80 words"},
		{"control characters", "a\x1b[31mred\x00\r\nb\x7f"},
		{"a megabyte of text", strings.Repeat("wordé ", 1<<20/7)},
		{"a megabyte in JSON", `{"error":{"message":"` + strings.Repeat("é", 1<<19) + `"}}`},
		{"deep JSON", strings.Repeat("[", 50_000)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := refuse(t, emulator.Fault{Status: http.StatusInternalServerError, Body: tt.body})
			control := func(r rune) bool { return r < ' ' || r == 0x7f }
			if utf8.RuneCountInString(got.Message) > 1200 || !utf8.ValidString(got.Message) || strings.ContainsFunc(got.Message, control) {
				t.Errorf("%d bytes: %q", len(got.Message), got.Message)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		header map[string]string
		want   time.Duration
	}{
		{"seconds", 429, map[string]string{"Retry-After": "7"}, 7 * time.Second},
		{"parts of seconds", 503, map[string]string{"Retry-After": "0.5"}, 500 * time.Millisecond},
		{"milliseconds", 429, map[string]string{"Retry-After-Ms": "1500"}, 1500 * time.Millisecond},
		{"milliseconds go before seconds", 429, map[string]string{"Retry-After-Ms": "1500", "Retry-After": "9"}, 1500 * time.Millisecond},
		{"a rate limit without it is the window", 429, nil, time.Minute},
		{"another failure without it is unknown", 503, nil, 0},
		{"words", 503, map[string]string{"Retry-After": "soon"}, 0},
		{"a negative time", 503, map[string]string{"Retry-After": "-5"}, 0},
		{"a time beyond reason", 503, map[string]string{"Retry-After": "1e300"}, 0},
		{"no number", 503, map[string]string{"Retry-After-Ms": "NaN", "Retry-After": "NaN"}, 0},
		{"a date that passed", 503, map[string]string{"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := refuse(t, emulator.Fault{Status: tt.status, Header: tt.header, Body: "no"})
			if got.RetryAfter != tt.want {
				t.Errorf("got %s, want %s", got.RetryAfter, tt.want)
			}
		})
	}
	t.Run("a date", func(t *testing.T) {
		t.Parallel()
		at := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
		got := refuse(t, emulator.Fault{Status: 503, Header: map[string]string{"Retry-After": at}})
		if got.RetryAfter < 59*time.Minute || got.RetryAfter > time.Hour {
			t.Errorf("got %s, want about an hour", got.RetryAfter)
		}
	})
}

func TestAsError(t *testing.T) {
	t.Parallel()
	known := provider.InvalidArgument("temperature is 3", "0 to 2")
	tests := []struct {
		name string
		in   error
		want string
	}{
		{"a known error stays", fmt.Errorf("wrapped: %w", known), "invalid_argument: temperature is 3. Hint: 0 to 2"},
		{"a cancelled context", fmt.Errorf("x: %w", context.Canceled), "cancelled: the call was cancelled. Hint: call again if the answer is still wanted"},
		{"a deadline", fmt.Errorf("x: %w", context.DeadlineExceeded), "upstream_timeout: the deadline passed. Hint: try again, ask for less, or raise --timeout"},
		{"anything else stays out of the text", fmt.Errorf("secret things"),
			"internal: the server failed to handle the call. Hint: see the server's log"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, provider.AsError(tt.in).Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
