// Package tools holds the MCP tools, one file each: input, output, handler,
// helpers. A tool checks what a schema cannot express, calls the provider, and
// shapes the answer so that its text alone is complete: many clients show a
// model nothing else.
//
// A type that clients see as it is, such as [provider.Usage], has its JSON tags
// where it is declared. This package declares only what has another form in JSON.
package tools

import "github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"

// All returns every tool, in the order in which they are listed.
func All(p *provider.Provider) []Tool {
	return []Tool{
		chat(p),
		embed(p),
		describeImage(p),
		structuredExtract(p),
		resolveVirtualModel(p),
		listModels(p),
		batch(p),
		transcribe(p),
	}
}
