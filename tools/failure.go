package tools

import (
	"math"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// failure is the structured form of an error.
type failure struct {
	Code        provider.Code `json:"code"`
	Message     string        `json:"message"`
	Hint        string        `json:"hint,omitempty"`
	Status      int           `json:"status,omitempty"` // HTTP status of the service
	Retryable   bool          `json:"retryable"`
	RetryAfterS int           `json:"retry_after_s,omitempty"`
}

// failed is the structured content of a failed call.
type failed struct {
	Error    failure   `json:"error"`
	Attempts []attempt `json:"attempts,omitempty"`
}

// Failure is the one place where an error becomes what a model sees:
// "CODE: what failed. Hint: what to do.", and the same as structured content.
func Failure(err error) *mcp.CallToolResult {
	e := provider.AsError(err)
	structured := failed{
		failure{e.Code, e.Message, e.Hint, e.Status, e.Retryable, int(math.Ceil(e.RetryAfter.Seconds()))},
		attempts(e.Attempts),
	}
	result := mcp.NewToolResultStructured(structured, e.Error())
	result.IsError = true
	return result
}
