package provider_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/google/go-cmp/cmp"
)

func TestEachAttemptIsReported(t *testing.T) {
	e := emulator.New(emulator.Options{})
	var mu sync.Mutex
	var reported []provider.Attempt
	p := connect(t, e, withMaxWait(time.Minute), func(o *provider.Options) {
		o.OnAttempt = func(_ context.Context, _ provider.Operation, model string) func(provider.Attempt) {
			return func(a provider.Attempt) {
				mu.Lock()
				defer mu.Unlock()
				if a.Model != model {
					t.Errorf("the attempt at %s was announced as one at %s", a.Model, model)
				}
				reported = append(reported, a)
			}
		}
	})
	e.Script(emulator.Fault{Path: chatPath, Status: 500})
	result, err := ask(t, p)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(result.Attempts, reported); diff != "" {
		t.Errorf("reported (+) are not the attempts (-):\n%s", diff)
	}
	if len(reported) != 2 || reported[0].Code != provider.CodeUpstreamUnavailable || reported[1].Code != "" {
		t.Errorf("reported %+v", reported)
	}
}
