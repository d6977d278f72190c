package server_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// Ten anonymous calls to two models at two a minute: those that would wait for
// longer than they may are told at once when to come back, and none is sent to be
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
