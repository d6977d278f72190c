package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
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
	case saysKeyRefused(words) && (status == http.StatusBadRequest || status == http.StatusInternalServerError):
		return CodeAuthFailed
	case saysUnknownModel(words) && (status == http.StatusBadRequest || status == http.StatusUnprocessableEntity):
		return CodeUnknownModel
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

// saysKeyRefused reports whether words refuse a key. Gemini does so with 400, and so does
// LiteLLM without a database, which then knows no other key than its own.
func saysKeyRefused(words string) bool {
	return containsAny(words, "api key not valid", "invalid api key", "incorrect api key", "invalid_api_key", "authentication_error",
		"no_db_connection")
}

// saysUnknownModel reports whether words say that there is no such model: LiteLLM,
// llama-server as a router and Mistral do so with 400.
func saysUnknownModel(words string) bool {
	return containsAny(words, "model_not_found", "invalid_model", "invalid model name", "unknown model", "no such model") ||
		regexp.MustCompile(`\bmodel \S+ (is |was )?(not found|does not exist)`).MatchString(words)
}

// noKey is told where a key would help. Most clients start a server without the
// variables of the shell, and nobody notices that the key is missing.
const noKey = "No key was given: OVH_AI_ENDPOINTS_ACCESS_TOKEN is not set for this server. " +
	"Many clients pass on only the variables that stand in their own config (env)"

// noKey says why there is no key.
func (c *client) noKey() string {
	if c.ofCaller {
		return "This caller has no key_file, and no shared_key to use the server's key: " + askOperator
	}
	return noKey
}

func (c *client) hint(code Code) string {
	switch code {
	case CodeAuthFailed:
		if c.key == "" {
			return "this model needs a key. " + c.noKey()
		}
		if c.ofCaller {
			return "the key is that of the caller's key_file: whoever runs this server can correct it"
		}
		const check = "check the key in OVH_AI_ENDPOINTS_ACCESS_TOKEN, OVHCLOUD_API_KEY or --api-key-file"
		if c.noCatalog {
			return check
		}
		return check + "; without any key the free tier is used"
	case CodePaymentRequired:
		if c.noCatalog {
			return "pay for the account of the key, or name a model that costs nothing"
		}
		return "add a payment method to the Public Cloud project of the key"
	case CodeRateLimited:
		if c.key == "" && !c.noCatalog {
			return "wait a minute, name another model, or set a key. " + c.noKey() + "; without one each model takes 2 requests a minute"
		}
		return "wait a minute or name another model: each model has a limit of its own"
	case CodePayloadTooLarge:
		if c.noCatalog {
			return "send less: shorter texts, fewer or smaller images"
		}
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
