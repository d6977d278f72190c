package httpd

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
	// closeTimeout bounds what comes after the calls: answers that are still
	// being sent, and handlers that notice late that their client was cut.
	closeTimeout = 2 * time.Second
)

// Serve answers on the listener, which it closes, until ctx is done. Then it
// takes no more calls, lets those in flight finish within the drain timeout, and
// returns nil.
func (h *Endpoint) Serve(ctx context.Context, listener net.Listener) error {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: h.HeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(h.log.Handler(), slog.LevelWarn),
		// No WriteTimeout: an answer is streamed for as long as a model thinks, which
		// the call's own deadline bounds. No ReadTimeout: one for headers and body
		// together fits neither. Slow bodies and stalled readers have deadlines of
		// their own.
	}
	served := make(chan error, 1)
	go func() {
		if h.Certificate != nil {
			s.TLSConfig = h.Certificate.config()
			served <- s.ServeTLS(listener, "", "")
			return
		}
		served <- s.Serve(listener)
	}()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	h.stop(context.WithoutCancel(ctx), s)
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// stop ends the server. Until the calls are done it keeps listening, so that
// load balancers and clients are told to go elsewhere instead of failing.
func (h *Endpoint) stop(ctx context.Context, s *http.Server) {
	empty := h.gate.close()
	s.SetKeepAlivesEnabled(false)
	h.log.Info("stopping: no more calls are taken", "in_flight", h.gate.count(), "drain_timeout", h.DrainTimeout)
	if !closesWithin(empty, h.DrainTimeout) {
		h.log.Warn("the drain timeout has passed, calls are cut", "in_flight", h.gate.count())
	}
	soon, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	if h.gate.count() > 0 || s.Shutdown(soon) != nil {
		_ = s.Close() // Shutdown would wait for streams that do not end
	}
	closesWithin(empty, closeTimeout)
}

// closesWithin reports whether c was closed before d passed.
func closesWithin(c <-chan struct{}, d time.Duration) bool {
	select {
	case <-c:
		return true
	case <-time.After(d):
		return false
	}
}

// Reload reads the files of tokens and certificate again. One that cannot be
// used stays as it was, and the log says why.
func (h *Endpoint) Reload() {
	if h.Tokens != nil {
		h.Tokens.file.refresh()
	}
	if h.Certificate != nil {
		h.Certificate.file.refresh()
	}
}
