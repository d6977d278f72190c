// Command ai-endpoints-mcp is an MCP server that gives agents the models of
// OVHcloud AI Endpoints as tools.
package main

import (
	"os"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli"
)

// version is set by the linker; blank is that of the build.
var version string

func main() {
	os.Exit(cli.Main(version, os.Args[1:]))
}
