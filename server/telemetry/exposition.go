package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	scrapeTimeout = 10 * time.Second
	maxScrapes    = 8 // at the same time
	// closeTimeout bounds the wait for a scrape that runs when the server stops.
	closeTimeout = time.Second
)

// Handler answers GET /metrics.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), MaxRequestsInFlight: maxScrapes,
	}))
	return mux
}

// Serve answers GET /metrics on the listener, which it closes, until stop is called.
// The end of ctx does not stop it, so that an operator can watch the calls in flight
// end.
func (m *Metrics) Serve(ctx context.Context, listener net.Listener, log *slog.Logger) (stop func()) {
	s := &http.Server{
		Handler:           m.Handler(log),
		ReadHeaderTimeout: scrapeTimeout,
		ReadTimeout:       scrapeTimeout,
		WriteTimeout:      scrapeTimeout,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are no longer served", "error", err)
		}
	}()
	return func() {
		soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		if s.Shutdown(soon) != nil {
			_ = s.Close()
		}
		<-ended
	}
}
