package telemetry

import "go.opentelemetry.io/otel/attribute"

// The names follow OpenTelemetry's semantic conventions for MCP and for generative AI,
// which moved to a repository of their own, semantic-conventions-genai: the Go packages
// of the general conventions have them up to version 1.41 only.
const (
	attrServiceName    = attribute.Key("service.name")
	attrServiceVersion = attribute.Key("service.version")

	attrErrorType        = attribute.Key("error.type")
	attrNetworkProtocol  = attribute.Key("network.protocol.name")
	attrNetworkTransport = attribute.Key("network.transport")
	attrServerAddress    = attribute.Key("server.address")
	attrServerPort       = attribute.Key("server.port")

	attrMCPMethod    = attribute.Key("mcp.method.name")
	attrMCPProtocol  = attribute.Key("mcp.protocol.version")
	attrRPCRequestID = attribute.Key("jsonrpc.request.id")

	attrOperation     = attribute.Key("gen_ai.operation.name")
	attrProvider      = attribute.Key("gen_ai.provider.name")
	attrTool          = attribute.Key("gen_ai.tool.name")
	attrRequestModel  = attribute.Key("gen_ai.request.model")
	attrResponseModel = attribute.Key("gen_ai.response.model")
	attrInputTokens   = attribute.Key("gen_ai.usage.input_tokens")
	attrOutputTokens  = attribute.Key("gen_ai.usage.output_tokens")
)

// schemaURL is of the last general conventions that have all these names; those of
// generative AI have published no schema of their own.
const schemaURL = "https://opentelemetry.io/schemas/1.41.0"

// Values of the conventions.
const (
	methodToolsCall      = "tools/call"
	operationExecuteTool = "execute_tool"
	protocolHTTP         = "http"
)

// providerName is not from the conventions, which do not know the service.
const providerName = "ovhcloud"
