package server_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// Ten anonymous calls to two models with a limit of two a minute: calls that would
// wait too long fail immediately and say when to retry, and none is sent only to be
// refused.
func TestABurstThatMayNotWaitIsToldWhenToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{
			inMemory: true, upstream: emulator.Options{RateLimit: true},
			provider: provider.Options{MaxWait: 5 * time.Second, RateLimit: provider.AutoRateLimit},
		})
		start := time.Now()
		for i := range 10 {
			model := []string{"gpt-oss-120b", "gpt-oss-20b"}[i%2]
			arguments := fmt.Sprintf(`{"prompt":"call %d","model":%q}`, i, model)
			if i < 4 {
				r.succeed("chat", arguments, nil)
				continue
			}
			if got := r.call("chat", arguments).failure(); got.Code != "rate_limited" || got.RetryAfterS != 61 || !got.Retryable || got.Status != 0 {
				t.Errorf("call %d: got %+v", i, got)
			}
		}
		if took := time.Since(start); took > 0 || len(r.posts()) != 4 {
			t.Errorf("it took %s and %d requests, want no time and 4", took, len(r.posts()))
		}
	})
}

// Without a key the third attempt would have to wait too long. The error says why the
// service failed, not that there is a limit.
func TestALimitDoesNotHideWhyTheServiceDoesNotAnswer(t *testing.T) {
	for code, fault := range map[string]emulator.Fault{
		"upstream_unreachable": {DropConnection: true, Times: -1},
		"upstream_unavailable": {Status: 503, Times: -1},
	} {
		for _, c := range columns() {
			if c.catalogue || c.tool == "batch" { // the items of a batch wait for their turn, also to try again
				continue
			}
			t.Run(code+" of "+c.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := connect(t, setup{inMemory: true, provider: provider.Options{MaxWait: 45 * time.Second, RateLimit: provider.AutoRateLimit}})
					fault.Path = "/chat/completions"
					if c.tool == "embed" {
						fault.Path = "/embeddings"
					}
					if c.tool == "transcribe" {
						fault.Path = transcriptions
					}
					r.Script(fault)
					start := time.Now()
					got := r.call(c.tool, c.arguments)
					if failure := got.failure(); failure.Code != code || !failure.Retryable || failure.RetryAfterS < 55 ||
						time.Since(start) > 3*time.Second {
						t.Errorf("after %s: %+v", time.Since(start), failure)
					}
					if !strings.HasPrefix(got.texts[0], code+": ") || !strings.Contains(got.texts[0], "2 requests a minute") {
						t.Errorf("text %q", got.texts[0])
					}
				})
			})
		}
	}
}
