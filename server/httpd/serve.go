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
	// closeTimeout bounds each of what follows the calls: answers that are still being
	// sent, or the closing of connections and then handlers that are slow to notice it.
	// The process ends within a second of the drain timeout: whoever stops it may kill it.
	closeTimeout = 400 * time.Millisecond
)

// Serve answers on the listener, which it closes, until ctx is done. Then it accepts no
// more calls, lets those in flight finish within the drain timeout, and returns nil. It
// must be called only once.
func (e *Endpoint) Serve(ctx context.Context, listener net.Listener) error {
	defer e.watchFiles(context.WithoutCancel(ctx))()
	if e.options.OAuth != nil {
		defer e.options.OAuth.Start(context.WithoutCancel(ctx))()
	}
	s := &http.Server{
		Handler:           e,
		ReadHeaderTimeout: e.options.HeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(e.log.Handler(), slog.LevelWarn),
		// No WriteTimeout: an answer is streamed for as long as a model thinks, which
		// the deadline of the call bounds. No ReadTimeout: one timeout for headers and
		// body fits neither. bodyDeadline and responseStream set deadlines instead.
	}
	served := make(chan error, 1)
	go func() {
		if e.options.Certificate != nil {
			s.TLSConfig = e.options.Certificate.config()
			served <- s.ServeTLS(listener, "", "")
			return
		}
		served <- s.Serve(listener)
	}()
	e.notifySystemd(ctx, stateReady)
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	e.stop(context.WithoutCancel(ctx), s)
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// stop ends the server. It keeps listening until the calls are done, so that load
// balancers and clients get an answer that sends them elsewhere.
func (e *Endpoint) stop(ctx context.Context, s *http.Server) {
	idle := e.admission.drain()
	e.notifySystemd(ctx, stateStopping)
	s.SetKeepAlivesEnabled(false)
	e.log.Info("stopping: no more calls are accepted", "in_flight", e.admission.count(), "drain_timeout", e.options.DrainTimeout)
	if !closesWithin(idle, e.options.DrainTimeout) {
		e.log.Warn("the drain timeout has passed, cancelling calls", "in_flight", e.admission.count())
	}
	soon, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	if e.admission.count() > 0 || s.Shutdown(soon) != nil { // Shutdown would wait for streams that do not end
		// Closing a connection waits for the goroutine that reads or writes it, and with
		// many of them and little memory that takes seconds.
		closed := make(chan struct{})
		go func() {
			_ = s.Close()
			close(closed)
		}()
		closesWithin(closed, closeTimeout)
	}
	closesWithin(idle, closeTimeout)
}

// closesWithin reports whether c is closed before d has passed.
func closesWithin(c <-chan struct{}, d time.Duration) bool {
	select {
	case <-c:
		return true
	case <-time.After(d):
		return false
	}
}
