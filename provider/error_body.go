package provider

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// errorMessage returns the service's own words of an error body, whichever of these
// shapes it has: {"error":{"message":…}}, {"error":"…"}, {"message":"…"} also
// beside {"status":"failure"}, {"detail":…} also with FastAPI's list of what is wrong
// where, {"errors":[…]}, a list with one of these, or plain text.
func errorMessage(body []byte) string {
	body = bytes.TrimSpace(body)
	var list []json.RawMessage
	if bytes.HasPrefix(body, []byte("[{")) && json.Unmarshal(body, &list) == nil {
		body = list[0]
	}
	var shaped struct {
		Error   json.RawMessage `json:"error"`
		Message json.RawMessage `json:"message"`
		Detail  json.RawMessage `json:"detail"`
		Errors  json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &shaped) != nil {
		var message string
		if json.Unmarshal(body, &message) == nil {
			return message
		}
		if isPage(body) {
			return "" // it says nothing that the status does not
		}
		return string(body)
	}
	var nested struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(shaped.Error, &nested) == nil && strings.TrimSpace(nested.Message) != "" {
		return nested.Message
	}
	// Beside a message, "error" is only a title or a flag.
	for _, field := range []json.RawMessage{shaped.Message, shaped.Error, shaped.Detail} {
		var message string
		if json.Unmarshal(field, &message) == nil && strings.TrimSpace(message) != "" {
			return message
		}
	}
	for _, field := range []json.RawMessage{shaped.Detail, shaped.Errors} {
		if words := detailWords(field); words != "" {
			return words
		}
	}
	return string(body)
}

// errorPart returns as much of an error as is looked at.
func errorPart(body []byte) []byte { return body[:min(len(body), maxErrorBody)] }

// isPage reports whether an error's body is the HTML page of a gateway.
func isPage(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) }

// errorField returns the field of the request that an error is about, "" if none is named.
func errorField(body []byte) string {
	var shaped struct {
		Error struct {
			Param any `json:"param"`
		} `json:"error"`
		Param any `json:"param"`
	}
	_ = json.Unmarshal(body, &shaped)
	field, _ := cmp.Or(shaped.Error.Param, shaped.Param).(string)
	return field
}

// errorCode returns the code and the type of an error beside its words.
func errorCode(body []byte) string {
	type coded struct {
		Code any `json:"code"`
		Type any `json:"type"`
	}
	var shaped struct {
		Error coded `json:"error"`
		coded       // beside the message, as Mistral and vLLM have them
	}
	_ = json.Unmarshal(body, &shaped)
	code, _ := cmp.Or(shaped.Error.Code, shaped.Code).(string)
	kind, _ := cmp.Or(shaped.Error.Type, shaped.Type).(string)
	return code + " " + kind
}

// detailWords returns what a detail says that is an object or a list of them, each with
// the place that it is about.
func detailWords(detail json.RawMessage) string {
	var details []json.RawMessage
	if json.Unmarshal(detail, &details) != nil {
		details = []json.RawMessage{detail}
	}
	var words []string
	for _, one := range details {
		var d struct {
			Place   []any  `json:"loc"`
			Words   string `json:"msg"`
			Message string `json:"message"`
		}
		_ = json.Unmarshal(one, &d)
		if d.Words = cmp.Or(d.Words, d.Message); d.Words == "" && json.Unmarshal(one, &d.Words) != nil || d.Words == "" {
			continue
		}
		if d.Place != nil {
			d.Words = strings.ReplaceAll(strings.Trim(fmt.Sprint(d.Place), "[]"), " ", ".") + ": " + d.Words
		}
		words = append(words, d.Words)
	}
	return strings.Join(words, "; ")
}

// upstreamMessage returns the service's own words without secrets, which are removed
// before they are cut: a cut could leave a part of one.
func (c *client) upstreamMessage(body []byte) string { return excerpt(c.redact(errorMessage(body))) }

// maxUpstreamMessage bounds what an error repeats of the service's words, in characters.
const maxUpstreamMessage = 1000

// excerpt makes a text of others short enough for a message and safe for a terminal.
func excerpt(s string) string { return text.Excerpt(s, maxUpstreamMessage) }

// maxUpstreamName is far above what real names have, in characters.
const maxUpstreamName = 200

// upstreamName makes a name in an answer, such as a model's or a finish reason, short
// enough for a log and safe for a terminal.
func upstreamName(s string) string { return text.Excerpt(s, maxUpstreamName) }
