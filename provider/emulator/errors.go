package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// apiError is an answer that refuses the request.
type apiError struct {
	status  int
	message string
	body    any
}

func (e *apiError) Error() string { return e.message }

// rateLimitExceeded is what the gateway says with a 429.
const rateLimitExceeded = "API rate limit exceeded"

// gatewayError is a refusal by the gateway before a model is involved:
// {"message": "…"}.
func gatewayError(status int, message string) error {
	return &apiError{status, message, map[string]string{"message": message}}
}

// modelError is a refusal for a model: {"error": {"message", "type", "code"}}.
func modelError(status int, format string, args ...any) error {
	code := "invalid_request"
	switch status {
	case http.StatusNotFound:
		code = "model_not_found"
	case http.StatusRequestEntityTooLarge:
		code = "payload_too_large"
	case http.StatusUnprocessableEntity:
		code = "unprocessable_entity"
	}
	return apiFailure(status, code, format, args...)
}

// apiFailure is a refusal in the shape of [modelError] with a code of its own.
func apiFailure(status int, code, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return &apiError{status, message, map[string]any{
		"error": map[string]string{"message": message, "type": "invalid_request_error", "code": code},
	}}
}

// serviceError is the refusal with a status in the service's shape, and in its words
// where they are known.
func serviceError(status int) *apiError {
	message := strings.TrimSpace("Error " + strconv.Itoa(status) + " " + http.StatusText(status))
	refused := gatewayError
	switch status {
	case http.StatusUnauthorized:
		message = "Unauthorized"
	case http.StatusForbidden:
		message = "Forbidden: authentication failed"
	case http.StatusTooManyRequests:
		message = rateLimitExceeded
	case http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		refused = func(status int, message string) error { return modelError(status, "%s", message) }
	}
	known, _ := errors.AsType[*apiError](refused(status, message))
	return known
}

func badRequest(format string, args ...any) error {
	return modelError(http.StatusBadRequest, format, args...)
}

// unprocessable is the 422 of the service's deserializer.
func unprocessable(format string, args ...any) error {
	return modelError(http.StatusUnprocessableEntity,
		"Failed to deserialize the JSON body into the target type: "+format, args...)
}

func unknownModel(id string) error {
	return modelError(http.StatusNotFound, "model_not_found: The model `%s` does not exist", id)
}

// unknownVariant words a 422 as the service words a bad reasoning_effort.
func unknownVariant(field, got string, known ...string) error {
	return unprocessable("%s: unknown variant `%s`, expected one of `%s`", field, got, strings.Join(known, "`, `"))
}

func missingField(field string) error { return unprocessable("missing field `%s`", field) }

// undecodable words an error of encoding/json as the service would.
func undecodable(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return unprocessable("%s: invalid type: %s, expected %s", wrong.Field, wrong.Value, wrong.Type)
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return badRequest("Failed to parse the request body as JSON: %v", err)
	}
	return unprocessable("%v", err)
}
