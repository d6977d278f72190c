package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"
)

// checkCancel cancels a call amid a long answer: the engine must stop working on it.
func (r *realRun) checkCancel() {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	answered := make(chan error, 1)
	go func() {
		// No model ends a list of 400 numbers early, if a grammar asks for them.
		_, err := r.chat.call(ctx, "chat", map[string]any{
			"model": r.model, "prompt": "Count.", "response_format": map[string]any{"type": "json_schema", "json_schema": map[string]any{
				"name": "numbers", "schema": map[string]any{
					"type": "object", "required": []string{"numbers"}, "additionalProperties": false, "properties": map[string]any{
						"numbers": map[string]any{"type": "array", "minItems": 400, "items": map[string]any{"type": "integer"}},
					},
				},
			}},
		}, "cancelled")
		answered <- err
	}()
	r.until("the answer begins", slowAnswer, func() bool {
		select {
		case err := <-answered:
			r.Fatalf("the call ended before it was cancelled: %v", err)
		default:
		}
		return len(r.chat.progress("cancelled")) > 0
	})
	if r.slots != "" && !r.isWorking() {
		r.Error("the engine is idle amid the answer")
	}
	cancel()
	cancelled := time.Now()
	if err := <-answered; !errors.Is(err, context.Canceled) {
		r.Errorf("the call returned %v", err)
	}
	if r.slots != "" {
		r.until("the engine is idle", maxWait, func() bool { return !r.isWorking() })
		r.note("the engine is idle within %s", atMost(time.Since(cancelled)))
	}
	got, err := r.chat.call(testContext(r.T), "chat", map[string]any{"model": r.model, "prompt": "hi", "max_tokens": 1}, "")
	if err != nil || got.isError {
		r.Errorf("the next call: %v, %v", got, err)
	}
}

// atMost rounds a time up to whole seconds, which differ less from run to run.
func atMost(d time.Duration) time.Duration { return d.Truncate(time.Second) + time.Second }

// until waits for something that cannot be waited for otherwise.
func (r *realRun) until(what string, limit time.Duration, happened func() bool) {
	r.Helper()
	late := time.After(limit)
	for !happened() {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-late:
			r.Fatalf("not within %s: %s", limit, what)
		}
	}
}

// isWorking asks llama-server whether it works on a request.
func (r *realRun) isWorking() bool {
	r.Helper()
	request, err := http.NewRequestWithContext(testContext(r.T), http.MethodGet, r.slots, nil)
	if err != nil {
		r.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+r.key)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	type slot struct {
		Working bool `json:"is_processing"`
	}
	var slots []slot
	body, err := io.ReadAll(response.Body)
	if err == nil {
		err = json.Unmarshal(body, &slots)
	}
	if err != nil || len(slots) == 0 {
		r.Fatalf("%v: %s of %s: %.300s", err, response.Status, r.slots, body)
	}
	return slices.ContainsFunc(slots, func(s slot) bool { return s.Working })
}
