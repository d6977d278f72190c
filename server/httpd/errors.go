package httpd

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// refusedCode is the JSON-RPC code of refusals that no other code fits; it is the first
// that the protocol leaves to servers.
const refusedCode = -32000

// refuse answers a request that does not reach mcp-go. The body is a JSON-RPC error
// without an id, which the protocol allows here, so that clients show its text.
func refuse(w http.ResponseWriter, status int, message string) { refuseWith(w, status, message, nil) }

func refuseWith(w http.ResponseWriter, status int, message string, data any) {
	code := refusedCode
	switch status {
	case http.StatusBadRequest:
		code = mcp.INVALID_REQUEST
	case http.StatusInternalServerError:
		code = mcp.INTERNAL_ERROR
	}
	answer := server.NewErrorResponse(code, message)
	answer.Error.Data = data
	writeError(w, status, answer)
}

// writeError answers with an error.
func writeError(w http.ResponseWriter, status int, answer *server.ErrorResponse) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(answer.Line()) // fails only when the client is gone
}

// refuseForNow also tells the client when to try again.
func refuseForNow(w http.ResponseWriter, status int, retryAfter time.Duration, message string) {
	seconds := max(1, int(math.Ceil(retryAfter.Seconds())))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	refuseWith(w, status, message, map[string]int{"retry_after_s": seconds})
}
