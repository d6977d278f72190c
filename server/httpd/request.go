package httpd

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"regexp"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// exchange is what the steps of a request's way tell each other. It belongs to
// the request's goroutine.
type exchange struct {
	requestID string
	token     string // name of the caller's token; "" without authentication
	message   message
	status    int // of the answer; 0 while there is none

	outcome server.Outcome // of the call; its tool is "" without one
}

type exchangeKey struct{}

// exchangeFrom gives the exchange that ctx is part of, nil outside of HTTP.
func exchangeFrom(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// identified gives the request an id: the caller's, where a proxy has set one.
func (h *Endpoint) identified(next http.Handler) http.Handler {
	acceptable := regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := &exchange{requestID: r.Header.Get("X-Request-Id")}
		if !acceptable.MatchString(x.requestID) {
			x.requestID = rand.Text()
		}
		w.Header().Set("X-Request-Id", x.requestID)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x)))
	})
}

// accessLogged writes one line a call, and one for what was refused. Neither
// holds anything that a caller wrote: no content, no URL, no header but the
// checked request id.
func (h *Endpoint) accessLogged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, x, start := r.Context(), exchangeFrom(r.Context()), time.Now()
		defer h.server.guarded(ctx, func() { h.logExchange(ctx, x, start) })
		next.ServeHTTP(&statusWriter{w, x}, r)
	})
}

func (h *Endpoint) logExchange(ctx context.Context, x *exchange, start time.Time) {
	fields := []slog.Attr{slog.String("request_id", x.requestID), slog.Int("status", x.status)}
	if x.token != "" {
		fields = append(fields, slog.String("token", x.token))
	}
	if x.outcome.Tool != "" {
		fields = append(append(fields, slog.String("tool", x.outcome.Tool)), summaryFields(x.outcome.Summary)...)
	}
	if x.outcome.TraceID != "" {
		fields = append(fields, slog.String("trace_id", x.outcome.TraceID))
	}
	fields = append(fields, slog.Duration("latency", time.Since(start).Round(time.Millisecond)))
	switch log := h.log; {
	case x.outcome.Tool != "":
		log.LogAttrs(ctx, slog.LevelInfo, "call", fields...)
	case x.status >= http.StatusBadRequest:
		log.LogAttrs(ctx, slog.LevelInfo, "refused", fields...)
	default:
		log.LogAttrs(ctx, slog.LevelDebug, "request", fields...)
	}
}

func summaryFields(s tools.Summary) []slog.Attr {
	code := "ok"
	if s.Code != "" {
		code = string(s.Code)
	}
	fields := []slog.Attr{slog.String("code", code)}
	if s.Model != "" {
		fields = append(fields, slog.String("model", s.Model))
	}
	if s.TotalTokens > 0 {
		fields = append(fields, slog.Int("prompt_tokens", s.PromptTokens), slog.Int("completion_tokens", s.CompletionTokens))
	}
	if s.CostEUR != nil {
		fields = append(fields, slog.Float64("cost_eur", *s.CostEUR))
	}
	return fields
}

// measured counts requests, whatever becomes of them.
func (h *Endpoint) measured(next http.Handler) http.Handler {
	if h.metrics == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x, ended := exchangeFrom(r.Context()), h.metrics.StartRequest()
		defer func() { ended(x.status) }()
		next.ServeHTTP(w, r)
	})
}

// statusWriter notes the status of the answer.
type statusWriter struct {
	http.ResponseWriter
	exchange *exchange
}

func (w *statusWriter) WriteHeader(status int) {
	if w.exchange.status == 0 || w.exchange.status < http.StatusOK {
		w.exchange.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.exchange.status == 0 {
		w.exchange.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets an [http.ResponseController] reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
