package provider

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// statusError returns the Error for an HTTP status and the body that came with it.
func (c *client) statusError(status int, header http.Header, body []byte) *Error {
	message := c.upstreamMessage(body)
	// The words decide as they came: a secret may be one of them.
	words := strings.ToLower(excerpt(errorMessage(body)) + " " + errorCode(body))
	after, named := retryAfter(status, header, time.Now())
	e := &Error{
		Code: statusCode(status, words, isPage(body)), Status: status, RetryAfter: after, field: errorField(body),
		Message: strings.TrimSpace(fmt.Sprintf("%s answered %d %s", c.service(), status, http.StatusText(status))),
	}
	if message != "" {
		e.Message += ": " + message
	}
	switch e.Code {
	case CodeRateLimited, CodeUpstreamTimeout:
		e.Retryable = true
	case CodeUpstreamUnavailable:
		e.Retryable = status != http.StatusNotImplemented && status != http.StatusHTTPVersionNotSupported
	}
	if e.Code == CodeRateLimited && !named {
		e.RetryAfter, e.wholeWindow = time.Minute, true // the service's window
	}
	e.Hint = c.hint(e.Code)
	switch {
	case e.Code == CodeRateLimited && named:
		e.Hint = strings.Replace(e.Hint, "wait a minute", "wait "+after.Round(time.Second).String(), 1)
	case e.Code != CodeUpstreamRejected:
	case isAnswerTooLong(words):
		e.Hint = "lower max_tokens: prompt and answer share the model's context"
	case isPage(body):
		e.Hint = "a gateway or firewall before the service refused the request: check --base-url, HTTPS_PROXY and the network"
	case status == http.StatusNotFound:
		e.Hint = "check --base-url: nothing answers at this path"
	}
	return e
}

// aiEndpoints is the name of the service.
const aiEndpoints = "AI Endpoints"

// service names who answers, in messages.
func (c *client) service() string {
	if isAIEndpoints(c.baseURL) {
		return aiEndpoints
	}
	return c.baseURL.Host
}

// statusCode looks at the words, in lower case, before the status: engines and gateways
// say the same with different ones.
func statusCode(status int, words string, isPage bool) Code {
	switch {
	case isContextTooLong(words) && (status == http.StatusBadRequest || status == http.StatusRequestEntityTooLarge ||
		status == http.StatusUnprocessableEntity || status == http.StatusInternalServerError):
		return CodeContextTooLong
	case saysUnsupported(words) && status != http.StatusUnauthorized && status != http.StatusForbidden:
		return CodeUnsupported
	case status == http.StatusPaymentRequired, strings.Contains(words, "'discovery' is forbidden"):
		return CodePaymentRequired
	case status == http.StatusUnauthorized, status == http.StatusForbidden && !isPage:
		return CodeAuthFailed
	case namesFormat(words) &&
		(status == http.StatusNotFound || status == http.StatusInternalServerError || status == http.StatusNotImplemented):
		return CodeUpstreamRejected
	case (status == http.StatusNotFound || status == http.StatusGone) && strings.Contains(words, "model") && !namesRoute(words):
		return CodeUnknownModel
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout:
		return CodeUpstreamTimeout
	case status == http.StatusRequestEntityTooLarge:
		return CodePayloadTooLarge
	case status == http.StatusTooManyRequests:
		return CodeRateLimited
	case status >= 500, status == http.StatusConflict:
		return CodeUpstreamUnavailable
	default:
		return CodeUpstreamRejected
	}
}

// namesRoute reports whether a gateway says that it has no route to the service.
func namesRoute(words string) bool { return strings.Contains(strings.ToLower(words), "no route") }

// saysUnsupported reports whether words say that the model, or the engine, lacks what the
// call needs. llama-server says so with 500 and 501.
func saysUnsupported(words string) bool {
	return containsAny(words, "image input is not supported", "does not support image", "not a multimodal model",
		"not support embeddings", "not support embedding", "does not support vision", "does not support tool")
}

