// Command conformance serves what the scenarios of the protocol's conformance
// suite call, beside the real tools: over the server's own HTTP endpoint, and
// for tools through the server's own way of a call. It prints its URL and runs
// until it is interrupted.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	// Nothing listens there, so the catalogue is the built-in one.
	p, err := provider.New(provider.Options{BaseURL: "http://127.0.0.1:1/v1", CatalogURL: "http://127.0.0.1:1/models", Logger: log})
	if err != nil {
		return err
	}
	defer p.Close()
	s, err := server.New(p, server.Options{Version: "conformance", Logger: log})
	if err != nil {
		return err
	}
	for _, tool := range fixtureTools() {
		s.AddTool(tool)
	}
	// What asks the client something needs more of a request than the server's
	// tools get to see.
	asking, err := newAsking()
	if err != nil {
		return err
	}
	s.MCP().AddTools(asking.tools()...)
	s.MCP().AddPrompts(append(prompts(), asking.prompt())...)
	s.MCP().AddResources(resources()...)
	s.MCP().AddResourceTemplates(template())

	endpoint, err := httpd.New(s, httpd.Options{Logger: log})
	if err != nil {
		return err
	}
	address, err := httpd.ParseAddress("127.0.0.1:0")
	if err != nil {
		return err
	}
	listener, err := address.Listen() //nolint:contextcheck // it waits for nothing
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "http://%s%s\n", listener.Addr(), httpd.DefaultPath)
	return endpoint.Serve(ctx, listener)
}
