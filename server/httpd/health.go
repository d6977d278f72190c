package httpd

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// readyWait bounds what a probe waits for the catalogue; orchestrators give up
// on one after a second.
const readyWait = 500 * time.Millisecond

// ready says why the server should get no calls.
func (h *Endpoint) ready(ctx context.Context) error {
	if h.gate.isDraining() {
		return errors.New("draining")
	}
	if h.Ready == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyWait)
	defer cancel()
	return h.Ready(ctx)
}

// answerProbe tells an orchestrator or a load balancer how things are.
func answerProbe(w http.ResponseWriter, r *http.Request, problem error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "this is a probe; only GET is of use here")
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if problem != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, problem.Error()+"\n")
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}
