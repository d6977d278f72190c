package httpd

import (
	"errors"
	"net/http"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// recovered keeps a panic from the client and from ending the process. Tools
// have their own, nearer one: this is for everything around them.
func (h *Endpoint) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer h.catch(w, r)
		next.ServeHTTP(w, r)
	})
}

// catch is to be deferred.
func (h *Endpoint) catch(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
		server.LogPanic(r.Context(), h.log, cause)
	}
	if exchangeFrom(r.Context()).status != 0 {
		panic(http.ErrAbortHandler) // amid an answer: only the connection can tell
	}
	refuse(w, http.StatusInternalServerError, "the server failed to handle the request")
}
