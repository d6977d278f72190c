package emulator

import (
	"cmp"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// The largest request bodies, in bytes: of a model that reads images, and of
// any other.
const (
	imageBodyLimit = 10 << 20
	textBodyLimit  = 2 << 20
)

// Requests a minute of a model whose figures the catalogue does not give.
const (
	defaultAnonymousPerMinute = 2
	defaultKeyPerMinute       = 400
)

// maxCounted bounds the callers, with their models or faults, that are counted.
const maxCounted = 10_000

// bodyTimeout bounds the time for reading a request's body.
const bodyTimeout = time.Minute

// bucket is what a rate limit counts for: every model of a caller has its own.
type bucket struct{ caller, model string }

type window struct {
	start time.Time
	used  int
}

func (w *window) isOver() bool { return time.Since(w.start) >= time.Minute }

// authenticate returns the caller's key, "" for the anonymous tier. A dummy or
// empty bearer is not anonymous but refused.
func (e *Emulator) authenticate(r *http.Request) (caller string, err error) {
	header := r.Header.Values("Authorization")
	if len(header) == 0 {
		return "", nil
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(header[0]), " ")
	token = strings.TrimSpace(token)
	switch {
	case !strings.EqualFold(scheme, "Bearer"):
		return "", gatewayError(http.StatusUnauthorized, "Unauthorized")
	case token == "", e.options.Key != "" && token != e.options.Key:
		return "", gatewayError(http.StatusForbidden, "Forbidden: authentication failed")
	}
	return token, nil
}

// limitRate counts a request against the caller's limit for the model.
// Lines of a batch are not limited.
func (e *Emulator) limitRate(info *requestInfo, caller string, m catalog.Model) error {
	if !e.options.RateLimit || info.inBatch {
		return nil
	}
	limit := cmp.Or(e.options.PerMinute, perMinute(caller, m))
	remaining, ok := e.use(bucket{digest([]byte(caller)), m.ID}, limit)
	info.w.Header().Set("x-ratelimit-limit-minute", strconv.Itoa(limit))
	info.w.Header().Set("x-ratelimit-remaining-minute", strconv.Itoa(remaining))
	if !ok {
		return gatewayError(http.StatusTooManyRequests, rateLimitExceeded)
	}
	return nil
}

func perMinute(caller string, m catalog.Model) int {
	limit, fallback := m.KeyPerMinute, defaultKeyPerMinute
	if caller == "" {
		limit, fallback = m.AnonymousPerMinute, defaultAnonymousPerMinute
	}
	if limit == 0 {
		return fallback
	}
	return limit
}

func (e *Emulator) use(b bucket, limit int) (remaining int, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.windows[b]
	if w == nil || w.isOver() {
		if len(e.windows) >= maxCounted {
			maps.DeleteFunc(e.windows, func(_ bucket, w *window) bool { return w.isOver() })
		}
		if len(e.windows) >= maxCounted {
			clear(e.windows)
		}
		w = &window{start: time.Now()}
		e.windows[b] = w
	}
	if w.used >= limit {
		return 0, false
	}
	w.used++
	return limit - w.used, true
}

// checkSize refuses a body that is too large for the model.
func checkSize(body []byte, m catalog.Model) error {
	limit := textBodyLimit
	if m.HasInput("image") {
		limit = imageBodyLimit
	}
	if len(body) > limit {
		return tooLarge(limit)
	}
	return nil
}

func tooLarge(limit int) error {
	return modelError(http.StatusRequestEntityTooLarge, "the request body is larger than %d bytes", limit)
}
