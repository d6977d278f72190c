package emulator_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// result is what came of a request: the response, and the answer in it if that can be read.
type result struct {
	*httptest.ResponseRecorder
	answer answer
}

func read(t *testing.T, w *httptest.ResponseRecorder, broken bool) result {
	t.Helper()
	r := result{ResponseRecorder: w}
	switch {
	case broken || w.Code != http.StatusOK:
	case strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream"):
		r.answer = replay(t, w)
	default:
		var whole wireAnswer
		if json.Unmarshal(w.Body.Bytes(), &whole) == nil {
			m := whole.Choices[0].Message
			r.answer = answer{Content: m.Content, Reasoning: m.Reasoning, Finish: *whole.Choices[0].FinishReason, Usage: whole.Usage}
		}
	}
	return r
}

func hasStatus(status int, body string) func(*testing.T, result) {
	return func(t *testing.T, got result) {
		if got.Code != status || !strings.HasPrefix(got.Body.String(), body) || got.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%d %s, want %d %s", got.Code, got.Body, status, body)
		}
	}
}

// holds expects so many events, the last of which is given unless it is "".
func holds(count int, last string) func(*testing.T, result) {
	return func(t *testing.T, got result) {
		payloads, _ := events(t, got.ResponseRecorder)
		if len(payloads) != count || last != "" && payloads[count-1] != last {
			t.Errorf("the events are %q", payloads)
		}
	}
}

func isMalformed(t *testing.T, got result) {
	if got.Code != 200 || json.Valid(got.Body.Bytes()) || !strings.HasPrefix(got.Body.String(), "{") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func isCut(t *testing.T, got result) {
	if got.answer.Finish != "length" || got.answer.text() == "" || len(strings.Fields(got.answer.text())) > 3 {
		t.Errorf("%+v", got.answer)
	}
}

func refuses(t *testing.T, got result) {
	if text := got.Body.String(); got.answer.text() != "" || got.answer.Finish != "stop" || !strings.Contains(text, `"refusal":"[emulator] I cannot`) {
		t.Errorf("%s", text)
	}
}

func hasNoUsage(t *testing.T, got result) {
	if got.answer.Usage != nil || got.answer.text() == "" {
		t.Errorf("%s", got.Body)
	}
}

// leaving sends a request whose client goes away after a minute.
func leaving(t *testing.T, h http.Handler, body string) *httptest.ResponseRecorder {
	ctx, leave := context.WithTimeout(t.Context(), time.Minute)
	defer leave()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodPost, chatPath, strings.NewReader(body)))
	return w
}
