package httpd

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"regexp"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/audit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// requestInfo is what the middleware learns about a request. Only the request's
// goroutine uses it.
type requestInfo struct {
	id      string
	caller  *caller.Caller  // nil without authentication
	grant   *grant          // nil unless the caller has a token of OAuth
	reason  string          // of a refusal; "" if its status says it
	detail  string          // of the reason
	message *server.Message // nil until it is read
	status  int             // of the answer; 0 until it begins
	outcome server.Outcome  // of the tool call, if it is one
}

// name returns the name of the caller, "" without authentication.
func (i *requestInfo) name() string {
	if i.caller == nil {
		return ""
	}
	return i.caller.Name
}

// The reasons of refusals, for the log.
const (
	reasonHost          = "unknown_host"
	reasonOrigin        = "foreign_origin"
	reasonRegistration  = "no_oauth"
	reasonNoToken       = "no_token"
	reasonNotBearer     = "not_bearer"
	reasonUnknownToken  = "unknown_token"
	reasonExpired       = "expired"
	reasonUnknownCaller = "unknown_caller"
	reasonNameTaken     = "name_taken"
	reasonScope         = "insufficient_scope"
	reasonTokenInURL    = "token_in_url"
	reasonManyTries     = "too_many_tries"
	reasonTokenRate     = "token_rate"
	reasonPerMinute     = "requests_per_minute"
	reasonConcurrent    = "max_concurrent"
)

type requestInfoKey struct{}

func requestInfoFrom(ctx context.Context) *requestInfo {
	info, _ := ctx.Value(requestInfoKey{}).(*requestInfo)
	return info
}

// requestID sets the request's id: the one in the header, which a proxy may have set,
// or a new one.
func (e *Endpoint) requestID(next http.Handler) http.Handler {
	acceptable := regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := &requestInfo{id: r.Header.Get("X-Request-Id")}
		if !acceptable.MatchString(info.id) {
			info.id = rand.Text()
		}
		w.Header().Set("X-Request-Id", info.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestInfoKey{}, info)))
	})
}

// metrics counts all requests, including those that are refused.
func (e *Endpoint) metrics(next http.Handler) http.Handler {
	if e.options.Metrics == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, ended := r.Context(), func(int) {}
		server.Guard(ctx, e.log, func() { ended = e.options.Metrics.StartRequest() })
		defer server.Guard(ctx, e.log, func() { ended(requestInfoFrom(ctx).status) })
		next.ServeHTTP(w, r)
	})
}

// accessLog logs each call and each refusal. The lines contain nothing that a caller
// wrote: no content, no URL, and no header except the request id, which is checked.
func (e *Endpoint) accessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := requestInfoFrom(r.Context())
		ctx, start := r.Context(), time.Now()
		defer server.Guard(ctx, e.log, func() { e.logRequest(ctx, info, start) })
		defer server.Guard(ctx, e.log, func() { e.auditCall(info, start) })
		next.ServeHTTP(&statusWriter{w, info}, r)
	})
}

func (e *Endpoint) logRequest(ctx context.Context, info *requestInfo, start time.Time) {
	fields := []slog.Attr{slog.String("request_id", info.id), slog.Int("status", info.status)}
	if info.caller != nil {
		fields = append(fields, slog.String("token", info.name()))
	}
	if info.reason != "" {
		fields = append(fields, slog.String("reason", info.reason))
	}
	if info.detail != "" {
		fields = append(fields, slog.String("detail", info.detail))
	}
	isCall := info.outcome.Tool != ""
	if isCall {
		fields = append(append(fields, slog.String("tool", info.outcome.Tool)), summaryFields(info.outcome.Summary)...)
	}
	if info.outcome.TraceID != "" {
		fields = append(fields, slog.String("trace_id", info.outcome.TraceID))
	}
	fields = append(fields, slog.Duration("latency", time.Since(start).Round(time.Millisecond)))
	switch {
	case isCall:
		e.log.LogAttrs(ctx, slog.LevelInfo, "call", fields...)
	case info.status >= http.StatusBadRequest:
		e.log.LogAttrs(ctx, slog.LevelInfo, "refused", fields...)
	default:
		e.log.LogAttrs(ctx, slog.LevelDebug, "request", fields...)
	}
}

// auditCall adds a call to the audit log.
func (e *Endpoint) auditCall(info *requestInfo, start time.Time) {
	call := info.outcome
	if call.Tool == "" {
		return
	}
	now := time.Now()
	e.options.Audit.Write(audit.Line{
		ID: info.id, Time: now, Caller: info.name(), Tool: call.Tool, Model: call.Summary.Model,
		PromptTokens: call.Summary.PromptTokens, CompletionTokens: call.Summary.CompletionTokens, CostEUR: call.Summary.CostEUR,
		Code: codeOf(call.Summary), LatencyMS: now.Sub(start).Milliseconds(),
	})
}

func codeOf(s tools.Summary) string { return cmp.Or(string(s.Code), audit.Succeeded) }

func summaryFields(s tools.Summary) []slog.Attr {
	fields := []slog.Attr{slog.String("code", codeOf(s))}
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

// statusWriter records the status of the answer.
type statusWriter struct {
	http.ResponseWriter
	info *requestInfo
}

func (w *statusWriter) WriteHeader(status int) {
	if w.info.status < http.StatusOK { // not set, or informational
		w.info.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.info.status == 0 {
		w.info.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets an [http.ResponseController] reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