// noKey is told where a key would help. Most clients start a server without the
// variables of the shell, and nobody notices that the key is missing.
const noKey = "No key was given: OVH_AI_ENDPOINTS_ACCESS_TOKEN is not set for this server. " +
	"Many clients pass on only the variables that stand in their own config (env)"

func (c *client) hint(code Code) string {
	switch code {
	case CodeAuthFailed:
		if c.key == "" {
			return "this model needs a key. " + noKey
		}
		return "check the key in OVH_AI_ENDPOINTS_ACCESS_TOKEN, OVHCLOUD_API_KEY or --api-key-file; without any key the free tier is used"
	case CodePaymentRequired:
		return "add a payment method to the Public Cloud project of the key"
	case CodeRateLimited:
		if c.key == "" && !c.noCatalog {
			return "wait a minute, name another model, or set a key. " + noKey + "; without one each model takes 2 requests a minute"
		}
		return "wait a minute or name another model: each model has a limit of its own"
	case CodePayloadTooLarge:
		return "send less: the service takes 2 MB a request, 10 MB for models with vision"
	case CodeContextTooLong:
		return "shorten the messages or name a model with a larger context"
	case CodeUnknownModel:
		return "ids are exact; the model may have been retired"
	case CodeUpstreamUnavailable:
		return "try again, or name another model"
	case CodeUpstreamTimeout:
		return "try again, ask for less with max_tokens, or raise --timeout"
	case CodeUpstreamUnreachable:
		return "check the network, HTTPS_PROXY and --base-url"
	case CodeStreamInterrupted:
		return "try again"
	case CodeUnsupported:
		return "name another model"
	default:
		return "change what the words name, or name another model"
	}
}

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
	var shaped struct {
		Error struct {
			Code any `json:"code"`
			Type any `json:"type"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &shaped)
	code, _ := shaped.Error.Code.(string)
	kind, _ := shaped.Error.Type.(string)
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

// redact removes secrets from an upstream text that repeats them.
func (c *client) redact(text string) string {
	for _, secret := range c.secrets {
		text = strings.ReplaceAll(text, secret, "[key]")
	}
	return text
}

// transportError returns the Error for whatever a request failed with.
func (c *client) transportError(ctx context.Context, err error) *Error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	if ctx.Err() != nil {
		switch {
		case errors.Is(context.Cause(ctx), errDeadline):
			return c.newError(CodeUpstreamTimeout, err, "no answer within %s", c.timeout)
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return c.newError(CodeUpstreamTimeout, err, "no answer before the caller's deadline")
		}
		return &Error{Code: CodeCancelled, Message: "the call was cancelled", Hint: callAgain, cause: err}
	}
	if errors.Is(err, errIdle) {
		return c.newError(CodeStreamInterrupted, err, "the answer began, and then nothing came for %s", c.idleTimeout)
	}
	// url.Error repeats the method and the URL; its cause says what happened.
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	var (
		dns      *net.DNSError
		redirect *redirectError
	)
	switch {
	case errors.As(err, &redirect):
		return &Error{Code: CodeUpstreamRejected, Message: redirect.Error(), Hint: "check --base-url", cause: err}
	case errors.Is(err, errTooLarge):
		return &Error{Code: CodeUpstreamUnavailable, Message: err.Error(), Hint: c.hint(CodeUpstreamUnavailable), cause: err}
	case errors.Is(err, errBrokeOff):
		return c.newError(CodeStreamInterrupted, err, "%s", err)
	case errors.As(err, &dns):
		return c.newError(CodeUpstreamUnreachable, err, "the host %q could not be found", dns.Name)
	case errors.Is(err, context.DeadlineExceeded):
		return c.newError(CodeUpstreamTimeout, err, "%s did not answer in time", c.baseURL.Host)
	default:
		return c.newError(CodeUpstreamUnreachable, err, "the connection to %s failed: %s", c.baseURL.Host, excerpt(c.redact(err.Error())))
	}
}

// newError returns an Error that may pass: a later try may succeed.
func (c *client) newError(code Code, cause error, format string, args ...any) *Error {
	return &Error{
		Code: code, Message: fmt.Sprintf(format, args...), Hint: c.hint(code), cause: cause,
		Retryable: true,
	}
}
