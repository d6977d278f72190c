package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// Engines and gateways refuse a key, or a model that they have not, with 400 too.
func TestRefusalsWithStatus400(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		engine string
		body   string
		code   provider.Code
	}{
		{"LiteLLM without a database", `{"error":{"message":"No connected db.","type":"no_db_connection","param":null,"code":"400"}}`, provider.CodeAuthFailed},
		{"Gemini", `[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]`, provider.CodeAuthFailed},
		{"OpenAI's words", `{"error":{"message":"Incorrect API key provided: none","type":"invalid_request_error","code":"invalid_api_key"}}`, provider.CodeAuthFailed},
		{"LiteLLM", `{"error":{"message":"/chat/completions: Invalid model name passed in model=gpt-oss-120b. Call ` + "`/v1/models`" +
			` to view available models for your key.","type":"invalid_request_error","code":"400"}}`, provider.CodeUnknownModel},
		{"llama-server as a router", `{"error":{"code":400,"message":"model 'gpt-oss-120b' not found","type":"invalid_request_error"}}`, provider.CodeUnknownModel},
		{"Mistral", `{"object":"error","message":"Invalid model: gpt-oss-120b","type":"invalid_model","code":"1500"}`, provider.CodeUnknownModel},
		{"OpenAI's code", `{"error":{"message":"The requested model 'x' does not exist.","type":"invalid_request_error","code":"model_not_found"}}`, provider.CodeUnknownModel},
		{"a field of the model's", `{"error":{"message":"the model takes no field 'x': not found"}}`, provider.CodeUpstreamRejected},
		{"a model that lacks a file", `{"error":{"message":"model adapter: file not found"}}`, provider.CodeUpstreamRejected},
	} {
		t.Run(tt.engine, func(t *testing.T) {
			t.Parallel()
			got := refuse(t, emulator.Fault{Status: http.StatusBadRequest, Body: tt.body, Times: -1})
			if got.Code != tt.code || got.Retryable || len(got.Attempts) != 1 {
				t.Errorf("got %v after %d attempts, want %s", got, len(got.Attempts), tt.code)
			}
		})
	}
}

// What AI Endpoints offers and allows is said of AI Endpoints only.
func TestHintsOfAnotherServer(t *testing.T) {
	t.Parallel()
	for status, never := range map[int]string{
		http.StatusUnauthorized: "free tier", http.StatusPaymentRequired: "Public Cloud", http.StatusRequestEntityTooLarge: "2 MB",
	} {
		fault := emulator.Fault{Status: status, Body: `{"message":"no"}`, Times: -1}
		if got := refuse(t, fault, withKey(key)); !strings.Contains(got.Hint, never) {
			t.Errorf("%d: the hint of AI Endpoints is %q", status, got.Hint)
		}
		if got := refuse(t, fault, withKey(key), withoutCatalog); strings.Contains(got.Hint, never) || got.Hint == "" {
			t.Errorf("%d: the hint of another server is %q", status, got.Hint)
		}
	}
}

// Local servers are given keys such as "none", which are words of their errors too.
func TestAShortKeyCutsNoWords(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"k": "no token is like it, and none of the tokens may be ok", "none": "no token is like it, and [key] of the tokens may be ok",
		"ok": "no token is like it, and none of the tokens may be [key]",
	} {
		got := refuse(t, emulator.Fault{Status: 400, Body: `{"message":"no token is like it, and none of the tokens may be ok"}`}, withKey(key))
		if !strings.HasSuffix(got.Message, want) {
			t.Errorf("with the key %s: %s", key, got.Message)
		}
	}
}
