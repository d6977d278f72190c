package provider

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// errorShape has the fields by which an event, or a body with status 200, shows that
// it is an error.
type errorShape struct {
	Choices json.RawMessage `json:"choices"`
	Error   json.RawMessage `json:"error"`
	Object  wireWord        `json:"object"`
	Type    wireWord        `json:"type"`
	Kind    wireWord        `json:"error_type"` // of TGI
	Code    wireWord        `json:"code"`
	Status  wireWord        `json:"status"`
	Message json.RawMessage `json:"message"`
	Detail  json.RawMessage `json:"detail"` // of FastAPI
	Errors  json.RawMessage `json:"errors"`
}

// isError reports whether an event is an error, in whichever shape.
func isError(event []byte) bool {
	if !bytes.Contains(event, []byte(`"error`)) && bytes.Contains(event, []byte(`"choices":`)) {
		return false
	}
	var e errorShape
	_ = json.Unmarshal(event, &e)
	switch {
	case !isBlank(e.Error), e.Object == "error", e.Type == "error":
		return true
	case len(e.Choices) > 0 && string(e.Choices) != "null" && string(e.Choices) != "[]":
		return false
	}
	flagged := e.Choices == nil && len(e.Error) > 0 && string(e.Error) != "null" && string(e.Error) != "false" // {"error":{}} alone
	return flagged || isText(e.Message) || !isBlank(e.Detail) || !isBlank(e.Errors) || e.Kind != "" ||
		e.Status == "failure" || e.Status == "error"
}

// isBlank reports whether a JSON value says nothing: it is left out, null, false or 0,
// or a text, a list or an object in which there is nothing else. A long one is not looked
// through.
func isBlank(raw json.RawMessage) bool {
	if len(raw) > maxErrorBody {
		return false
	}
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return true
	}
	return saysNothing(value)
}

func saysNothing(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.TrimSpace(v) == ""
	case float64:
		return v == 0
	case bool:
		return !v
	case []any:
		for _, member := range v {
			if !saysNothing(member) {
				return false
			}
		}
	case map[string]any:
		for _, member := range v {
			if !saysNothing(member) {
				return false
			}
		}
	}
	return true
}

func isText(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '"' && !isBlank(raw) }

// streamError returns the Error for an error event; its code may be an HTTP status.
func (c *client) streamError(event json.RawMessage) *Error {
	if status := errorStatus(event); status != 0 {
		return c.statusError(status, nil, event)
	}
	message := c.upstreamMessage(event)
	if message == "" {
		message = "it did not say why"
	}
	e := c.newError(CodeUpstreamUnavailable, nil, "%s broke the stream off: %s", c.service(), message)
	if code := statusCode(http.StatusBadRequest, strings.ToLower(message+" "+errorCode(event)), false); code == CodeContextTooLong {
		e.Code, e.Hint, e.Retryable = code, c.hint(code), false
	}
	return e
}

// errorStatus returns the HTTP status that an error event names, 0 if it names none.
func errorStatus(event json.RawMessage) int {
	var outer, inner errorShape
	_ = json.Unmarshal(event, &outer)
	_ = json.Unmarshal(outer.Error, &inner)
	for _, word := range []wireWord{inner.Code, inner.Status, outer.Code, outer.Status} {
		if status, err := strconv.Atoi(string(word)); err == nil && status >= 400 && status < 600 {
			return status
		}
	}
	for _, word := range []wireWord{inner.Type, inner.Code, outer.Kind, outer.Type} {
		if strings.HasPrefix(string(word), "rate_limit") {
			return http.StatusTooManyRequests
		}
	}
	return 0
}
