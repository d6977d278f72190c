package httpd

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared"
)

// limitCalls limits the calls of tools of each caller by its own rules. Other requests are
// not limited here, so that a client can connect.
func (e *Endpoint) limitCalls(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := requestInfoFrom(r.Context())
		c := info.caller
		if c == nil || info.message.Method != string(mcp.MethodToolsCall) {
			next.ServeHTTP(w, r)
			return
		}
		if !e.calls.begin(c) {
			info.reason = reasonConcurrent
			refuseForNow(w, http.StatusTooManyRequests, retryBusy, fmt.Sprintf(
				"too many calls at once: the rule max_concurrent of this caller is %d. Hint: wait until one has ended", c.MaxConcurrent))
			return
		}
		defer e.calls.end(c)
		if !e.calls.minute.TryAcquire(r.Context(), c.Name, c.PerMinute) {
			info.reason = reasonPerMinute
			refuseForNow(w, http.StatusTooManyRequests, e.calls.minute.UntilRoom(c.Name, c.PerMinute), fmt.Sprintf(
				"too many calls: the rule requests_per_minute of this caller is %d. Hint: wait as long as Retry-After says", c.PerMinute))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// calls counts the calls of each caller, by its name, so that a token that replaces
// another keeps its count. The limits are those of the caller as it is now.
type calls struct {
	minute   *provider.CallLimiter
	mu       *sync.Mutex
	inFlight map[string]int // has only callers with calls
}

func newCalls(store *shared.Store) calls {
	return calls{provider.NewCallLimiter(store), &sync.Mutex{}, map[string]int{}}
}

// begin counts a call, if the caller may have one more at once.
func (l calls) begin(c *caller.Caller) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.MaxConcurrent > 0 && l.inFlight[c.Name] >= c.MaxConcurrent {
		return false
	}
	l.inFlight[c.Name]++
	return true
}

func (l calls) end(c *caller.Caller) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inFlight[c.Name]--; l.inFlight[c.Name] == 0 {
		delete(l.inFlight, c.Name)
	}
}
