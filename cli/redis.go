package cli

import (
	"context"
	"fmt"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared"
)

// useRedis opens the state that servers share, if an address is set. Those with the sandbox
// share one of their own.
func (a *app) useRedis(p *program, baseURL string) (err error) {
	o := &p.options
	if o.RedisURL == "" {
		if o.RedisCA != "" {
			return usageError{fmt.Errorf("%s needs --redis-url", o.from("redis-ca")), "set both, or none"}
		}
		return nil
	}
	if o.Sandbox {
		baseURL = "sandbox"
	}
	a.shared, err = shared.Open(context.Background(), shared.Options{URL: o.RedisURL, CAFile: o.RedisCA, Service: baseURL, Logger: a.log})
	if err != nil {
		return usageError{fmt.Errorf("%s: %w", o.from("redis-url"), err),
			"correct the address, the user or its rights, or the server; see docs/teams.md"}
	}
	a.closers = append(a.closers, a.shared.Close)
	return nil
}
