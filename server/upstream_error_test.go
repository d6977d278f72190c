package server_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// A failure of the service is a result that a model can act on: a code, the service's
// message, a hint, and whether a retry may help.
func TestFailuresOfTheServiceAreExplained(t *testing.T) {
	tests := []struct {
		name  string
		fault emulator.Fault
		want  failure // Message: a part of it
		hint  string  // a part of it
	}{
		{
			name:  "429 with Retry-After",
			fault: emulator.Fault{Status: 429, Body: `{"message":"API rate limit exceeded"}`, Header: map[string]string{"Retry-After": "3600"}},
			want:  failure{Code: "rate_limited", Message: "API rate limit exceeded", Status: 429, Retryable: true, RetryAfterS: 3600},
			hint:  "minute",
		}, {
			name:  "429 without it",
			fault: emulator.Fault{Status: 429, Body: `{"message":"API rate limit exceeded"}`},
			want:  failure{Code: "rate_limited", Message: "API rate limit exceeded", Status: 429, Retryable: true, RetryAfterS: 60},
			hint:  "set a key",
		}, {
			name:  "500",
			fault: emulator.Fault{Status: 500, Body: `{"error":{"message":"worker died","code":500}}`},
			want:  failure{Code: "upstream_unavailable", Message: "worker died", Status: 500, Retryable: true},
			hint:  "again",
		}, {
			name:  "a gateway's page",
			fault: emulator.Fault{Status: 502, Body: "<html><h1>Bad Gateway</h1></html>", ContentType: "text/html"},
			want:  failure{Code: "upstream_unavailable", Message: "502 Bad Gateway", Status: 502, Retryable: true},
			hint:  "again",
		}, {
			name:  "401",
			fault: emulator.Fault{Status: 401, Body: `{"message":"Unauthorized"}`},
			want:  failure{Code: "auth_failed", Message: "Unauthorized", Status: 401},
			hint:  "OVH_AI_ENDPOINTS_ACCESS_TOKEN",
		}, {
			name:  "403 without a payment method",
			fault: emulator.Fault{Status: 403, Body: `{"message":"Resource tag 'discovery' is forbidden"}`},
			want:  failure{Code: "payment_required", Message: "'discovery' is forbidden", Status: 403},
			hint:  "payment method",
		}, {
			name:  "404 for a model",
			fault: emulator.Fault{Status: 404, Body: "{\"error\":\"model_not_found: The model `gpt-oss-20b` does not exist\"}"},
			want:  failure{Code: "unknown_model", Message: "does not exist", Status: 404},
		}, {
			name:  "413",
			fault: emulator.Fault{Status: 413, Body: "too large"},
			want:  failure{Code: "payload_too_large", Message: "too large", Status: 413},
			hint:  "2 MB",
		}, {
			name:  "a prompt that fills the context",
			fault: emulator.Fault{Status: 400, Body: `{"error":{"message":"max_tokens must be at least 1"}}`},
			want:  failure{Code: "context_too_long", Message: "max_tokens must be at least 1", Status: 400},
			hint:  "context",
		}, {
			name:  "422",
			fault: emulator.Fault{Status: 422, Body: `{"detail":"seed: unknown"}`},
			want:  failure{Code: "upstream_rejected", Message: "seed: unknown", Status: 422},
		}, {
			name:  "an error within the stream",
			fault: emulator.Fault{RawEvents: []string{`{"error":{"message":"API rate limit exceeded","code":429}}`}},
			want:  failure{Code: "rate_limited", Message: "API rate limit exceeded", Status: 429, Retryable: true, RetryAfterS: 60},
		}, {
			name:  "200 with a page",
			fault: emulator.Fault{Status: 200, Body: "<html>maintenance</html>", ContentType: "text/html"},
			want:  failure{Code: "upstream_unavailable", Message: "text/html", Retryable: true},
		}, {
			name:  "a stream of garbage",
			fault: emulator.Fault{RawEvents: []string{"not json"}},
			want:  failure{Code: "upstream_unavailable", Message: "not JSON", Retryable: true},
		}, {
			name:  "a stream that breaks off before any text",
			fault: emulator.Fault{RawEvents: []string{thought}, Cut: new(1)},
			want:  failure{Code: "stream_interrupted", Message: "before any text", Retryable: true},
			hint:  "again",
		}, {
			name:  "no connection",
			fault: emulator.Fault{DropConnection: true},
			want:  failure{Code: "upstream_unreachable", Message: "emulator.test", Retryable: true},
			hint:  "--base-url",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, setup{inMemory: true})
				test.fault.Times = -1
				r.Script(test.fault)
				result := r.call("chat", `{"prompt":"hi","model":"gpt-oss-20b"}`)
				got := result.failure()
				if !strings.Contains(got.Message, test.want.Message) || !strings.Contains(got.Hint, test.hint) {
					t.Errorf("message %q, hint %q", got.Message, got.Hint)
				}
				if got.Message, got.Hint, test.want.Message = "", "", ""; got != test.want {
					t.Errorf("got %+v, want %+v", got, test.want)
				}
				checkAttempts(t, result, test.want.Code)
			})
		})
	}
}

// checkAttempts checks that an error lists the attempts.
func checkAttempts(t *testing.T, result result, code string) {
	t.Helper()
	var got common
	result.decode(&got)
	attempts := result.call.Attempts
	if len(attempts) == 0 || len(attempts) > 1 && !cmp.Equal(got.Attempts, attempts) || len(attempts) == 1 && got.Attempts != nil {
		t.Fatalf("the attempts are %+v, and in %s", attempts, result.structured)
	}
	for _, a := range attempts {
		if a.Model != "gpt-oss-20b" || a.Code != code {
			t.Errorf("an attempt is %+v", a)
		}
	}
}

func TestAFailureHasNoEffectOnTheNextCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true})
		r.Script(emulator.Fault{Status: 400, Body: `{"message":"no"}`})
		if got := r.call("chat", `{"prompt":"hi"}`).failure(); got.Code != "upstream_rejected" {
			t.Errorf("got %+v", got)
		}
		r.succeed("chat", `{"prompt":"hi"}`, nil)
	})
}

func TestARefusedKeyIsToldFromAMissingOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true, upstream: emulator.Options{Key: "right"}, provider: provider.Options{APIKey: "wrong-key"}})
		got := r.call("chat", `{"prompt":"hi"}`)
		if failure := got.failure(); failure.Code != "auth_failed" || !strings.Contains(failure.Hint, "check the key") {
			t.Errorf("got %+v", failure)
		}
		if strings.Contains(got.texts[0], "wrong-key") {
			t.Errorf("the key is in the text: %q", got.texts[0])
		}
	})
}
