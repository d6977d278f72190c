package httpd

import (
	"errors"
	"net/http"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// recoverer answers a panic with status 500. Package server recovers the panics of tool
// calls; this is for everything around them.
func (e *Endpoint) recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer e.answerPanic(w, r)
		next.ServeHTTP(w, r)
	})
}

// answerPanic recovers a panic; it must be deferred.
func (e *Endpoint) answerPanic(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if err, ok := cause.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
		server.LogPanic(r.Context(), e.log, cause)
	}
	if requestInfoFrom(r.Context()).status != 0 {
		panic(http.ErrAbortHandler) // the answer has begun, so only a closed connection can signal the error
	}
	refuse(w, http.StatusInternalServerError, "the server failed to handle the request")
}
