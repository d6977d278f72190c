package httpd_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// The server has nothing to subscribe to, so a subscription ends immediately; its
// acknowledgement tells the client that it contains nothing.
const subscriptions = 100

func TestASubscriptionIsAcknowledgedFirstOverHTTP(t *testing.T) {
	const callers = 10
	e := serveHTTP(t, setup{}, httpd.Options{})
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for range subscriptions {
				got, err := e.try(e.request(t.Context(), modern, "subscriptions/listen", `{"notifications":{"toolsListChanged":true}}`))
				if err != nil {
					t.Error(err)
				}
				checkAcknowledged(t, got.body)
			}
		})
	}
	group.Wait()
}

func checkAcknowledged(t *testing.T, answer string) {
	t.Helper()
	ack, result := strings.Index(answer, "notifications/subscriptions/acknowledged"), strings.Index(answer, `"result"`)
	if ack < 0 || result < ack {
		t.Errorf("the answer is %s", answer)
	}
}
