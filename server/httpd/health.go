package httpd

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// readyTimeout bounds how long a probe waits for the catalogue; orchestrators allow a
// probe one second.
const readyTimeout = 500 * time.Millisecond

// ready returns why the server should get no calls, nil if it should.
func (e *Endpoint) ready(ctx context.Context) error {
	if e.admission.isDraining() {
		return errors.New("draining")
	}
	if e.options.Ready == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	return e.options.Ready(ctx)
}

// onlyRead refuses all methods but GET and HEAD; what says what the path is.
func onlyRead(what string) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				w.Header().Set("Allow", "GET, HEAD")
				refuse(w, http.StatusMethodNotAllowed, what+"; send GET or HEAD")
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// answerProbe answers an orchestrator or a load balancer; err is nil if all is well, with
// a detail for people or "".
func answerProbe(w http.ResponseWriter, err error, detail string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, err.Error()+"\n")
		return
	}
	if detail != "" {
		detail += "\n"
	}
	_, _ = io.WriteString(w, "ok\n"+detail)
}
