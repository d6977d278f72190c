package telemetry

import (
	"net/url"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/semconv/v1.41.0"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// The keys are those of the semantic conventions for MCP and generative AI.
// Version 1.41 is the last one whose Go package has them.

// providerName is ours: the conventions have no name for the service.
const providerName = "ovhcloud"

// maxRequestID bounds the one attribute that a caller writes.
const maxRequestID = 64

func (c ToolCall) attributes() []attribute.KeyValue {
	known := []attribute.KeyValue{
		semconv.McpMethodNameToolsCall,
		semconv.GenAIOperationNameExecuteTool,
		semconv.GenAIToolName(c.Tool),
		semconv.NetworkTransportKey.String(c.Transport),
	}
	if c.Protocol != "" {
		known = append(known, semconv.McpProtocolVersion(c.Protocol))
	}
	if c.RequestID != "" && len(c.RequestID) <= maxRequestID {
		known = append(known, semconv.JSONRPCRequestID(c.RequestID))
	}
	return known
}

func summaryAttributes(s tools.Summary) []attribute.KeyValue {
	var known []attribute.KeyValue
	if s.Model != "" {
		known = append(known, semconv.GenAIResponseModel(s.Model))
	}
	if s.TotalTokens > 0 {
		known = append(known, semconv.GenAIUsageInputTokens(s.PromptTokens), semconv.GenAIUsageOutputTokens(s.CompletionTokens))
	}
	return known
}

// attemptAttributes are those of a request to a model, but for what came of it.
func (t *Traces) attemptAttributes(operation provider.Operation, model string) []attribute.KeyValue {
	return append([]attribute.KeyValue{
		semconv.GenAIOperationNameKey.String(string(operation)), // the names are the conventions'
		semconv.GenAIProviderNameKey.String(providerName),
		semconv.GenAIRequestModel(model),
	}, t.upstream...)
}

// upstreamAttributes say where a base URL leads.
func upstreamAttributes(baseURL string) []attribute.KeyValue {
	u, err := url.Parse(baseURL)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	port := map[string]int{"http": 80, "https": 443}[u.Scheme]
	if given, err := strconv.Atoi(u.Port()); err == nil {
		port = given
	}
	return []attribute.KeyValue{semconv.ServerAddress(u.Hostname()), semconv.ServerPort(port)}
}
